/** Text and times → result: parses, evaluates and shapes what the evaluator computed into the query API's types. */
import type { Cancellation } from "../core/cancellation.ts";
import type { Clock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import { labelsKey } from "../core/labels.ts";
import type { SampleReader } from "../core/storage.ts";
import type { MatrixSeries, QueryResult, VectorSample } from "./api.ts";
import { type Expr, unwrapParens } from "./ast.ts";
import { duplicateLabels, type EvalContext, QueryNotes, type QueryTimes } from "./eval/context.ts";
import { evaluateRange, evaluateScalar, evaluateVector } from "./eval/evaluate.ts";
import { resolveDurations } from "./eval/resolve-durations.ts";
import {
  elementKind,
  isEmpty,
  mergeSameLabels,
  type RangeSeries,
  sortLabels,
  type Steps,
  stepTimeMs,
  type VectorSeries,
  withoutName,
} from "./eval/values.ts";
import { CallBudget, type CallTerms, checkGrid, QueryBudget, type QueryLimits } from "./limits.ts";
import { ParseCache } from "./parse-cache.ts";
import { typeOf } from "./parser/check.ts";
import { refuseExperimental } from "./parser/experimental.ts";
import { ResultCache } from "./result-cache.ts";

/** Settled defaults; `service.ts` fills them in. */
export interface EngineOptions {
  readonly clock: Clock;
  readonly limits: QueryLimits;
  /** How long a sample stands for its series. Prometheus: 5 min. */
  readonly lookbackMs: number;
  /** Step of `[1h:]`. Prometheus: its evaluation interval, 1 min. */
  readonly subqueryStepMs: number;
  readonly experimentalFunctions: boolean;
  readonly parseCacheEntries: number;
  /** Bound of the results of range queries that are kept. */
  readonly resultCacheBytes: number;
}

/** Evaluates over what the reader shows at the time of the call; refreshing it is the caller's business. */
export interface QueryEngine {
  parse(text: string): Expr;
  /** What the queries of one call share; a query that is given none has one of its own. */
  newCall(terms?: CallTerms, signal?: Cancellation): CallBudget;
  instant(text: string, timeMs: number, call?: CallBudget): QueryResult;
  range(text: string, startMs: number, endMs: number, stepMs: number, call?: CallBudget): QueryResult;
}

/** Throws `QUERY_*` and `BAD_REQUEST` from its methods. */
export function createEngine(reader: SampleReader, options: EngineOptions): QueryEngine {
  const cache = new ParseCache(options.parseCacheEntries);
  const results = new ResultCache(options.resultCacheBytes);
  const newCall: QueryEngine["newCall"] = (terms, signal) => new CallBudget(options.limits, options.clock, terms, signal);
  const contextOf = (text: string, expr: Expr, steps: Steps, query: QueryTimes, call: CallBudget): EvalContext => ({
    reader,
    text,
    expr,
    steps,
    query,
    lookbackMs: call.terms.lookbackMs ?? options.lookbackMs,
    subqueryStepMs: options.subqueryStepMs,
    budget: new QueryBudget(call),
    notes: new QueryNotes(text),
    lastRead: { key: "", samples: [] },
  });
  /** The tree as the evaluator needs it: with its durations computed. */
  const prepare = (text: string, query: QueryTimes): Expr => {
    const expr = cache.get(text);
    if (!options.experimentalFunctions) refuseExperimental(expr, text);
    return resolveDurations(expr, query, text);
  };
  return {
    parse: (text) => cache.get(text),
    newCall,
    instant(text, timeMs, call = newCall()) {
      if (!Number.isSafeInteger(timeMs)) throw new ChainPulseError("BAD_REQUEST", "the time must be in whole milliseconds");
      const query = { startMs: timeMs, endMs: timeMs, stepMs: 0 };
      const expr = prepare(text, query);
      return evaluateInstant(expr, contextOf(text, expr, { startMs: timeMs, stepMs: 1, count: 1 }, query, call));
    },
    range(text, startMs, endMs, stepMs, call = newCall()) {
      checkGrid(startMs, endMs, stepMs, options.limits);
      const query = { startMs, endMs, stepMs };
      const expr = prepare(text, query);
      let evaluated = 0;
      const evaluateFrom = (fromMs: number): QueryResult => {
        const count = Math.floor((endMs - fromMs) / stepMs) + 1;
        const result = evaluateOverRange(expr, contextOf(text, expr, { startMs: fromMs, stepMs, count }, query, call));
        evaluated += valuesIn(result);
        return result;
      };
      const finalMs = reader.finalMs === undefined ? reader.latestMs() : reader.finalMs();
      const store = { generation: reader.generation?.() ?? null, finalMs };
      const lookbackMs = call.terms.lookbackMs ?? options.lookbackMs;
      const result =
        call.terms.noCache === true
          ? evaluateFrom(startMs)
          : results.answer({ ...query, expr, lookbackMs }, store, evaluateFrom);
      // Those that were evaluated have been accounted for.
      call.answer(Math.max(0, valuesIn(result) - evaluated));
      return result;
    },
  };
}

function valuesIn(result: QueryResult): number {
  return result.type === "matrix" ? result.series.reduce((sum, { values }) => sum + values.length, 0) : 0;
}

function evaluateInstant(expr: Expr, context: EvalContext): QueryResult {
  const timestampMs = context.steps.startMs;
  const inner = unwrapParens(expr);
  switch (typeOf(inner)) {
    case "scalar": {
      const [value = Number.NaN] = evaluateScalar(inner, context);
      return withNotes({ type: "scalar", timestampMs, value }, context);
    }
    case "string":
      return withNotes({ type: "string", timestampMs, value: inner.kind === "string" ? inner.value : "" }, context);
    case "instant vector": {
      const vector = finish(evaluateVector(inner, context));
      context.budget.answer(vector.length);
      const samples = vector.filter((series) => !isEmpty(series)).map((series) => toSample(series, timestampMs));
      return withNotes({ type: "vector", samples }, context);
    }
    case "range vector":
      return withNotes({ type: "matrix", series: rangeSamples(inner, context) }, context);
  }
}

function toSample({ labels, values, histograms }: VectorSeries, timestampMs: number): VectorSample {
  const histogram = histograms?.[0];
  if (histogram !== undefined) return { labels, timestampMs, value: Number.NaN, histogram };
  return { labels, timestampMs, value: values[0] ?? Number.NaN };
}

/** A range vector as the result of an instant query: the raw samples. */
function rangeSamples(expr: Expr, context: EvalContext): readonly MatrixSeries[] {
  const { series, rangeMs, endsMs } = evaluateRange(expr, context);
  const endMs = endsMs[0] ?? 0;
  return series.flatMap(({ labels, dropName, timestampsMs, values, histograms }) => {
    const isInside = (_: unknown, i: number): boolean => {
      const timeMs = timestampsMs[i] ?? 0;
      return timeMs > endMs - rangeMs && timeMs <= endMs;
    };
    const shown = { timestampsMs: timestampsMs.filter(isInside), values: values.filter(isInside) };
    context.budget.answer(shown.values.length);
    if (shown.values.length === 0) return [];
    const shownLabels = sortLabels(dropName ? withoutName(labels) : labels);
    if (histograms === null) return [{ labels: shownLabels, ...shown }];
    return [{ labels: shownLabels, ...numbersApart({ ...shown, histograms: Array.from(histograms).filter(isInside) }) }];
  });
}

function evaluateOverRange(expr: Expr, context: EvalContext): QueryResult {
  const { steps } = context;
  const type = typeOf(expr);
  if (type === "scalar") {
    const timestampsMs = Float64Array.from({ length: steps.count }, (_, i) => stepTimeMs(steps, i));
    return withNotes(
      { type: "matrix", series: [{ labels: {}, timestampsMs, values: evaluateScalar(expr, context) }] },
      context,
    );
  }
  if (type !== "instant vector") {
    const message = `invalid expression type "${type}" for range query, must be Scalar or instant Vector`;
    throw new ChainPulseError("QUERY_SYNTAX", message);
  }
  const timesMs = Float64Array.from({ length: steps.count }, (_, i) => stepTimeMs(steps, i));
  const series = sortByLabels(finish(evaluateVector(expr, context))).flatMap((one) => toMatrix(one, timesMs, context));
  return withNotes({ type: "matrix", series }, context);
}

/** By name and value of their labels, one label after the other: what separates them in a key sorts before everything else. */
function sortByLabels(vector: readonly VectorSeries[]): readonly VectorSeries[] {
  const keyed = vector.map((series) => ({ key: labelsKey(series.labels), series }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ series }) => series);
}

