/** Text and times → result: parses, evaluates and shapes what the evaluator computed into the query API's types. */
import type { Clock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { SampleReader } from "../core/storage.ts";
import type { MatrixSeries, QueryResult, VectorSample } from "./api.ts";
import { type Expr, unwrapParens } from "./ast.ts";
import { duplicateLabels, type EvalContext, QueryNotes } from "./eval/context.ts";
import { evaluateRange, evaluateScalar, evaluateVector } from "./eval/evaluate.ts";
import {
  compareLabels,
  mergeSameLabels,
  sortLabels,
  type Steps,
  stepTimeMs,
  type VectorSeries,
  withoutName,
} from "./eval/values.ts";
import { CallBudget, checkGrid, QueryBudget, type QueryLimits } from "./limits.ts";
import { ParseCache } from "./parse-cache.ts";
import { typeOf } from "./parser/check.ts";
import { syntaxError } from "./parser/syntax-error.ts";

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
}

/** Evaluates over what the reader shows at the time of the call; refreshing it is the caller's business. */
export interface QueryEngine {
  parse(text: string): Expr;
  /** What the queries of one call share; a query that is given none has one of its own. */
  newCall(): CallBudget;
  instant(text: string, timeMs: number, call?: CallBudget): QueryResult;
  range(text: string, startMs: number, endMs: number, stepMs: number, call?: CallBudget): QueryResult;
}

/** Throws `QUERY_*` and `BAD_REQUEST` from its methods. */
export function createEngine(reader: SampleReader, options: EngineOptions): QueryEngine {
  const cache = new ParseCache(options.parseCacheEntries);
  const newCall = (): CallBudget => new CallBudget(options.limits, options.clock);
  const contextOf = (text: string, steps: Steps, call: CallBudget): EvalContext => ({
    reader,
    text,
    steps,
    query: steps,
    lookbackMs: options.lookbackMs,
    subqueryStepMs: options.subqueryStepMs,
    experimentalFunctions: options.experimentalFunctions,
    budget: new QueryBudget(call),
    notes: new QueryNotes(text),
  });
  return {
    parse: (text) => cache.get(text),
    newCall,
    instant(text, timeMs, call = newCall()) {
      if (!Number.isSafeInteger(timeMs)) throw new ChainPulseError("BAD_REQUEST", "the time must be in whole milliseconds");
      return evaluateInstant(cache.get(text), contextOf(text, { startMs: timeMs, stepMs: 1, count: 1 }, call));
    },
    range(text, startMs, endMs, stepMs, call = newCall()) {
      checkGrid(startMs, endMs, stepMs, options.limits);
      const count = Math.floor((endMs - startMs) / stepMs) + 1;
      return evaluateOverRange(cache.get(text), contextOf(text, { startMs, stepMs, count }, call));
    },
  };
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
      const samples = vector
        .filter(({ present }) => present[0] === 1)
        .map(({ labels, values }): VectorSample => {
          return { labels, timestampMs, value: values[0] ?? Number.NaN };
        });
      return withNotes({ type: "vector", samples }, context);
    }
    case "range vector":
      return withNotes({ type: "matrix", series: rangeSamples(inner, context) }, context);
  }
}

/** A range vector as the result of an instant query: the raw samples. */
function rangeSamples(expr: Expr, context: EvalContext): readonly MatrixSeries[] {
  const { series, rangeMs, endsMs } = evaluateRange(expr, context);
  const endMs = endsMs[0] ?? 0;
  return series.flatMap(({ labels, dropName, timestampsMs, values }) => {
    const isInside = (_: number, i: number): boolean => {
      const timeMs = timestampsMs[i] ?? 0;
      return timeMs > endMs - rangeMs && timeMs <= endMs;
    };
    const shown = { timestampsMs: timestampsMs.filter(isInside), values: values.filter(isInside) };
    context.budget.answer(shown.values.length);
    return shown.values.length === 0 ? [] : [{ labels: sortLabels(dropName ? withoutName(labels) : labels), ...shown }];
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
    throw syntaxError(context.text, expr.span.start, message);
  }
  const series = finish(evaluateVector(expr, context)).flatMap((one) => toMatrix(one, context));
  return withNotes({ type: "matrix", series: series.sort((a, b) => compareLabels(a.labels, b.labels)) }, context);
}

/** Removes the names that functions have dropped; only now may that make two series the same. */
function finish(vector: readonly VectorSeries[]): readonly VectorSeries[] {
  const named = vector.map((series) => ({
    ...series,
    labels: sortLabels(series.dropName ? withoutName(series.labels) : series.labels),
  }));
  return mergeSameLabels(named, duplicateLabels);
}

/** The points that are there, in arrays of their own: the result is transferred to another thread. */
function toMatrix({ labels, values, present }: VectorSeries, { steps, budget }: EvalContext): readonly MatrixSeries[] {
  let count = 0;
  for (const flag of present) count += flag;
  if (count === 0) return [];
  budget.answer(count);
  const timestampsMs = new Float64Array(count);
  const shown = new Float64Array(count);
  let next = 0;
  for (let i = 0; i < present.length; i++) {
    if (present[i] === 0) continue;
    timestampsMs[next] = stepTimeMs(steps, i);
    shown[next] = values[i] ?? Number.NaN;
    next += 1;
  }
  return [{ labels, timestampsMs, values: shown }];
}

type Unannotated<T> = T extends unknown ? Omit<T, "warnings" | "infos"> : never;

function withNotes(result: Unannotated<QueryResult>, { notes }: EvalContext): QueryResult {
  return { ...result, warnings: notes.warnings, infos: notes.infos };
}
