/** Function calls: finds out which kind of function it is and evaluates the arguments that this kind has. */
import type { Call, Expr } from "../ast.ts";
import { type ArgumentEvaluators, type CallResult, required } from "./argument-evaluators.ts";
import type { EvalContext } from "./context.ts";
import { calendarFunctions, type ElementFunction, elementFunctions } from "./element-functions.ts";
import { callOverExtendedRange, extendedRangeOf } from "./extended-range.ts";
import { callOverRange } from "./range-call.ts";
import { rangeFunctions } from "./range-functions.ts";
import { specialFunctions } from "./special-functions.ts";
import { freshMemory } from "./value-memory.ts";
import { elementKind, oneSeries, stepTimeMs, type VectorSeries } from "./values.ts";

const elements: ReadonlyMap<string, ElementFunction> = new Map(Object.entries(elementFunctions));
const calendar: ReadonlyMap<string, ElementFunction> = new Map(Object.entries(calendarFunctions));

/** A scalar function gives one number per step, every other one a vector. */
export function callFunction(call: Call, context: EvalContext, evaluate: ArgumentEvaluators): CallResult {
  const { name, args } = call;
  const element = elements.get(name);
  if (element !== undefined) return mapElements(element, args, context, evaluate);
  const field = calendar.get(name);
  if (field !== undefined) return args.length > 0 ? mapElements(field, args, context, evaluate) : mapTimes(field, context);
  const extended = extendedRangeOf(call);
  if (extended !== null) return callOverExtendedRange(call, extended, context);
  const range = rangeFunctions.get(name);
  if (range !== undefined) return callOverRange(call, range, context, evaluate);
  const special = specialFunctions[name];
  if (special === undefined) throw new TypeError(`the function ${name} has a signature and nothing else`);
  return special(args, context, evaluate);
}

/** The first argument is the vector, the others are scalars. */
function mapElements(
  compute: ElementFunction,
  args: readonly Expr[],
  context: EvalContext,
  evaluate: ArgumentEvaluators,
): CallResult {
  const [vectorArg, ...scalarArgs] = args;
  const vector = evaluate.vector(required(vectorArg), context);
  const scalars = scalarArgs.map((arg) => evaluate.scalar(arg, context));
  // `clamp` has no result where its bounds are the wrong way round.
  const isEmptyAt =
    scalars.length === 2 ? (i: number): boolean => (scalars[1]?.[i] ?? 0) < (scalars[0]?.[i] ?? 0) : (): boolean => false;
  const argsAt = Array.from({ length: scalars.length === 0 ? 0 : context.steps.count }, (_, i) =>
    scalars.map((scalar) => scalar[i] ?? Number.NaN),
  );
  const memory = freshMemory(context.steps.count);
  return vector.map((series) => {
    const present = series.present.map((kind, i) => (kind === elementKind.number && !isEmptyAt(i) ? 1 : 0));
    const values = memory();
    for (let i = 0; i < values.length; i++) {
      if (present[i] === 1) values[i] = compute(series.values[i] ?? Number.NaN, argsAt[i] ?? noArgs);
    }
    return { labels: series.labels, dropName: true, values, present, histograms: null };
  });
}

const noArgs: readonly number[] = [];

function mapTimes(compute: ElementFunction, { steps }: EvalContext): readonly VectorSeries[] {
  return oneSeries(steps.count, (i) => compute(stepTimeMs(steps, i) / 1000, noArgs));
}
