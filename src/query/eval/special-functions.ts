/** The functions that neither map elements nor slide over a range: scalars, absence, order, labels, histograms. */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { type Expr, unwrapParens } from "../ast.ts";
import { histogramMean, histogramVariance } from "../histogram/variance.ts";
import { allMatchers } from "../parser/selector.ts";
import { type ArgumentEvaluators, type CallResult, required } from "./argument-evaluators.ts";
import type { EvalContext } from "./context.ts";
import { goMax, goMin } from "./go-math.ts";
import { describeHistograms, histogramFraction, histogramQuantile, histogramQuantiles } from "./histogram-functions.ts";
import { addInfo } from "./info.ts";
import { absentLabels, labelJoin, labelReplace, sortByLabel, sortByValue } from "./label-functions.ts";
import { asNumbers, numbersOnly } from "./mixed-values.ts";
import { overTimeFunctions } from "./over-time.ts";
import { callOverRange } from "./range-call.ts";
import { evaluateSelector } from "./selector.ts";
import { elementKind, newSeries, noLabels, oneSeries, stepTimeMs, type VectorSeries } from "./values.ts";

type Special = (args: readonly Expr[], context: EvalContext, evaluate: ArgumentEvaluators) => CallResult;

/** By name. */
export const specialFunctions: Readonly<Record<string, Special | undefined>> = {
  pi: (_, { steps }) => new Float64Array(steps.count).fill(Math.PI),
  time: (_, { steps }) => Float64Array.from({ length: steps.count }, (__, i) => stepTimeMs(steps, i) / 1000),
  start: (_, { steps, query }) => new Float64Array(steps.count).fill(query.startMs / 1000),
  end: (_, { steps, query }) => new Float64Array(steps.count).fill(query.endMs / 1000),
  step: (_, { steps, query }) => new Float64Array(steps.count).fill(query.stepMs / 1000),
  range: (_, { steps, query }) => new Float64Array(steps.count).fill((query.endMs - query.startMs) / 1000),
  min_of: (args, context, evaluate) => combineScalars(goMin, args, context, evaluate),
  max_of: (args, context, evaluate) => combineScalars(goMax, args, context, evaluate),
  scalar: ([vector], context, evaluate) => onlyElement(evaluate.vector(required(vector), context), context.steps.count),
  vector([scalar], context, evaluate) {
    const values = evaluate.scalar(required(scalar), context);
    return oneSeries(context.steps.count, (i) => values[i] ?? Number.NaN);
  },
  timestamp([vector], context, evaluate) {
    const inner = unwrapParens(required(vector));
    if (inner.kind === "selector") return evaluateSelector(inner, context, "timestamp");
    return evaluate.vector(inner, context).map((series) => ({
      ...asNumbers(series),
      dropName: true,
      values: series.values.map((_, i) => stepTimeMs(context.steps, i) / 1000),
    }));
  },
  start_timestamp([vector], context) {
    const inner = unwrapParens(required(vector));
    // What is computed was not counted since any time.
    return inner.kind === "selector" ? evaluateSelector(inner, context, "start") : [];
  },
  absent([vector], context, evaluate) {
    const arg = required(vector);
    return whereAbsent(evaluate.vector(arg, context), arg, context.steps.count);
  },
  absent_over_time([range], context, evaluate) {
    const arg = required(range);
    const present = { name: "present_over_time", args: [arg] };
    const vector = callOverRange(present, overTimeFunctions.present_over_time, context, evaluate);
    return whereAbsent(vector, arg, context.steps.count);
  },
  sort: ([vector], context, evaluate) => sortByValue(evaluate.vector(required(vector), context).map(numbersOnly), false),
  sort_desc: ([vector], context, evaluate) => sortByValue(evaluate.vector(required(vector), context).map(numbersOnly), true),
  sort_by_label: ([vector, ...labels], context, evaluate) =>
    sortByLabel(evaluate.vector(required(vector), context), labels.map(evaluate.string), false, context.budget),
  sort_by_label_desc: ([vector, ...labels], context, evaluate) =>
    sortByLabel(evaluate.vector(required(vector), context), labels.map(evaluate.string), true, context.budget),
  label_replace: ([vector, ...strings], context, evaluate) =>
    labelReplace(evaluate.vector(required(vector), context), strings.map(evaluate.string), context.budget),
  label_join: ([vector, ...strings], context, evaluate) =>
    labelJoin(evaluate.vector(required(vector), context), strings.map(evaluate.string), context.budget),
  info([vector, selectorArg], context, evaluate) {
    const selector = selectorArg?.kind === "selector" ? selectorArg : null;
    const arg = required(vector);
    return addInfo(evaluate.vector(arg, context), arg, selector, context);
  },
  histogram_count: describe(({ count }) => count),
  histogram_sum: describe(({ sum }) => sum),
  histogram_avg: describe(histogramMean),
  histogram_stddev: describe((histogram) => Math.sqrt(histogramVariance(histogram))),
  histogram_stdvar: describe(histogramVariance),
  histogram_quantile([quantileArg, vectorArg], context, evaluate) {
    const parts = { quantile: required(quantileArg), vector: required(vectorArg), first: required(quantileArg) };
    return histogramQuantile(evaluate.scalar(parts.quantile, context), evaluate.vector(parts.vector, context), context, parts);
  },
  histogram_quantiles([vectorArg, labelArg, ...quantileArgs], context, evaluate) {
    const quantiles = quantileArgs.map((arg) => ({ qs: evaluate.scalar(arg, context), arg }));
    const vector = evaluate.vector(required(vectorArg), context);
    return histogramQuantiles(quantiles, evaluate.string(required(labelArg)), vector, context, required(vectorArg));
  },
  histogram_fraction([lower, upper, vector], context, evaluate) {
    const bounds = { lowers: evaluate.scalar(required(lower), context), uppers: evaluate.scalar(required(upper), context) };
    const parts = { vector: required(vector), first: required(lower) };
    return histogramFraction(bounds, evaluate.vector(parts.vector, context), context, parts);
  },
};

