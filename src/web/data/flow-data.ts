/** What the server says of transactions and blocks (`serve/telemetry/analysis-routes.ts`), as the pages ask for it. */
import type { FlowStatistics } from "../../core/trace/aggregate.ts";
import type { BlockStatus, TransactionStatus } from "../../core/flow-names.ts";
import type { Flow, StageTime } from "../../core/trace/flow.ts";
import { rangeQuery } from "./telemetry.ts";

const api = "/api/v1/performance";

export interface TraceAnalysis {
  /** `null`: the trace is of no transaction and of no block that ChainPulse has observed. */
  readonly flow: Flow | null;
  readonly warnings: readonly string[];
}

/** One of a list. */
export interface RecentFlow {
  readonly traceId: string;
  /** As the client displays it; empty where no span says it. */
  readonly hash: string;
  readonly chain: string;
  readonly isSimulated: boolean;
  readonly status: TransactionStatus | BlockStatus | null;
  /** First seen by any place, ms since the epoch. */
  readonly startMs: number;
  readonly latencyMs: number | null;
  /** How many have seen it. */
  readonly places: number;
  /** Its own, or the one that it is in. */
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
  readonly statistics: FlowStatistics;
  /** Newest first. */
  readonly recent: readonly RecentFlow[];
  /** Traces that were looked at, the newest, of so many in the window. */
  readonly analysed: number;
  readonly of: number;
  /** There are more in the window than were counted. */
  readonly isMore: boolean;
  readonly warnings: readonly string[];
}

/** Rows of the list of the newest. */
const recentMax = 100;

export function analysisUrl(traceId: string): string {
  return `${api}/traces/${traceId}/analysis`;
}

/** The spans themselves: some per node are enough for the facts that all of them have. */
export function spansUrl(traceId: string): string {
  return `${api}/traces/${traceId}?limit=200`;
}

/** Of the page's range. */
export function windowAnalysisUrl(kind: Flow["kind"]): string {
  return `${api}/trace-analysis?${new URLSearchParams({ kind, recent: String(recentMax), ...rangeQuery() }).toString()}`;
}
