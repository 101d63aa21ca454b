/**
 * An aggregation straight over a selector or a function of a range, which is what most dashboards ask: each series is added to its group
 * as soon as it is computed, into memory that the next one takes over. Three thousand series then need the room of one.
 */
import { type Aggregation, unwrapParens } from "../ast.ts";
import { aggregateStream, type SimpleAggregation } from "./aggregate.ts";
import type { ArgumentEvaluators } from "./argument-evaluators.ts";
import type { EvalContext } from "./context.ts";
import { extendedRangeOf } from "./extended-range.ts";
import { callOverRangeEach } from "./range-call.ts";
import { rangeFunctions } from "./range-functions.ts";
import { selectEach } from "./selector.ts";
import { reusedMemory } from "./value-memory.ts";
import type { VectorSeries } from "./values.ts";

/** `null` where the argument is of another kind, or has native histograms. */
export function fusedAggregate(
  expr: Aggregation,
  operator: SimpleAggregation,
  context: EvalContext,
  evaluate: ArgumentEvaluators,
): readonly VectorSeries[] | null {
  const series = seriesOf(expr, context, evaluate);
  return series && aggregateStream(expr, operator, series, context);
}

function seriesOf({ expr }: Aggregation, context: EvalContext, evaluate: ArgumentEvaluators): Iterable<VectorSeries> | null {
  const inner = unwrapParens(expr);
  if (inner.kind === "selector") return selectEach(inner, context, "value", reusedMemory);
  if (inner.kind !== "call" || extendedRangeOf(inner) !== null) return null;
  const compute = rangeFunctions.get(inner.name);
  if (compute === undefined) return null;
  return callOverRangeEach(inner, compute, context, evaluate, reusedMemory);
}
