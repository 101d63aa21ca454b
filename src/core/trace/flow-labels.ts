/**
 * Why a transaction takes long, as far as its spans and those of the others around it tell. A label is a hint where to look, with a
 * condition that can be checked; one for which there is no data is not given.
 */
import { isSampled } from "../flow-names.ts";
import type { Flow } from "./flow.ts";
import { placeKey } from "./flow-place.ts";
import { stageTimesOf } from "./hop-table.ts";
import { nearestRank } from "./percentiles.ts";

/**
 * `fee_below_basefee`: it offers less than the base fee. `nonce_gap`: an earlier one of its sender is missing. `not_propagated`: a minute after it
 * was seen first it waits, and places that see its chain's transactions on their way, and trace it, have not seen it. `node_lagging`: a place has not its block a minute after most have.
 * `execution_slow`: its block took longer to import than 95 % of the others (of twenty and more). `finality_stall`: it is included for
 * three times as long as 95 % of the others took to be final (of five and more), and is not.
 */
export const flowLabels = [
  "fee_below_basefee",
  "nonce_gap",
  "not_propagated",
  "node_lagging",
  "execution_slow",
  "finality_stall",
] as const;
export type FlowLabel = (typeof flowLabels)[number];

/** What is usual among the flows that are looked at. */
export interface FlowNorms {
  /** By chain. */
  readonly watchersOf: ReadonlyMap<string, Watchers>;
  /** `null`: too few. */
  readonly longImportMs: number | null;
  readonly longFinalityMs: number | null;
}

/** Who would have seen a transaction of the chain if it had come to them. */
interface Watchers {
  /** Keys of the places that see transactions on their way; others know of blocks alone. */
  readonly places: Set<string>;
  /** Least share of transactions that one of them traces. */
  leastRatio: number;
}

const minuteMs = 60_000;
const importsLeast = 20;
const finalitiesLeast = 5;

export function normsOf(flows: readonly Flow[]): FlowNorms {
  const watchersOf = new Map<string, Watchers>();
  for (const flow of flows) {
    if (flow.kind !== "transaction") continue;
    const known = watchersOf.get(flow.chain) ?? { places: new Set(), leastRatio: 1 };
    watchersOf.set(flow.chain, known);
    known.leastRatio = Math.min(known.leastRatio, flow.samplingRatio ?? 1);
    for (const { place, firstSeenMs } of flow.places) if (firstSeenMs !== null) known.places.add(placeKey(place));
  }
  return {
    watchersOf,
    longImportMs: longOf(flows, "import", importsLeast),
    longFinalityMs: longOf(flows, "finalize", finalitiesLeast),
  };
}

function longOf(flows: readonly Flow[], stage: "import" | "finalize", least: number): number | null {
  const times = flows
    .flatMap(({ places }) => places.flatMap(({ stages }) => stageTimesOf(stages, stage)))
    .sort((a, b) => a - b);
  return times.length < least ? null : (nearestRank(times, 0.95) ?? null);
}

export function labelsOf(flow: Flow, norms: FlowNorms, nowMs: number): readonly FlowLabel[] {
  const conditions: Readonly<Record<FlowLabel, boolean>> = {
    fee_below_basefee: flow.kind === "transaction" && flow.waitingFor === "fee",
    nonce_gap:
      flow.kind === "transaction" && (flow.waitingFor === "nonce" || flow.path.some(({ stage }) => stage === "queued")),
    not_propagated: isNotPropagated(flow, norms, nowMs),
    node_lagging: isNodeLagging(flow, nowMs),
    execution_slow: isLonger(flow, "import", norms.longImportMs),
    finality_stall: isFinalityStalled(flow, norms, nowMs),
  };
  return flowLabels.filter((label) => conditions[label]);
}

function isNotPropagated(flow: Flow, { watchersOf }: FlowNorms, nowMs: number): boolean {
  if (flow.status !== "pending" || nowMs - flow.startMs <= minuteMs) return false;
  const watchers = watchersOf.get(flow.chain);
  // Where a place traces a share only, it may have seen the others and says nothing of them.
  return watchers !== undefined && flow.places.length < watchers.places.size && isSampled(flow.traceId, watchers.leastRatio);
}

function isNodeLagging({ kind, places, startMs, latency }: Flow, nowMs: number): boolean {
  if (kind !== "transaction" || latency === null || nowMs - startMs - latency.ms <= minuteMs) return false;
  const have = places.filter(({ stages }) => stages.some((one) => one.stage === "import" && !one.isReorged)).length;
  return have < places.length && have * 2 > places.length;
}

function isLonger({ places }: Flow, stage: "import", longMs: number | null): boolean {
  if (longMs === null) return false;
  return places.some(({ stages }) =>
    stages.some((one) => one.stage === stage && !one.isReorged && one.toMs - one.fromMs > longMs),
  );
}

function isFinalityStalled({ status, startMs, latency }: Flow, { longFinalityMs }: FlowNorms, nowMs: number): boolean {
  if (longFinalityMs === null || latency === null || (status !== "included" && status !== "confirmed")) return false;
  return nowMs - startMs - latency.ms > 3 * longFinalityMs;
}
