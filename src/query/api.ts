/** What the query thread answers; main and analyse call it through `io/rpc.ts`, so every method is a promise for them. */
import type { Annotation } from "../core/annotation.ts";
import type { LabelMatcher, Labels } from "../core/labels.ts";
import type { Cardinality } from "../core/storage.ts";

/** One element of an instant vector. */
export interface VectorSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

/** One series of a range; the arrays have the same length, times ascend, and both buffers belong to the result alone. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** Warnings and infos are Prometheus's annotations: they accompany a valid result. */
export type QueryResult = (
  | { readonly type: "scalar"; readonly timestampMs: number; readonly value: number }
  | { readonly type: "string"; readonly timestampMs: number; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly VectorSample[] }
  | { readonly type: "matrix"; readonly series: readonly MatrixSeries[] }
) & { readonly warnings: readonly string[]; readonly infos: readonly string[] };

/** A query of a batch that failed, as data; `code` is one of `core/errors.ts`. */
export interface QueryFailure {
  readonly code: string;
  readonly message: string;
}

/** Expressions come here with their variables filled in (`expandQuery`). Times in ms since the epoch. */
export interface QueryApi {
  /** Time of the newest tick; `null` in an empty store. */
  latestMs(): number | null;
  instant(expr: string, timeMs: number): QueryResult;
  /** Points at startMs, startMs + stepMs … ≤ endMs. */
  range(expr: string, startMs: number, endMs: number, stepMs: number): QueryResult;
  /** Many instant queries at one time, over one consistent state of the store; one that fails does not fail the others. */
  batch(exprs: readonly string[], timeMs: number): readonly (QueryResult | QueryFailure)[];
  batchRange(exprs: readonly string[], startMs: number, endMs: number, stepMs: number): readonly (QueryResult | QueryFailure)[];
  series(matchers: readonly (readonly LabelMatcher[])[], startMs: number, endMs: number, limit: number): readonly Labels[];
  labelNames(matchers: readonly (readonly LabelMatcher[])[], startMs: number, endMs: number): readonly string[];
  labelValues(name: string, matchers: readonly (readonly LabelMatcher[])[], startMs: number, endMs: number): readonly string[];
  /** The newest sample of every series that is alive at the newest tick, for the exposition. */
  latestSamples(matchers: readonly LabelMatcher[]): readonly VectorSample[];
  /** Who has how many series; at most `limit` of each. */
  cardinality(limit: number): Cardinality;
  annotations(startMs: number, endMs: number): readonly Annotation[];
  /** `{ns="x"}` in text → matchers; throws `QUERY_SYNTAX`. */
  parseSelector(text: string): readonly LabelMatcher[];
  /** The expression in PromQL's canonical spelling; throws `QUERY_SYNTAX`. */
  format(expr: string): string;
}
