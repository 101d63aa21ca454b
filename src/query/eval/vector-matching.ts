/**
 * Arithmetic and comparisons between two vectors: elements meet when their matching labels are equal. Whether a match is unique is
 * decided at every step, because series come and go within the range of a query.
 * Source: Prometheus 3, promql/engine.go (VectorBinop, resultMetric).
 */
import { type Labels, labelsKey, labelValue } from "../../core/labels.ts";
import { type Binary, isComparison, isTrim, type VectorMatching } from "../ast.ts";
import type { QueryBudget } from "../limits.ts";
import { numberOperator } from "./binary.ts";
import { type ElementOperator, elementOperator } from "./binary-mixed.ts";
import { duplicateLabels, type EvalContext, queryFailed } from "./context.ts";
import { fillMissing } from "./fill-missing.ts";
import { formatGoLabels } from "./go-labels.ts";
import { elementAt, hasHistograms, type MixedSeries, newMixedSeries, setElement, settled } from "./mixed-values.ts";
import { groupBy, matchAll, presence, projectionOf, signatureOf } from "./signature.ts";
import { newSeries, onlyLabels, type VectorSeries, withLabel, withoutLabels, withoutName } from "./values.ts";

/** Throws `QUERY_FAILED` where a match is not unique, and what the budget throws. */
export function matchedBinary(
  expr: Binary,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
  { notes, budget }: Pick<EvalContext, "notes" | "budget">,
): readonly VectorSeries[] {
  const matching = expr.matching ?? matchAll;
  // The side of which one element may match many is called "one" below; with no grouping it is the right one.
  const swapped = matching.group === "right";
  const sides = swapped ? { many: right, one: left } : { many: left, one: right };
  const { many, one } = fillMissing(sides, matching);
  if (many.length === 0 || one.length === 0) return [];
  const keyOf = signatureOf(matching);
  const oneSide = new Map<string, Partner>();
  const anyMany = presence(many, many[0]?.values.length ?? 0);
  for (const [key, series] of groupBy(one, keyOf)) oneSide.set(key, uniquePartner(series, anyMany, matching, swapped));
  const isMixed = isTrim(expr.operator) || hasHistograms(left) || hasHistograms(right);
  const pairs = new PairEvaluator(expr, matching, swapped, budget, isMixed ? elementOperator(expr, notes) : null);
  for (const series of many) {
    const key = keyOf(series.labels);
    const partner = oneSide.get(key);
    if (partner !== undefined) pairs.add(key, series, partner);
  }
  return pairs.result();
}

/** What the "one" side offers for one signature. */
interface Partner {
  readonly series: VectorSeries;
  /** Label sets that take turns over the steps, each with the steps at which it holds; `group_left(…)` copies from them. */
  readonly variants: readonly { readonly labels: Labels; readonly present: Uint8Array }[];
}

/** Joins the series of one signature into one: at each step at most one of them may be present. */
function uniquePartner(
  series: readonly VectorSeries[],
  anyMany: Uint8Array,
  matching: VectorMatching,
  swapped: boolean,
): Partner {
  const [first = newSeries({}, false, 0)] = series;
  if (series.length < 2) return { series: first, variants: [first] };
  const joined = newMixedSeries(first.labels, false, first.values.length);
  for (const [index, one] of series.entries()) {
    for (let i = 0; i < one.values.length; i++) {
      if (one.present[i] === 0) continue;
      // With nothing to match at a step Prometheus does not look for duplicates.
      if (joined.present[i] !== 0 && anyMany[i] === 1) {
        const before = series.slice(0, index).find(({ present }) => present[i] !== 0) ?? first;
        throw manyToMany(before.labels, one.labels, matching, swapped);
      }
      setElement(joined, i, elementAt(one, i) ?? 0);
    }
  }
  return { series: settled(joined), variants: series };
}

