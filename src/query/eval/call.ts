/** Function calls: finds out which kind of function it is and evaluates the arguments that this kind has. */
import type { Call, Expr } from "../ast.ts";
import { functionSignatures } from "../functions.ts";
import { quote } from "../parser/literals.ts";
import { unsupported } from "../parser/syntax-error.ts";
import { type ArgumentEvaluators, type CallResult, required } from "./argument-evaluators.ts";
import type { EvalContext } from "./context.ts";
import { calendarFunctions, type ElementFunction, elementFunctions } from "./element-functions.ts";
import { overTimeFunctions } from "./over-time.ts";
import { callOverRange } from "./range-call.ts";
import type { RangeFunction } from "./range-window.ts";
import { rateFunctions } from "./rate.ts";
import { specialFunctions } from "./special-functions.ts";
import { newSeries, oneSeries, stepTimeMs, type VectorSeries } from "./values.ts";

const elements: ReadonlyMap<string, ElementFunction> = new Map(Object.entries(elementFunctions));
const calendar: ReadonlyMap<string, ElementFunction> = new Map(Object.entries(calendarFunctions));
const ranges: ReadonlyMap<string, RangeFunction> = new Map(Object.entries({ ...rateFunctions, ...overTimeFunctions }));

/** A scalar function gives one number per step, every other one a vector. */
export function callFunction(call: Call, context: EvalContext, evaluate: ArgumentEvaluators): CallResult {
  const { name, args, span } = call;
  if (functionSignatures.get(name)?.experimental === true && !context.experimentalFunctions) {
    throw unsupported(context.text, span.start, `without experimental functions switched on, ${quote(name)}`);
  }
  const element = elements.get(name);
  if (element !== undefined) return mapElements(element, args, context, evaluate);
  const field = calendar.get(name);
  if (field !== undefined) return args.length > 0 ? mapElements(field, args, context, evaluate) : mapTimes(field, context);
  const range = ranges.get(name);
  if (range !== undefined) return callOverRange(call, range, context, evaluate);
  const special = specialFunctions[name];
  if (special === undefined) throw unsupported(context.text, span.start, `the function ${quote(name)}`);
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
  return vector.map(({ labels, values, present }) => {
    const result = newSeries(labels, true, values.length);
    for (let i = 0; i < values.length; i++) {
      if (present[i] === 0 || isEmptyAt(i)) continue;
      const at = scalars.length === 0 ? noArgs : scalars.map((scalar) => scalar[i] ?? Number.NaN);
      result.values[i] = compute(values[i] ?? Number.NaN, at);
      result.present[i] = 1;
    }
    return result;
  });
}

const noArgs: readonly number[] = [];

function mapTimes(compute: ElementFunction, { steps }: EvalContext): readonly VectorSeries[] {
  return oneSeries(steps.count, (i) => compute(stepTimeMs(steps, i) / 1000, noArgs));
}
