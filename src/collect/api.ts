/** What the data thread answers, and what it tells without being asked. */
import type { MessagePort } from "node:worker_threads";
import type { ReportedAbsence } from "../core/absence.ts";
import type { Annotation } from "../core/annotation.ts";
import type { Config } from "../core/config.ts";
import type { DestinationFacts, ForwardFacts } from "../core/forward.ts";
import type { RuleSampleSink } from "../core/rule-samples.ts";
import type { StoreStats } from "../core/storage.ts";

export type CollectorState = "ok" | "failing" | "open" | "idle" | "unsupported";

export interface CollectorStatus {
  readonly id: string;
  readonly title: string;
  /** `open`: the breaker is open after repeated failures; `idle`: has not run yet. */
  readonly state: CollectorState;
  readonly lastRunMs: number | null;
  readonly lastDurationSeconds: number | null;
  readonly series: number;
  readonly error: string | null;
}

export interface CollectStatus {
  readonly collecting: boolean;
  readonly lastTickMs: number | null;
  readonly series: number;
  readonly collectors: readonly CollectorStatus[];
  readonly absences: readonly ReportedAbsence[];
  readonly store: StoreStats;
  /** `null` while nothing is sent on. */
  readonly forward: ForwardFacts | null;
}

export interface CollectApi extends RuleSampleSink {
  /** Opens the store. Errors: `STORE_*`. */
  open(): void;
  /** Begins to collect, unless the configuration says not to; resolves after the first tick. */
  start(): Promise<void>;
  status(): CollectStatus;
  annotate(annotation: Annotation): void;
  /** Serves `ReceiveApi` to an intake thread that was started, on a port of its own. */
  connectIntake(port: MessagePort): void;
  /** What the forward thread tells of its destinations. */
  reportForward(destinations: readonly DestinationFacts[]): void;
  /** Takes over a changed configuration; collectors are opened anew. */
  reconfigure(config: Config): Promise<void>;
  /** Commits what is pending, seals, closes the store. */
  stop(): Promise<void>;
}

/** Sent after each committed tick. */
export interface TickEvent {
  readonly timestampMs: number;
  readonly samples: number;
}