function manyToMany(a: Labels, b: Labels, matching: VectorMatching, swapped: boolean): Error {
  const group = formatGoLabels(projectionOf(matching)(a));
  const both = [a, b].map(formatGoLabels).sort().join(", ");
  const side = swapped ? "left" : "right";
  return queryFailed(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${both}]` +
      ";many-to-many matching not allowed: matching labels must be unique on one side",
  );
}

/** Computes pair by pair, collects the results by their labels and watches that every match is unique. */
class PairEvaluator {
  readonly #expr: Binary;
  readonly #matching: VectorMatching;
  readonly #swapped: boolean;
  readonly #budget: QueryBudget;
  /** `null` where all elements are numbers. */
  readonly #ofElements: ElementOperator | null;
  readonly #results = new Map<string, VectorSeries>();
  readonly #mixedResults = new Map<string, MixedSeries>();
  /** Steps at which a group of a one-to-one match, or a result of a grouped one, has been used. */
  readonly #used = new Map<string, Uint8Array>();

  constructor(
    expr: Binary,
    matching: VectorMatching,
    swapped: boolean,
    budget: QueryBudget,
    ofElements: ElementOperator | null,
  ) {
    this.#expr = expr;
    this.#matching = matching;
    this.#swapped = swapped;
    this.#budget = budget;
    this.#ofElements = ofElements;
  }

  add(signature: string, many: VectorSeries, { series, variants }: Partner): void {
    this.#budget.checkTime();
    // Without copied labels the result does not depend on which of the variants is there.
    if (this.#matching.include.length === 0) return this.#addWith(signature, many, series);
    for (const { labels, present } of variants) {
      // There may be one for each step, and each makes a series of its own.
      if (meet(many.present, present)) this.#addWith(signature, many, { ...series, labels, present });
    }
  }

  #addWith(signature: string, many: VectorSeries, one: VectorSeries): void {
    const { operator, returnBool } = this.#expr;
    const filters = isComparison(operator) && !returnBool;
    const labels = this.#resultLabels(many.labels, one.labels);
    const key = labelsKey(labels);
    const count = many.values.length;
    const used = getOrMake(
      this.#used,
      this.#matching.group === "none" ? signature : `${signature}\u0001${key}`,
      () => new Uint8Array(count),
    );
    const dropName = returnBool || ((filters || isTrim(operator)) && many.dropName);
    if (this.#ofElements !== null) {
      const mixed = getOrMake(this.#mixedResults, key, () => {
        this.#budget.take(count);
        return newMixedSeries(labels, dropName, count);
      });
      return this.#fillMixed(mixed, many, one, used, this.#ofElements);
    }
    const compute = numberOperator(operator);
    const { values, present } = getOrMake(this.#results, key, () => {
      this.#budget.take(count);
      return newSeries(labels, dropName, count);
    });
    const [left, right] = this.#swapped ? [one.values, many.values] : [many.values, one.values];
    for (let i = 0; i < count; i++) {
      if (many.present[i] === 0 || one.present[i] === 0) continue;
      if (used[i] === 1) throw this.#notUnique();
      used[i] = 1;
      const value = left[i] ?? Number.NaN;
      const computed = compute(value, right[i] ?? Number.NaN);
      if (filters && computed === false) continue;
      if (present[i] === 1) duplicateLabels();
      values[i] = filters ? value : Number(computed);
      present[i] = 1;
    }
  }

  /** Elements that the operator does not take do not count as a match. */
  #fillMixed(result: MixedSeries, many: VectorSeries, one: VectorSeries, used: Uint8Array, compute: ElementOperator): void {
    const filters = isComparison(this.#expr.operator) && !this.#expr.returnBool;
    for (let i = 0; i < used.length; i++) {
      const [manyElement, oneElement] = [elementAt(many, i), elementAt(one, i)];
      if (manyElement === undefined || oneElement === undefined) continue;
      const [left, right] = this.#swapped ? [oneElement, manyElement] : [manyElement, oneElement];
      const computed = compute(left, right);
      if (computed === undefined) continue;
      if (used[i] === 1) throw this.#notUnique();
      used[i] = 1;
      if (filters && computed === false) continue;
      if (result.present[i] !== 0) duplicateLabels();
      setElement(result, i, filters ? left : typeof computed === "boolean" ? Number(computed) : computed);
    }
  }

  #notUnique(): Error {
    return queryFailed(
      this.#matching.group === "none"
        ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
        : "multiple matches for labels: grouping labels must ensure unique matches",
    );
  }

  #resultLabels(many: Labels, one: Labels): Labels {
    const { group, on, labels, include } = this.#matching;
    const { operator } = this.#expr;
    let result = many;
    if (!isComparison(operator) && !isTrim(operator)) result = withoutName(result);
    if (group === "none") result = on ? onlyLabels(result, labels) : withoutLabels(result, new Set(labels));
    for (const name of include) {
      const value = labelValue(one, name);
      this.#budget.makeLabel(value.length);
      result = withLabel(result, name, value);
    }
    return result;
  }

  result(): readonly VectorSeries[] {
    return this.#ofElements === null ? [...this.#results.values()] : [...this.#mixedResults.values()].map(settled);
  }
}

/** Whether there is a step at which both have an element. */
function meet(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== 0 && b[i] !== 0) return true;
  return false;
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}