/** A function that says one number about each native histogram, and nothing about numbers. */
function describe(compute: (histogram: NativeHistogram) => number): Special {
  return ([vector], context, evaluate) => describeHistograms(evaluate.vector(required(vector), context), compute);
}

function combineScalars(
  combine: (a: number, b: number) => number,
  [left, right]: readonly Expr[],
  context: EvalContext,
  evaluate: ArgumentEvaluators,
): Float64Array {
  const others = evaluate.scalar(required(right), context);
  return evaluate.scalar(required(left), context).map((value, i) => combine(value, others[i] ?? Number.NaN));
}

/** The value where there is exactly one element, NaN elsewhere. */
function onlyElement(vector: readonly VectorSeries[], count: number): Float64Array {
  const result = new Float64Array(count).fill(Number.NaN);
  const seen = new Uint8Array(count);
  for (const { values, present } of vector) {
    for (let i = 0; i < count; i++) {
      if (present[i] !== elementKind.number) continue;
      result[i] = seen[i] === 0 ? (values[i] ?? Number.NaN) : Number.NaN;
      seen[i] = 1;
    }
  }
  return result;
}

/** 1 at the steps without any element, labelled with what the selector fixes. */
function whereAbsent(vector: readonly VectorSeries[], arg: Expr, count: number): readonly VectorSeries[] {
  const inner = unwrapParens(arg);
  const selector = inner.kind === "range" ? inner.selector : inner;
  const labels = selector.kind === "selector" ? absentLabels(allMatchers(selector)) : noLabels;
  const result = newSeries(labels, false, count);
  for (let i = 0; i < count; i++) {
    if (vector.some(({ present }) => present[i] !== 0)) continue;
    result.values[i] = 1;
    result.present[i] = 1;
  }
  return [result];
}