/** Removes the names that functions have dropped; only now may that make two series the same. */
function finish(vector: readonly VectorSeries[]): readonly VectorSeries[] {
  const named = vector.map((series) => ({
    ...series,
    labels: sortLabels(series.dropName ? withoutName(series.labels) : series.labels),
  }));
  return mergeSameLabels(named, duplicateLabels);
}

/** The points that are there. A series that has one at every step keeps its values, and shares the times with others like it. */
function toMatrix(
  { labels, values, present, histograms }: VectorSeries,
  timesMs: Float64Array,
  { budget }: EvalContext,
): readonly MatrixSeries[] {
  let count = 0;
  for (let i = 0; i < present.length; i++) if (present[i] !== elementKind.none) count += 1;
  if (count === 0) return [];
  budget.checkTime();
  budget.answer(count);
  if (count === present.length && histograms === null) return [{ labels, timestampsMs: timesMs, values }];
  const isThere = (_: unknown, i: number): boolean => present[i] !== elementKind.none;
  const points = { timestampsMs: timesMs.filter(isThere), values: values.filter(isThere) };
  if (histograms === null) return [{ labels, ...points }];
  return [{ labels, ...numbersApart({ ...points, histograms: Array.from(histograms).filter(isThere) }) }];
}

/** Splits points into numbers and histograms. */
function numbersApart(points: Omit<RangeSeries, "labels" | "dropName">): Omit<MatrixSeries, "labels"> {
  const { timestampsMs, values, histograms } = points;
  const isNumber = (_: number, i: number): boolean => histograms?.[i] === undefined;
  const isHistogram = (_: number, i: number): boolean => histograms?.[i] !== undefined;
  return {
    timestampsMs: timestampsMs.filter(isNumber),
    values: values.filter(isNumber),
    histograms: {
      timestampsMs: timestampsMs.filter(isHistogram),
      values: histograms?.filter((histogram) => histogram !== undefined) ?? [],
    },
  };
}

type Unannotated<T> = T extends unknown ? Omit<T, "warnings" | "infos"> : never;

function withNotes(result: Unannotated<QueryResult>, { notes }: EvalContext): QueryResult {
  return { ...result, warnings: notes.warnings, infos: notes.infos };
}
