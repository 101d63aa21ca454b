/** A transaction's way through three nodes in a line, for tests of what shows it: A gave it to B, B to C; C had the block last. */
import type { PlaceFlow, TransactionFlow } from "./flow.ts";
import type { TransactionStatus } from "../flow-names.ts";
import type { Hop } from "./hops.ts";

export const exampleHash = "4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b74bf92f3577b34da6";
export const exampleStartMs = Date.UTC(2026, 10, 26, 12);

const places = ["a", "b", "c"].map((node) => ({ node, client: "litecoind" }));
const [a, b, c] = places;

interface Times {
  readonly index: number;
  readonly seenMs: number;
  readonly leftMs: number;
  readonly canonicalMs: number;
  readonly errorMs: number;
}

function placeOf({ index, seenMs, leftMs, canonicalMs, errorMs }: Times): PlaceFlow<TransactionStatus> {
  const node = ["a", "b", "c"][index] ?? "";
  return {
    place: { node, client: "litecoind" },
    name: node,
    clock: { offsetMs: 0, errorMs },
    firstSeenMs: seenMs,
    resolutionMs: 0,
    method: "subscription",
    isSubmittedHere: index === 0,
    status: "included",
    blockHash: "ab".repeat(32),
    blockNumber: 812,
    stages: [
      { stage: "mempool", fromMs: seenMs, toMs: leftMs, isReorged: false },
      { stage: "import", fromMs: leftMs, toMs: canonicalMs, isReorged: false },
    ],
  };
}

function hop(
  of: Hop["of"],
  ends: readonly [source: Hop["source"] | undefined, target: Hop["target"] | undefined],
  fromMs: number,
  toMs: number,
): Hop {
  const [source, target] = ends;
  if (source === undefined || target === undefined) throw new Error("There are three places.");
  return {
    of,
    source,
    target,
    fromMs,
    toMs,
    delay: { ms: toMs - fromMs, errorMs: 4 },
    otherSources: [],
    isUncertain: toMs - fromMs <= 4,
    basis: "order",
  };
}

const slowest = hop("block", [b, c], 9003, 9315);

export const exampleFlow: TransactionFlow = {
  kind: "transaction",
  traceId: exampleHash.slice(0, 32),
  hash: exampleHash,
  chain: "regtest",
  isSimulated: true,
  startMs: exampleStartMs,
  status: "included",
  places: [
    placeOf({ index: 0, seenMs: 0, leftMs: 9000, canonicalMs: 9020, errorMs: 0 }),
    placeOf({ index: 1, seenMs: 12, leftMs: 9003, canonicalMs: 9030, errorMs: 2 }),
    placeOf({ index: 2, seenMs: 40, leftMs: 9315, canonicalMs: 9350, errorMs: 2 }),
  ],
  excluded: [],
  hops: [hop("transaction", [a, b], 0, 12), hop("transaction", [b, c], 12, 40), hop("block", [a, b], 9000, 9003), slowest],
  slowestHop: { hop: slowest, reason: "it is slower than the next one by more than it may be wrong" },
  latency: { ms: 9350, errorMs: 2 },
  path: [
    { stage: "mempool", fromMs: 0, toMs: 9000, place: { node: "a", client: "litecoind" }, source: null },
    {
      stage: "block_propagation",
      fromMs: 9000,
      toMs: 9003,
      place: { node: "b", client: "litecoind" },
      source: { node: "a", client: "litecoind" },
    },
    {
      stage: "block_propagation",
      fromMs: 9003,
      toMs: 9315,
      place: { node: "c", client: "litecoind" },
      source: { node: "b", client: "litecoind" },
    },
    { stage: "import", fromMs: 9315, toMs: 9350, place: { node: "c", client: "litecoind" }, source: null },
  ],
  stages: [
    { stage: "mempool", ms: 9000, share: 9000 / 9350 },
    { stage: "block_propagation", ms: 315, share: 315 / 9350 },
    { stage: "import", ms: 35, share: 35 / 9350 },
  ],
  submittedAt: { node: "a", client: "litecoind" },
  replacedBy: null,
  waitingFor: null,
  blockHash: "ab".repeat(32),
  blockNumber: 812,
  samplingRatio: 1,
  propagation: {
    places: 3,
    half: { ms: 12, errorMs: 2 },
    most: { ms: 40, errorMs: 2 },
    all: { ms: 40, errorMs: 2 },
  },
  blockPropagation: {
    places: 3,
    half: { ms: 3, errorMs: 2 },
    most: { ms: 315, errorMs: 2 },
    all: { ms: 315, errorMs: 2 },
  },
};
