/**
 * Walks the syntax tree. A scalar is one number per step, a vector a list of series over all steps, a range vector the samples
 * that a function's window slides over.
 */
import { metricNameLabel } from "../../core/labels.ts";
import { type Aggregation, type Binary, type Expr, isSetOperator, isTrim, type Subquery, unwrapParens } from "../ast.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { multiplied } from "../histogram/arithmetic.ts";
import { typeOf } from "../parser/check.ts";
import { isLabelName, quote } from "../parser/literals.ts";
import type { ArgumentEvaluators } from "./argument-evaluators.ts";
import { aggregateSimple, groupSeries, isSimpleAggregation } from "./aggregate.ts";
import { aggregateSimpleMixed, groupsOfNumbers } from "./aggregate-mixed.ts";
import { aggregateCountValues, aggregateQuantile, aggregateRanked } from "./aggregate-ranked.ts";
import { scalarBinary, vectorScalarBinary } from "./binary.ts";
import { elementOperator, vectorScalarMixed } from "./binary-mixed.ts";
import { callFunction } from "./call.ts";
import { type EvalContext, queryFailed } from "./context.ts";
import { evaluateExtendedRange } from "./extended-range.ts";
import { warnOfQuantile } from "./histogram-functions.ts";
import { limitRatio } from "./limit-ratio.ts";
import { lookTimesMs } from "./look-times.ts";
import { fusedAggregate } from "./fused-aggregate.ts";
import { hasHistograms } from "./mixed-values.ts";
import { evaluateRangeSelector } from "./read-samples.ts";
import { evaluateSelector } from "./selector.ts";
import { setBinary } from "./set-operators.ts";
import { elementKind, isEmpty, type RangeVector, type Steps, stepTimeMs, type VectorSeries } from "./values.ts";
import { matchedBinary } from "./vector-matching.ts";

/** The evaluators handed to the functions, which would otherwise import this module in a circle. */
const evaluators: ArgumentEvaluators = {
  scalar: evaluateScalar,
  vector: evaluateVector,
  range: evaluateRange,
  string: stringOf,
};

/** One number per step. */
export function evaluateScalar(expr: Expr, context: EvalContext): Float64Array {
  context.budget.checkTime();
  const inner = unwrapParens(expr);
  switch (inner.kind) {
    case "number":
      return new Float64Array(context.steps.count).fill(inner.value);
    case "unary": {
      const values = evaluateScalar(inner.expr, context);
      return inner.operator === "-" ? values.map((value) => -value) : values;
    }
    case "binary":
      return scalarBinary(inner.operator, evaluateScalar(inner.left, context), evaluateScalar(inner.right, context));
    case "call": {
      const result = callFunction(inner, context, evaluators);
      if (result instanceof Float64Array) return result;
      break;
    }
    default:
  }
  throw new TypeError(`the type checker let a ${inner.kind} pass as a scalar`);
}

/** The elements of an instant vector, over all steps. */
export function evaluateVector(expr: Expr, context: EvalContext): readonly VectorSeries[] {
  context.budget.checkTime();
  const inner = unwrapParens(expr);
  switch (inner.kind) {
    case "selector":
      return evaluateSelector(inner, context, "value");
    case "unary":
      return negateIf(inner.operator === "-", evaluateVector(inner.expr, context));
    case "binary":
      return evaluateBinary(inner, context);
    case "aggregation":
      return evaluateAggregation(inner, context);
    case "call": {
      const result = callFunction(inner, context, evaluators);
      if (!(result instanceof Float64Array)) return result;
      break;
    }
    default:
  }
  throw new TypeError(`the type checker let a ${inner.kind} pass as an instant vector`);
}

function negateIf(negate: boolean, vector: readonly VectorSeries[]): readonly VectorSeries[] {
  if (!negate) return vector;
  return vector.map((series) => ({
    ...series,
    dropName: true,
    values: series.values.map((value) => -value),
    histograms: series.histograms?.map((histogram) => histogram && multiplied(histogram, -1)) ?? null,
  }));
}

/** The samples of a range selector or a subquery. */
export function evaluateRange(expr: Expr, context: EvalContext): RangeVector {
  const inner = unwrapParens(expr);
  if (inner.kind === "range") {
    return inner.selector.extension === null ? evaluateRangeSelector(inner, context) : evaluateExtendedRange(inner, context);
  }
  if (inner.kind === "subquery") return evaluateSubquery(inner, context);
  throw new TypeError(`the type checker let a ${inner.kind} pass as a range vector`);
}

/** A string argument is a literal, whatever parentheses are around it. */
function stringOf(expr: Expr): string {
  const inner = unwrapParens(expr);
  if (inner.kind !== "string") throw new TypeError(`the type checker let a ${inner.kind} pass as a string`);
  return inner.value;
}

/**
 * Evaluates the inner expression on a grid of its own, whose times are multiples of the step, so that the result does not
 * depend on when it is asked for.
 */
