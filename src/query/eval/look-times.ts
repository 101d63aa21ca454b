/** The times that a selector or a subquery looks at: those of the evaluation, shifted by `offset` and `@`. */
import type { AtModifier } from "../ast.ts";
import type { EvalContext } from "./context.ts";
import { stepTimeMs } from "./values.ts";

/** One per step, ascending. */
export function lookTimesMs(
  shift: { readonly offsetMs: number; readonly at: AtModifier | null },
  context: EvalContext,
): Float64Array {
  const { steps } = context;
  const fixedMs = shift.at === null ? null : atTimeMs(shift.at, context);
  const timesMs = new Float64Array(steps.count);
  for (let i = 0; i < steps.count; i++) timesMs[i] = (fixedMs ?? stepTimeMs(steps, i)) - shift.offsetMs;
  return timesMs;
}

export function atTimeMs(at: AtModifier, { query }: EvalContext): number {
  if (at.kind === "time") return at.timeMs;
  return at.kind === "start" ? query.startMs : query.endMs;
}
