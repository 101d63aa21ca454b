/**
 * Arithmetic and comparisons between two vectors: elements meet when their matching labels are equal. Whether a match is unique is
 * decided at every step, because series come and go within the range of a query.
 * Source: Prometheus 3, promql/engine.go (VectorBinop, resultMetric).
 */
import { type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import { type Binary, isComparison, type VectorMatching } from "../ast.ts";
import { quote } from "../parser/literals.ts";
import { numberOperator } from "./binary.ts";
import { duplicateLabels, queryFailed } from "./context.ts";
import { groupBy, matchAll, presence, projectionOf, signatureOf } from "./signature.ts";
import { newSeries, onlyLabels, sortLabels, type VectorSeries, withLabel, withoutLabels } from "./values.ts";

/** Throws `QUERY_FAILED` where a match is not unique. */
export function matchedBinary(
  expr: Binary,
  left: readonly VectorSeries[],
  right: readonly VectorSeries[],
): readonly VectorSeries[] {
  if (left.length === 0 || right.length === 0) return [];
  const matching = expr.matching ?? matchAll;
  // The side of which one element may match many is called "one" below; with no grouping it is the right one.
  const swapped = matching.group === "right";
  const [many, one] = swapped ? [right, left] : [left, right];
  const keyOf = signatureOf(matching);
  const oneSide = new Map<string, Partner>();
  const anyMany = presence(many, many[0]?.values.length ?? 0);
  for (const [key, series] of groupBy(one, keyOf)) oneSide.set(key, uniquePartner(series, anyMany, matching, swapped));
  const pairs = new PairEvaluator(expr, matching, swapped);
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
  const joined = newSeries(first.labels, false, first.values.length);
  for (const [index, one] of series.entries()) {
    for (let i = 0; i < one.values.length; i++) {
      if (one.present[i] === 0) continue;
      // With nothing to match at a step Prometheus does not look for duplicates.
      if (joined.present[i] === 1 && anyMany[i] === 1) {
        const before = series.slice(0, index).find(({ present }) => present[i] === 1) ?? first;
        throw manyToMany(before.labels, one.labels, matching, swapped);
      }
      joined.present[i] = 1;
      joined.values[i] = one.values[i] ?? 0;
    }
  }
  return { series: joined, variants: series };
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

/** `{__name__="a", b="c"}`: as Prometheus writes labels in its messages. */
function formatGoLabels(labels: Labels): string {
  const pairs = Object.entries(sortLabels(labels)).map(([name, value]) => `${name}=${quote(value)}`);
  return `{${pairs.join(", ")}}`;
}

/** Computes pair by pair, collects the results by their labels and watches that every match is unique. */
class PairEvaluator {
  readonly #expr: Binary;
  readonly #matching: VectorMatching;
  readonly #swapped: boolean;
  readonly #results = new Map<string, VectorSeries>();
  /** Steps at which a group of a one-to-one match, or a result of a grouped one, has been used. */
  readonly #used = new Map<string, Uint8Array>();

  constructor(expr: Binary, matching: VectorMatching, swapped: boolean) {
    this.#expr = expr;
    this.#matching = matching;
    this.#swapped = swapped;
  }

  add(signature: string, many: VectorSeries, { series, variants }: Partner): void {
    // Without copied labels the result does not depend on which of the variants is there.
    const needed = this.#matching.include.length === 0 ? [series] : variants;
    for (const { labels, present } of needed) this.#addWith(signature, many, { ...series, labels, present });
  }

  #addWith(signature: string, many: VectorSeries, one: VectorSeries): void {
    const { operator, returnBool } = this.#expr;
    const filters = isComparison(operator) && !returnBool;
    const compute = numberOperator(operator);
    const labels = this.#resultLabels(many.labels, one.labels);
    const key = labelsKey(labels);
    const count = many.values.length;
    const used = getOrMake(
      this.#used,
      this.#matching.group === "none" ? signature : `${signature}\u0001${key}`,
      () => new Uint8Array(count),
    );
    const dropName = returnBool || (filters && many.dropName);
    const result = getOrMake(this.#results, key, () => newSeries(labels, dropName, count));
    for (let i = 0; i < count; i++) {
      if (many.present[i] === 0 || one.present[i] === 0) continue;
      if (used[i] === 1) throw this.#notUnique();
      used[i] = 1;
      const manyValue = many.values[i] ?? Number.NaN;
      const oneValue = one.values[i] ?? Number.NaN;
      const left = this.#swapped ? oneValue : manyValue;
      const computed = this.#swapped ? compute(oneValue, manyValue) : compute(manyValue, oneValue);
      if (filters && computed === false) continue;
      if (result.present[i] === 1) duplicateLabels();
      result.values[i] = filters ? left : Number(computed);
      result.present[i] = 1;
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
    if (!isComparison(operator)) result = withoutLabels(result, new Set([metricNameLabel]));
    if (group === "none") result = on ? onlyLabels(result, labels) : withoutLabels(result, new Set(labels));
    for (const name of include) result = withLabel(result, name, labelValue(one, name));
    return result;
  }

  result(): readonly VectorSeries[] {
    return [...this.#results.values()];
  }
}

function getOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}
