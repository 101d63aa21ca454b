/** What the query thread answers; main and analyse call it through `io/rpc.ts`, so every method is a promise for them. */
import type { Annotation } from "../core/annotation.ts";
import type { Cancellation } from "../core/cancellation.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { ExplainedNode } from "../core/explain.ts";
import type { LabelMatcher, Labels } from "../core/labels.ts";
import type { NativeHistogram } from "../core/native-histogram.ts";
import type { Cardinality } from "../core/storage.ts";
import type { CallTerms } from "./limits.ts";
import type { ParseTree } from "./parse-tree.ts";

/** One element of an instant vector. */
export interface VectorSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  /** NaN without a meaning where there is a histogram. */
  readonly value: number;
  readonly histogram?: NativeHistogram;
}

/** The native histograms of one series; the arrays have the same length, times ascend. */
export interface MatrixHistograms {
  readonly timestampsMs: Float64Array;
  readonly values: readonly NativeHistogram[];
}

/**
 * One series of a range; the arrays have the same length, times ascend, and their buffers belong to the result alone, whose series may
 * share them. Numbers and histograms are apart, as in Prometheus's answers: a series that changes from one to the other has both.
 */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** Left out where there are none. */
  readonly histograms?: MatrixHistograms;
}

/** Warnings and infos are Prometheus's annotations: they accompany a valid result. */
export type QueryResult = (
  | { readonly type: "scalar"; readonly timestampMs: number; readonly value: number }
  | { readonly type: "string"; readonly timestampMs: number; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly VectorSample[] }
  | { readonly type: "matrix"; readonly series: readonly MatrixSeries[] }
) & {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** Where they were asked for. */
  readonly stats?: QueryStats;
};

/** What an answer has cost. Seconds are wall time in the query thread. */
export interface QueryStats {
  /** From the request to the beginning of the work; left out where the caller did not say when it asked. */
  readonly queuedSeconds?: number;
  readonly parseSeconds: number;
  readonly evaluationSeconds: number;
  /** Read from the store. */
  readonly samplesRead: number;
  /** Read from the store or made on the way: what the limit on samples counts. */
  readonly samples: number;
}

/** What a caller says of one query; all optional. */
export interface QueryOptions extends CallTerms {
  /** Series of the answer; more are cut off, with a warning. */
  readonly limit?: number | undefined;
  readonly stats?: boolean | undefined;
}

/** A query of a batch that failed, as data. */
export interface QueryFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Series that one of the sets of matchers accepts (no sets: all of them) and that have samples in the range. */
export interface SeriesSelection {
  readonly matchers: readonly (readonly LabelMatcher[])[];
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Expressions come here with their variables filled in (`expandQuery`). Times in ms since the epoch. A call whose `signal` is aborted
 * ends with `CANCELLED` within some milliseconds.
 */
export interface QueryApi {
  /** Time of the newest tick; `null` in an empty store. */
  latestMs(): number | null;
  instant(expr: string, timeMs: number, options?: QueryOptions, signal?: Cancellation): QueryResult;
  /** Points at startMs, startMs + stepMs … ≤ endMs. */
  range(
    expr: string,
    startMs: number,
    endMs: number,
    stepMs: number,
    options?: QueryOptions,
    signal?: Cancellation,
  ): QueryResult;
  /** What `instant` and `range` answer, as the JSON text of the Prometheus HTTP API in UTF-8; its buffer is the caller's. */
  instantJson(expr: string, timeMs: number, options?: QueryOptions, signal?: Cancellation): Uint8Array<ArrayBuffer>;
  rangeJson(
    expr: string,
    startMs: number,
    endMs: number,
    stepMs: number,
    options?: QueryOptions,
    signal?: Cancellation,
  ): Uint8Array<ArrayBuffer>;
  /** Many instant queries at one time, over one consistent state of the store; one that fails does not fail the others. */
  batch(exprs: readonly string[], timeMs: number): readonly (QueryResult | QueryFailure)[];
  batchRange(
    exprs: readonly string[],
    startMs: number,
    endMs: number,
    stepMs: number,
    signal?: Cancellation,
  ): readonly (QueryResult | QueryFailure)[];
  series(selection: SeriesSelection, limit: number, signal?: Cancellation): readonly Labels[];
  labelNames(selection: SeriesSelection, signal?: Cancellation): readonly string[];
  labelValues(name: string, selection: SeriesSelection, signal?: Cancellation): readonly string[];
  /**
   * The newest sample of every series that one of the sets of matchers accepts and that is alive at the newest tick, at its own time;
   * no sets: of all series.
   */
  latestSamples(matchers: SeriesSelection["matchers"], signal?: Cancellation): readonly VectorSample[];
  /** Who has how many series; at most `limit` of each. */
  cardinality(limit: number): Cardinality;
  annotations(startMs: number, endMs: number): readonly Annotation[];
  /** `{ns="x"}` in text → matchers; throws `QUERY_SYNTAX`. */
  parseSelector(text: string): readonly LabelMatcher[];
  /** What each part of the query gives and costs by itself at one time. Throws `QUERY_SYNTAX`, `QUERY_LIMIT`. */
  explain(expr: string, timeMs: number, options?: QueryOptions, signal?: Cancellation): ExplainedNode;
  /** Its syntax tree, as Prometheus's API gives it; throws `QUERY_SYNTAX`. */
  parse(expr: string): ParseTree;
  /** The expression in PromQL's canonical spelling, over several lines where it is long; throws `QUERY_SYNTAX`. */
  format(expr: string): string;
}

/** The same methods, which may answer later: where what is asked for lies elsewhere. */
export type LaterApi<Api> = {
  readonly [K in keyof Api]: Api[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;
};
