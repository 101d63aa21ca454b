/**
 * `and`, `or` and `unless`: elements are kept or left out by whether they have a partner, decided at every step.
 * Source: Prometheus 3, promql/engine.go (VectorAnd, VectorOr, VectorUnless).
 */
import type { Labels } from "../../core/labels.ts";
import type { SetOperator, VectorMatching } from "../ast.ts";
import type { QueryBudget } from "../limits.ts";
import { duplicateLabels } from "./context.ts";
import { groupBy, matchAll, presence, signatureOf } from "./signature.ts";
import { mergeSameLabels, type VectorSeries } from "./values.ts";

/** Throws `QUERY_FAILED` when `or` brings two elements with the same labels together. */
export function setBinary(
  operator: SetOperator,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  matching: VectorMatching | null,
  budget: QueryBudget,
): readonly VectorSeries[] {
  const keyOf = signatureOf(matching ?? matchAll);
  if (operator === "or") {
    return mergeSameLabels([...left, ...keepWhere(right, groupBy(left, keyOf), { keyOf, wanted: 0, budget })], duplicateLabels);
  }
  return keepWhere(left, groupBy(right, keyOf), { keyOf, wanted: operator === "and" ? 1 : 0, budget });
}

interface Condition {
  readonly keyOf: (of: Labels) => string;
  /** 1: elements that have a partner, 0: those that have none. */
  readonly wanted: 0 | 1;
  readonly budget: QueryBudget;
}

/** The elements that meet the condition. */
function keepWhere(
  series: readonly VectorSeries[],
  others: ReadonlyMap<string, readonly VectorSeries[]>,
  { keyOf, wanted, budget }: Condition,
): readonly VectorSeries[] {
  const presences = new Map<string, Uint8Array>();
  const kept: VectorSeries[] = [];
  for (const one of series) {
    budget.checkTime();
    const key = keyOf(one.labels);
    const partners = others.get(key);
    if (partners === undefined) {
      if (wanted === 0) kept.push(one);
      continue;
    }
    let partnerPresent = presences.get(key);
    if (partnerPresent === undefined) presences.set(key, (partnerPresent = presence(partners, one.present.length)));
    const at = partnerPresent;
    kept.push({ ...one, present: one.present.map((present, i) => (at[i] === wanted ? present : 0)) });
  }
  return kept;
}