function evaluateSubquery(expr: Subquery, context: EvalContext): RangeVector {
  const { rangeMs } = expr;
  const stepMs = expr.stepMs ?? context.subqueryStepMs;
  const endsMs = lookTimesMs(expr, context);
  const firstEndMs = endsMs[0] ?? 0;
  const startMs = (Math.floor((firstEndMs - rangeMs) / stepMs) + 1) * stepMs;
  const count = Math.max(0, Math.floor(((endsMs[endsMs.length - 1] ?? firstEndMs) - startMs) / stepMs) + 1);
  context.budget.take(count);
  const steps: Steps = { startMs, stepMs, count };
  const inner = count === 0 ? [] : evaluateVector(expr.expr, { ...context, steps });
  // Series without gaps share their times, and so what is computed of those.
  const timesMs = new Float64Array(count);
  for (let i = 0; i < count; i++) timesMs[i] = stepTimeMs(steps, i);
  return { series: inner.filter((series) => !isEmpty(series)).map((series) => samplesOf(series, timesMs)), rangeMs, endsMs };
}

function samplesOf(
  { labels, dropName, values, present, histograms }: VectorSeries,
  timesMs: Float64Array,
): RangeVector["series"][number] {
  const withoutHints = histograms && Array.from(histograms, withoutHint);
  if (!present.includes(elementKind.none)) {
    return { labels, dropName, timestampsMs: timesMs, values, histograms: withoutHints };
  }
  const isPresent = (_: unknown, index: number): boolean => present[index] !== elementKind.none;
  return {
    labels,
    dropName,
    timestampsMs: timesMs.filter(isPresent),
    values: values.filter(isPresent),
    histograms: withoutHints && withoutHints.filter(isPresent),
  };
}

/** Between two steps samples may have been skipped, so that only comparing the counts tells whether they were reset. */
function withoutHint(histogram: NativeHistogram | undefined): NativeHistogram | undefined {
  return histogram === undefined || histogram.counterReset === "gauge" ? histogram : { ...histogram, counterReset: "unknown" };
}

function evaluateBinary(expr: Binary, context: EvalContext): readonly VectorSeries[] {
  const { operator, left, right, returnBool } = expr;
  const withScalar = (
    vector: readonly VectorSeries[],
    scalar: Float64Array,
    scalarIsLeft: boolean,
  ): readonly VectorSeries[] => {
    const options = { operator, returnBool, scalarIsLeft };
    if (!hasHistograms(vector) && !isTrim(operator)) return vectorScalarBinary(vector, scalar, options);
    return vectorScalarMixed(vector, scalar, options, elementOperator(expr, context.notes));
  };
  if (typeOf(left) === "scalar") return withScalar(evaluateVector(right, context), evaluateScalar(left, context), true);
  const leftVector = evaluateVector(left, context);
  if (typeOf(right) === "scalar") return withScalar(leftVector, evaluateScalar(right, context), false);
  const rightVector = evaluateVector(right, context);
  context.budget.take((leftVector.length + rightVector.length) * context.steps.count);
  return isSetOperator(operator)
    ? setBinary(operator, leftVector, rightVector, expr.matching, context.budget)
    : matchedBinary(expr, leftVector, rightVector, context);
}

function evaluateAggregation(expr: Aggregation, context: EvalContext): readonly VectorSeries[] {
  const { operator, parameter } = expr;
  const { count } = context.steps;
  const fused = isSimpleAggregation(operator) ? fusedAggregate(expr, operator, context, evaluators) : null;
  if (fused !== null) return fused;
  const vector = evaluateVector(expr.expr, context);
  const groups = groupSeries(vector, expr);
  context.budget.take(groups.length * count);
  const isMixed = hasHistograms(vector);
  if (isSimpleAggregation(operator)) {
    if (isMixed) return aggregateSimpleMixed(expr, operator, groups, count, context.notes);
    return aggregateSimple(operator, groups, count);
  }
  if (parameter === null) throw new TypeError(`the parser let ${operator} pass without its parameter`);
  if (operator === "count_values") {
    const name = stringOf(parameter);
    if (!isLabelName(name)) throw queryFailed(`invalid label name ${quote(name)}`);
    // The value becomes a label before the elements are grouped: `without` may take it away again.
    const isTakenAway = expr.without && (name === metricNameLabel || expr.grouping.includes(name));
    return aggregateCountValues(groups, isTakenAway ? null : name, context);
  }
  const parameters = evaluateScalar(parameter, context);
  if (operator === "quantile") {
    for (const q of parameters) warnOfQuantile(q, parameter, context.notes);
    return aggregateQuantile(isMixed ? groupsOfNumbers(expr, groups, context.notes) : groups, parameters, context.budget);
  }
  if (operator === "limit_ratio") return limitRatio(vector, parameters, parameter, context.notes);
  if (parameters.some(Number.isNaN)) throw queryFailed("Parameter value is NaN");
  const comparable = isMixed && operator !== "limitk" ? groupsOfNumbers(expr, groups, context.notes) : groups;
  return aggregateRanked(operator, comparable, parameters, context.budget);
}
