/** What many flows say together: where the network waits, and how sure that is. Plain data: it is part of the API as it stands here. */
import { type Flow, type FlowStage, flowStages } from "./flow.ts";
import { type FlowLabel, flowLabels, labelsOf, normsOf } from "./flow-labels.ts";
import { placeNames } from "./flow-place.ts";
import { type HopRow, hopTable, type PlaceRow, placeTable, slowestLink } from "./hop-table.ts";
import type { Propagation } from "./hops.ts";
import { type LatencyShares, latencyShares } from "./latency-shares.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";
import { type Verdict, verdictOn } from "./verdict.ts";

/** How long until a share of the places that have it had it, over all flows that two places and more have seen. */
export interface PropagationTimes {
  readonly half: Percentiles | null;
  readonly most: Percentiles | null;
  readonly all: Percentiles | null;
}

export interface FlowStatistics {
  readonly flows: number;
  /** How many there are of each status; empty for those that say none. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Places that were left out of flows, by reason. */
  readonly excluded: Readonly<Record<string, number>>;
  /** Least share of transactions that was traced; `null`: nobody says. */
  readonly samplingRatio: number | null;
  /** First seen anywhere to canonical at the last place; `null`: nothing was included. */
  readonly latency: Percentiles | null;
  /** Those that there were, in the order of a life. */
  readonly stages: readonly { readonly stage: FlowStage; readonly time: Percentiles }[];
  readonly shares: { readonly median: LatencyShares | null; readonly slowest: LatencyShares | null };
  /**
   * Share of all latency in which it waited to be passed on or included, and in which clients worked on its block; both `null` without any.
   * `execute`: as far as it was measured.
   */
  readonly waitingShare: number | null;
  readonly importShare: number | null;
  readonly execute: Percentiles | null;
  readonly propagation: PropagationTimes;
  readonly blockPropagation: PropagationTimes;
  readonly hops: readonly HopRow[];
  readonly places: readonly PlaceRow[];
  readonly slowestHop: Verdict<HopRow>;
  /** By the time from having a block to having it as canonical. */
  readonly slowestPlace: Verdict<PlaceRow>;
  readonly labels: readonly { readonly label: FlowLabel; readonly flows: number; readonly examples: readonly string[] }[];
  /** Those with the longest latency, the longest first. */
  readonly slowest: readonly { readonly traceId: string; readonly latencyMs: number }[];
}

/** Traces that are named as examples. */
const examplesMax = 5;
const slowestMax = 20;

/** `nowMs`: of the hub's clock. */
export function aggregateFlows(flows: readonly Flow[], nowMs: number): FlowStatistics {
  const nameOf = placeNames(flows.flatMap(({ places }) => places.map(({ place }) => place)));
  const latencies = flows.flatMap(({ traceId, latency }) => (latency === null ? [] : [{ traceId, latencyMs: latency.ms }]));
  const hops = hopTable(flows, nameOf);
  const places = placeTable(flows, nameOf);
  const importShare = importShareOf(flows);
  const times = stageTimesAmong(flows);
  const transactions = flows.filter((flow) => flow.kind === "transaction");
  const ratios = transactions.flatMap(({ samplingRatio }) => samplingRatio ?? []);
  return {
    flows: flows.length,
    statuses: counted(flows.map(({ status }) => status ?? "")),
    excluded: counted(flows.flatMap(({ excluded }) => excluded.map(({ reason }) => reason))),
    samplingRatio: ratios.length === 0 ? null : Math.min(...ratios),
    latency: percentilesOf(latencies.map(({ latencyMs }) => latencyMs)),
    stages: flowStages.flatMap((stage) => {
      const time = times(stage);
      return time === null ? [] : [{ stage, time }];
    }),
    shares: latencyShares(flows, nameOf),
    waitingShare: importShare === null ? null : 1 - importShare,
    importShare,
    execute: times("execute"),
    propagation: propagationTimes(transactions.map(({ propagation }) => propagation)),
    blockPropagation: propagationTimes(flows.map(({ blockPropagation }) => blockPropagation)),
    hops,
    places,
    slowestHop: slowestLink(hops, nameOf),
    slowestPlace: verdictOn(places),
    labels: labelsAmong(flows, nowMs),
    slowest: latencies.toSorted((a, b) => b.latencyMs - a.latencyMs).slice(0, slowestMax),
  };
}

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(names, (name) => name);
  // Not an iterator's own `map`: pages read this file, and not all browsers have it.
  return Object.fromEntries(Array.from(groups, ([name, all]) => [name, all.length]));
}

/** Of each stage: what it took. */
function stageTimesAmong(flows: readonly Flow[]): (stage: FlowStage) => Percentiles | null {
  const times = new Map<FlowStage, number[]>();
  for (const { stages } of flows) {
    for (const { stage, ms } of stages) {
      const own = times.get(stage);
      if (own === undefined) times.set(stage, [ms]);
      else own.push(ms);
    }
  }
  return (stage) => percentilesOf(times.get(stage) ?? []);
}

function importShareOf(flows: readonly Flow[]): number | null {
  let [all, imports] = [0, 0];
  for (const { path } of flows) {
    for (const { stage, fromMs, toMs } of path) {
      all += toMs - fromMs;
      if (stage === "import") imports += toMs - fromMs;
    }
  }
  return all === 0 ? null : imports / all;
}

function propagationTimes(all: readonly (Propagation | null)[]): PropagationTimes {
  const known = all.filter((one) => one !== null);
  return {
    half: percentilesOf(known.map(({ half }) => half.ms)),
    most: percentilesOf(known.map(({ most }) => most.ms)),
    all: percentilesOf(known.map((one) => one.all.ms)),
  };
}

function labelsAmong(flows: readonly Flow[], nowMs: number): FlowStatistics["labels"] {
  const norms = normsOf(flows);
  const labelled = flows.map((flow) => ({ traceId: flow.traceId, labels: labelsOf(flow, norms, nowMs) }));
  return flowLabels.flatMap((label) => {
    const own = labelled.filter(({ labels }) => labels.includes(label));
    const examples = own.slice(0, examplesMax).map(({ traceId }) => traceId);
    return own.length === 0 ? [] : [{ label, flows: own.length, examples }];
  });
}
