/** Kinds of clients for tests: all that one does not care for is none. */
import type { ClientContext, ClientKind, Coverage, ItemSource } from "./client-kind.ts";

export interface TestKind extends ClientKind {
  /** What it was given to watch, in order. */
  readonly watched: readonly ClientContext[];
}

/** Watches until it is told to end, unless `watch` says otherwise. */
export function testKind(fields: Partial<ClientKind> & { readonly id: string }): TestKind {
  const watched: ClientContext[] = [];
  return {
    title: fields.id,
    layer: "execution",
    ports: { rpc: [], metrics: [] },
    recognises: (version) => version.toLowerCase().startsWith(fields.id),
    evidence: { kind: "documentation", of: "nothing" },
    coverage: coverageOf({ from: "rpc", methods: ["any"] }),
    ...fields,
    watched,
    async watch(context) {
      watched.push(context);
      await (fields.watch ?? untilAborted)(context);
    },
  };
}

/** The same source for all items. */
export function coverageOf(source: ItemSource): Coverage {
  const all = [source] as const;
  return {
    version: all,
    head: all,
    syncLag: all,
    finality: all,
    reorgs: all,
    transactions: all,
    blockProcessing: all,
    blockArrival: all,
    gas: all,
    mempool: all,
    mempoolFees: all,
    mempoolChurn: all,
    peers: all,
    peerLatency: all,
    peerChurn: all,
    duties: all,
    participation: all,
    engine: all,
    contracts: all,
    database: all,
    cache: all,
    rpc: all,
    runtime: all,
  };
}

async function untilAborted({ signal }: ClientContext): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
