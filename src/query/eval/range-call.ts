/** Calls of functions of a range: from summaries where those say the same, else by sliding over the samples. */
import { metricNameLabel } from "../../core/labels.ts";
import { type Call, type Expr, type RangeSelector, unwrapParens } from "../ast.ts";
import { quote } from "../parser/literals.ts";
import { type ArgumentEvaluators, required } from "./argument-evaluators.ts";
import type { EvalContext } from "./context.ts";
import { foldSummaries } from "./fold-summaries.ts";
import { warnOfQuantile } from "./histogram-functions.ts";
import { hasHistograms } from "./mixed-values.ts";
import { slideMixed } from "./range-mixed.ts";
import { hasStarts, startFunctions } from "./start-times.ts";
import { type RangeFunction, slideEach, type SlideOptions } from "./range-window.ts";
import { evaluateByResolution, type Resolution } from "./resolution.ts";
import { summaryFunctions } from "./summary-functions.ts";
import { freshMemory, type MakeMemory } from "./value-memory.ts";
import { elementKind, stepTimeMs, type VectorSeries } from "./values.ts";

type RangeCall = Pick<Call, "name" | "args">;

const keepsName: ReadonlySet<string> = new Set(["last_over_time", "first_over_time"]);

/** `compute` is the function that the call names, for samples. */
export function callOverRange(
  call: RangeCall,
  compute: RangeFunction,
  context: EvalContext,
  evaluate: ArgumentEvaluators,
): readonly VectorSeries[] {
  return [...callOverRangeEach(call, compute, context, evaluate, freshMemory)];
}

/** The same series by series, as they are asked for. */
export function callOverRangeEach(
  call: RangeCall,
  compute: RangeFunction,
  context: EvalContext,
  evaluate: ArgumentEvaluators,
  memory: MakeMemory,
): Iterable<VectorSeries> {
  const { name, args } = call;
  const rangeIndex = name === "quantile_over_time" ? 1 : 0;
  const rangeArg = required(args[rangeIndex]);
  const scalarArgs = args.filter((_, index) => index !== rangeIndex);
  const range = unwrapParens(rangeArg);
  const fold = summaryFunctions.get(name);

  const overSamples = (part: EvalContext): Iterable<VectorSeries> => {
    const samples = evaluate.range(rangeArg, part);
    const scalars = scalarArgs.map((arg) => evaluate.scalar(arg, part));
    if (name === "quantile_over_time" && samples.series.length > 0) {
      for (const q of scalars[0] ?? []) warnOfQuantile(q, required(args[0]), part.notes);
    }
    const options = { ...slideOptions(call, part), scalars };
    if (!hasHistograms(samples.series) && !(startFunctions.has(name) && samples.series.some(hasStarts)))
      return slideEach(samples, compute, options, memory(part.steps.count));
    return slideMixed(samples, { name, compute, span: required(args[0]).span }, options, part.notes);
  };
  const overPart = (selector: RangeSelector, part: EvalContext, resolution: Resolution): Iterable<VectorSeries> => {
    const folded = fold && foldSummaries(selector, { fold, compute }, resolution, part, slideOptions(call, part));
    return folded ?? overSamples(part);
  };
  const result =
    range.kind === "range"
      ? evaluateByResolution(range.selector, range.rangeMs, context, (...part) => overPart(range, ...part))
      : overSamples(context);
  return name === "rate" || name === "increase" ? notingNonCounters(result, rangeArg, context) : result;
}

function slideOptions({ name }: RangeCall, { steps, budget }: EvalContext): SlideOptions {
  const evalTimesMs = Float64Array.from({ length: steps.count }, (_, i) => stepTimeMs(steps, i));
  return { evalTimesMs, scalars: [], keepName: keepsName.has(name), budget };
}

const counterName = /_(?:total|sum|count|bucket)$/;

/** Says when the metric's name does not look like a counter's. Source: promql/engine.go, PossibleNonCounterInfo. */
export function noteNonCounters(vector: Iterable<VectorSeries>, arg: Expr, context: EvalContext): void {
  for (const _ of notingNonCounters(vector, arg, context));
}

/** Passes the series on, and says so as they come. */
function* notingNonCounters(vector: Iterable<VectorSeries>, arg: Expr, { notes }: EvalContext): Generator<VectorSeries> {
  for (const series of vector) {
    const name = series.labels[metricNameLabel] ?? "";
    if (name !== "" && !counterName.test(name) && series.present.includes(elementKind.number)) {
      const message = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket";
      notes.inform(`${message}: ${quote(name)}`, arg.span);
    }
    yield series;
  }
}
