/** What the server is given: the other threads, the domains as data, and the world. It makes none of these itself. */
import type { AnalyseApi } from "../analyse/api.ts";
import type { CollectApi, TickEvent } from "../collect/api.ts";
import type { IntakeApi } from "../collect/intake/api.ts";
import type { IntakeTable } from "../collect/intake/intake-table.ts";
import type { Clock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import type { Logger } from "../core/logger.ts";
import type { Remote } from "../io/rpc.ts";
import type { QueryApi } from "../query/api.ts";
import type { TelemetryApi } from "../query/telemetry/api.ts";
import type { AgentRegistry } from "../store/state/agents.ts";
import type { TokenStore } from "../store/state/tokens.ts";

/** Where the configuration came from, and what is wrong with it. */
export interface ConfigInfo {
  /** The file that was read; `null` when everything is default. */
  readonly file: string | null;
  readonly warnings: readonly string[];
  /** Why a changed file was not taken over; the configuration before it holds on. */
  readonly error: string | null;
  /** When the configuration in force was taken over, ms since the epoch. */
  readonly loadedAtMs: number;
  /** When `error` was found, ms since the epoch. */
  readonly errorAtMs: number | null;
}

/** One server's surroundings. */
export interface Services {
  /** The configuration in force now; it changes on reload. */
  readonly config: () => Config;
  readonly configInfo: () => ConfigInfo;
  readonly version: string;
  readonly role: string;
  readonly nodeId: string;
  readonly startedAtMs: number;
  readonly domains: readonly Domain[];
  readonly query: Remote<QueryApi>;
  /** In the same thread as `query`. */
  readonly telemetry: Remote<TelemetryApi>;
  readonly collect: Remote<CollectApi>;
  readonly analyse: Remote<AnalyseApi>;
  /** Its thread is started by the first call. */
  readonly intake: Remote<IntakeApi>;
  readonly intakeTable: IntakeTable;
  /** Calls `listener` after each committed tick; returns what takes it off again. */
  readonly onTick: (listener: (tick: TickEvent) => void) => () => void;
  readonly tokens: TokenStore;
  /** The agents that report here. */
  readonly agents: Pick<AgentRegistry, "list" | "find">;
  /** Directory of the built dashboard. */
  readonly webRoot: string;
  readonly logger: Logger;
  readonly clock: Clock;
}
