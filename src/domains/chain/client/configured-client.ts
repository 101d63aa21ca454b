/** A client of the configuration: watched as what it is configured to be, or, where that is `auto`, as what it says it is once it answers. */
import { setTimeout as wait } from "node:timers/promises";
import type { Absence } from "../../../core/absence.ts";
import type { ChainClientConfig } from "../../../core/config-chain.ts";
import type { ObserveContext } from "../../../core/observer.ts";
import type { ClientKind, ClientTarget } from "./client-kind.ts";
import type { Roster } from "./client-roster.ts";
import { addressName, configuredTarget } from "./client-target.ts";
import { identifyMetrics, identifyRpc, type Identification } from "./identify.ts";
import { kindFix } from "./kind-problems.ts";
import { clientMetrics } from "./metrics.ts";

export interface ConfiguredOptions {
  readonly observe: ObserveContext;
  readonly kinds: readonly ClientKind[];
  readonly roster: Roster;
  readonly signal: AbortSignal;
  /** Time between two questions to a client that has not said yet what it is, ms. */
  readonly askAgainMs: number;
}

/** Resolves once the client is watched, is not to be watched any more, or cannot be: that has been told then. */
export async function followConfigured(client: ChainClientConfig, options: ConfiguredOptions): Promise<void> {
  const { observe, kinds, roster } = options;
  const target = configuredTarget(client, {
    chain: observe.config.chain,
    role: observe.config.node.type,
    name: client.name ?? addressName(client),
  });
  if (client.kind !== "auto" && !kinds.some(({ id }) => id === client.kind)) {
    observe.logger.error("unknown kind of chain client", { kind: client.kind });
    return observe.absent(target.name, [clientMetrics.up, clientMetrics.info], unknownKind(client.kind, kinds));
  }
  const kind = kinds.find(({ id }) => id === client.kind) ?? (await identified(target, options));
  if (kind === null) return;
  roster.start(kind, { ...target, ws: target.ws ?? webSocketOf(kind, target), name: client.name ?? roster.freeName(kind) });
}

/** Where the kind takes WebSockets at its RPC's port, nobody has to say so. */
function webSocketOf({ ports }: ClientKind, { rpc }: ClientTarget): URL | null {
  return ports.ws === "rpc" && rpc !== null ? new URL(rpc.url.href.replace(/^http/, "ws")) : null;
}

function unknownKind(id: string, kinds: readonly ClientKind[]): Absence {
  return {
    reason: "unsupported",
    detail: `chain.clients: no kind is called ${id}`,
    fix: kindFix(id, kinds),
  };
}

/** Asks until it says what it is; until then the client is there by its name, and is not up. `null`: it is not to be watched any more. */
async function identified(target: ClientTarget, options: ConfiguredOptions): Promise<ClientKind | null> {
  const { observe, signal, askAgainMs } = options;
  const up = observe.series(clientMetrics.up, { "chain.client": target.name, simulated: target.simulated ? "true" : "" });
  const source = `${target.name}: kind`;
  for (;;) {
    const answer = await identify(target, options).catch(notAsked);
    if (signal.aborted) return null;
    if (answer.outcome === "client") {
      up.release();
      observe.present(source);
      return answer.kind;
    }
    up.set(0);
    observe.absent(source, [clientMetrics.info], {
      reason: answer.outcome === "locked" ? "no_permission" : "not_present",
      detail: `${target.name} does not say what it is: ${answer.detail}`,
      fix: "See whether the address is right, or name its kind.",
    });
    await wait(askAgainMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** A file of the configuration cannot be read: it may be mended while we wait. */
function notAsked(error: unknown): Identification {
  return { outcome: "silent", detail: error instanceof Error ? error.message : String(error) };
}

async function identify({ rpc, metrics }: ClientTarget, { kinds, signal }: ConfiguredOptions): Promise<Identification> {
  if (rpc !== null) return identifyRpc(rpc, kinds, signal);
  const knowing = kinds.filter(({ recognisesMetrics }) => recognisesMetrics !== undefined);
  if (metrics !== null) return identifyMetrics(metrics, knowing, signal);
  return { outcome: "silent", detail: "it has neither rpc_url nor metrics_url" };
}
