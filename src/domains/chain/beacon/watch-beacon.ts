/**
 * Watches a consensus client by the Beacon API, whoever wrote it. What the chain is (its clock, its committees' sizes) is asked once, and again
 * when the client has been away: a devnet that is made anew is another chain at the same address.
 */
import { type Ask, openAsk } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import { loop } from "../client/loop.ts";
import { clientMetrics } from "../client/metrics.ts";
import { openWake } from "../client/wake.ts";
import { awayMsMax, watchHead } from "../client/watch-head.ts";
import { openGate } from "../client/gate.ts";
import { ownSeries } from "../client/own-series.ts";
import { tcpPortOf } from "../client/multiaddress.ts";
import { openToldPortCheck } from "../client/p2p-port.ts";
import { type Part, watchPart } from "../client/part.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import { type BeaconApi, type ChainFacts, openBeaconApi } from "./beacon-api.ts";
import { cacheBlocks } from "./block-cache.ts";
import { watchBlockEvents } from "./block-events.ts";
import { epochsKept } from "./canonical-blocks.ts";
import { dutyParts } from "./duties.ts";
import { openHeadWatch } from "./head-watch.ts";
import { openRoundFlow, type RoundFlow } from "./round-flow.ts";
import { finalityMetrics, peerFacts, syncStatusMetrics, tellFinality, tellSyncStatus } from "./node-status.ts";

export interface BeaconOptions {
  /** Where the client tells more of its peers than the Beacon API does. */
  readonly peersPath?: string;
}

/** Runs until the client is not watched any more. Never rejects for what the client does. */
export async function watchBeacon(context: ClientContext, options: BeaconOptions = {}): Promise<void> {
  const { rpc: endpoint } = context.target;
  if (endpoint === null) return;
  const ask = openAsk(context);
  const api = openBeaconApi(ask, options.peersPath);
  while (!context.signal.aborted) {
    const chain = await readFacts(context, api);
    if (chain === null) break;
    const other = new AbortController();
    const signal = AbortSignal.any([context.signal, other.signal]);
    await watchChain({ ...context, signal }, { endpoint, ask, api, chain, onOtherChain: () => other.abort() });
  }
  ask.close();
}

/** Asks what the chain is until the client says it; `null`: it is not watched any more. */
async function readFacts(context: ClientContext, api: BeaconApi): Promise<ChainFacts | null> {
  const found = new AbortController();
  const signal = AbortSignal.any([context.signal, found.signal]);
  const facts: ChainFacts[] = [];
  const onFailure = (failure: Error | null): void => {
    if (failure !== null) context.clear(failure);
  };
  const options = { intervalMs: context.chain.poll_interval_ms, failureMsMax: awayMsMax, name: "chain", onFailure };
  await loop({ ...context, signal }, options, async () => {
    facts.push(await api.facts());
    found.abort();
  });
  return facts[0] ?? null;
}

interface Watched {
  readonly endpoint: NonNullable<ClientContext["target"]["rpc"]>;
  readonly ask: Ask;
  readonly api: BeaconApi;
  readonly chain: ChainFacts;
  readonly onOtherChain: () => void;
}

