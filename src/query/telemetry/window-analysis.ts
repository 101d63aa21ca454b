/** Transactions, or blocks, of a stretch of time, analysed together: where the network waits. Plain data. */
import { flowAttributes, flowSpans } from "../../core/flow-names.ts";
import type { Listed, PageOf, ReadAllowance, TelemetryReader, TraceFilter, TraceSummary } from "../../core/telemetry-reader.ts";
import { aggregateFlows, type FlowStatistics } from "../../core/trace/aggregate.ts";
import type { Flow, StageTime } from "../../core/trace/flow.ts";
import { flowOf } from "../../core/trace/flow-of.ts";
import type { FlowOptions } from "../../core/trace/flow-parts.ts";
import { placeNames } from "../../core/trace/flow-place.ts";

export const flowKinds = ["transaction", "block"] as const;
export type FlowKind = (typeof flowKinds)[number];

/** Which of them: those whose trace begins at fromNs ≤ time < toNs, ns since the epoch. */
export interface WindowWish {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly kind: FlowKind;
  /** Its `chain.id`. */
  readonly chain?: string | undefined;
  /** The client that has seen it. */
  readonly service?: string | undefined;
  readonly node?: string | undefined;
  /** How many of the newest are named one by one. */
  readonly recent: number;
}

/** One of them, in a list. */
export interface RecentFlow {
  readonly traceId: string;
  readonly hash: string;
  readonly chain: string;
  readonly isSimulated: boolean;
  readonly status: string | null;
  /** First seen by any place, ms since the epoch. */
  readonly startMs: number;
  readonly latencyMs: number | null;
  readonly places: number;
  readonly blockNumber: number | null;
  readonly stages: readonly StageTime[];
  /** The slowest hop, where one can be told. */
  readonly slowestHop: {
    readonly source: string;
    readonly target: string;
    readonly ms: number;
    readonly errorMs: number | null;
  } | null;
}

export interface WindowAnalysis {
  readonly kind: FlowKind;
  /** Traces that were looked at, the newest, of so many in the window. */
  readonly analysed: number;
  readonly of: number;
  /** There are more in the window than were counted. */
  readonly isMore: boolean;
  readonly statistics: FlowStatistics;
  /** Newest first. */
  readonly recent: readonly RecentFlow[];
}

const tracesMax = 2000;
/**
 * A page of traces. After those that are looked at one more is looked for, and no more: listing 10,000, only to say of how many they are the newest, took
 * as long as all the rest.
 */
const pageMax = 500;
/** Of one trace, and of all: what fits into memory beside what queries need. */
const spansOfTraceMax = 5000;
const spansMax = 200_000;
const bytesOfTraceMax = 16_777_216;

/** What takes too long is left out, and counted. */
export function analyseWindow(
  wish: WindowWish,
  options: FlowOptions,
  reader: TelemetryReader,
  allowance: ReadAllowance,
): WindowAnalysis {
  const flows: Flow[] = [];
  let [analysed, listed, spans] = [0, 0, 0];
  let cursor: string | null = null;
  do {
    const limit = Math.max(1, Math.min(pageMax, tracesMax - listed));
    const page: PageOf<Listed<TraceSummary>> = reader.traces(filterOf(wish), { limit, cursor }, allowance);
    listed += page.items.length;
    const mayGoOn = (): boolean => analysed < tracesMax && spans < spansMax && !allowance.isLate();
    const traceIds = mayGoOn() ? page.items.map(({ item }) => item.traceId) : [];
    reader.eachTrace(traceIds, { spansMax: spansOfTraceMax, bytesMax: bytesOfTraceMax }, allowance, (trace) => {
      allowance.check();
      const flow = trace === null ? null : flowOf(trace.spans, options);
      if (flow?.kind === wish.kind) flows.push(flow);
      spans += trace?.spans.length ?? 0;
      analysed++;
      return mayGoOn();
    });
    cursor = page.next;
  } while (cursor !== null && listed <= tracesMax && !allowance.isLate());
  return {
    kind: wish.kind,
    analysed,
    of: Math.min(listed, tracesMax),
    isMore: cursor !== null || listed > tracesMax,
    statistics: aggregateFlows(flows, options.nowMs),
    recent: flows.slice(0, wish.recent).map(recentOf),
  };
}

function filterOf({ fromNs, toNs, kind, chain, service, node }: WindowWish): TraceFilter {
  const attributes = chain === undefined ? undefined : [{ key: flowAttributes.chainId, value: chain }];
  return { fromNs, toNs, name: kind === "block" ? flowSpans.block : flowSpans.transaction, service, node, attributes };
}

function recentOf(flow: Flow): RecentFlow {
  const {
    traceId,
    hash,
    chain,
    isSimulated,
    status,
    startMs,
    latency,
    places,
    stages,
    slowestHop: { hop },
  } = flow;
  const nameOf = placeNames(places.map(({ place }) => place));
  return {
    traceId,
    hash,
    chain,
    isSimulated,
    status,
    startMs,
    latencyMs: latency?.ms ?? null,
    places: places.length,
    blockNumber: flow.kind === "block" ? flow.number : flow.blockNumber,
    stages,
    slowestHop: hop === null ? null : { source: nameOf(hop.source), target: nameOf(hop.target), ...hop.delay },
  };
}