async function watchChain(context: ClientContext, { endpoint, ask, api, chain, onOtherChain }: Watched): Promise<void> {
  const gate = openGate(context.signal);
  const wake = openWake();
  const readBlock = cacheBlocks(epochsKept * chain.slotsPerEpoch, (root) => api.block(chain, root));
  const rounds = openRoundFlow(context, chain);
  const headWatch = openHeadWatch(context, chain, api, readBlock, rounds);
  const events = watchBlockEvents(context, endpoint, chain.slotMs, {
    onBlock(root, slot) {
      headWatch.seen(root, slot);
      wake.call();
    },
    onFinalized: (epoch) => rounds.checkpoint("finalized", epoch, 0),
    onChange: () => wake.call(),
  });
  let wasAway = false;
  const look = async (answered: () => void): Promise<void> => {
    if (wasAway && !isSameChain(chain, await api.facts())) return onOtherChain();
    wasAway = false;
    await headWatch.look();
    answered();
    events.tellAge();
  };
  const parts = [
    identityPart(context, api, chain, onOtherChain),
    ...statusParts(context, { api, chain, rounds, headSlot: () => headWatch.head?.number ?? null }),
    peersPart(context, api),
    ...(context.target.p2pPort === null ? [portPart(context, api)] : []),
    ...dutyParts({ context, chain, api, ask, readBlock, headWatch, rounds }),
  ];
  const watchParts = parts.map((part) =>
    watchPart(context, gate, { ...part, read: () => countingContradictions(ask, () => part.read()) }),
  );
  await Promise.all([
    watchHead(context, { ask, gate, wake, onAway: () => (wasAway = true), look }),
    events.ended,
    ...watchParts,
  ]);
}

function isSameChain(before: ChainFacts, now: ChainFacts): boolean {
  return before.genesisRoot === now.genesisRoot && before.genesisMs === now.genesisMs;
}

async function countingContradictions(ask: Ask, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Contradiction) ask.failed("contradiction");
    throw error;
  }
}

const identityMs = 60_000;
const peersMs = 10_000;
const statusMsMax = 5000;

function identityPart(context: ClientContext, api: BeaconApi, chain: ChainFacts, onOtherChain: () => void): Part {
  return {
    name: "version",
    intervalMs: identityMs,
    metrics: [clientMetrics.info],
    async read() {
      if (!isSameChain(chain, await api.facts())) return onOtherChain();
      context.identified({ version: await api.version(), network: chain.network });
    },
    clear: () => undefined,
  };
}

interface StatusOptions {
  readonly api: BeaconApi;
  readonly chain: ChainFacts;
  readonly rounds: RoundFlow;
  readonly headSlot: () => number | null;
}

function statusParts(context: ClientContext, { api, chain, rounds, headSlot }: StatusOptions): readonly Part[] {
  const intervalMs = Math.max(context.chain.poll_interval_ms, Math.min(chain.slotMs / 2, statusMsMax));
  const sync = ownSeries(context);
  const finality = ownSeries(context);
  let readMs: number | null = null;
  const readFinality = async (): Promise<void> => {
    const checkpoints = await api.finality();
    const nowMs = context.clock.monotonicMs();
    tellFinality(finality.own, chain, checkpoints, headSlot());
    for (const kind of ["justified", "finalized"] as const) {
      rounds.checkpoint(kind, checkpoints[kind], nowMs - (readMs ?? nowMs - intervalMs));
    }
    readMs = nowMs;
  };
  return [
    {
      name: "sync status",
      intervalMs,
      metrics: syncStatusMetrics,
      read: async () => tellSyncStatus(sync.own, await api.syncing()),
      clear: sync.clear,
    },
    {
      name: "finality",
      intervalMs,
      metrics: finalityMetrics,
      read: readFinality,
      clear: finality.clear,
    },
  ];
}

function peersPart(context: ClientContext, api: BeaconApi): Part {
  const { own, clear } = ownSeries(context);
  const table = openPeerTable(own);
  return {
    name: "peers",
    intervalMs: Math.max(context.chain.poll_interval_ms, peersMs),
    metrics: [peerMetrics.count, peerMetrics.info, peerMetrics.changes],
    read: async () => table.update((await api.peers()).map(peerFacts)),
    clear,
  };
}

/** Where no port is configured, the client's own word is looked at. */
function portPart(context: ClientContext, api: BeaconApi): Part {
  const { own, clear } = ownSeries(context);
  const check = openToldPortCheck(own);
  return {
    name: "node identity",
    intervalMs: identityMs,
    metrics: [clientMetrics.reachable],
    fix: "Set p2p_port.",
    read: async () => check(tcpPortOf(await api.addresses())),
    clear,
  };
}
