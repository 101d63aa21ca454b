/**
 * Aggregations that look at a group's values together: topk, bottomk, limitk, quantile, count_values.
 * Source: Prometheus 3.14, promql/engine.go (aggregationK, aggregationCountValues, aggregation for quantile).
 */
import { labelsKey } from "../../core/labels.ts";
import type { QueryBudget } from "../limits.ts";
import { formatHistogram } from "../histogram/format.ts";
import { formatNumber } from "../parser/literals.ts";
import type { Group } from "./aggregate.ts";
import { type EvalContext, queryFailed } from "./context.ts";
import { type Element, elementAt } from "./mixed-values.ts";
import { quantile } from "./quantile.ts";
import { newSeries, type VectorSeries, withLabel } from "./values.ts";

/** Aggregations that keep elements instead of making new ones. */
export type RankedAggregation = "topk" | "bottomk" | "limitk";

/**
 * The `limits[i]` (no NaN) best elements of each group at step `i`, with all their labels. An instant query gets them best first, ties in
 * the order they came; over several steps no order holds for all.
 */
export function aggregateRanked(
  operator: RankedAggregation,
  groups: readonly Group[],
  limits: Float64Array,
  budget: QueryBudget,
): readonly VectorSeries[] {
  if (limits.every((limit) => limit < 1)) return [];
  limits.forEach(checkLimit);
  return groups.flatMap(({ members }) => {
    const best = bestOf(isBetter[operator], members, limits, budget);
    const [only = []] = best;
    const kept = new Map<number, VectorSeries>();
    for (const [step, indexes] of best.entries()) {
      for (const index of indexes) {
        const member = members[index];
        if (member === undefined) continue;
        let chosen = kept.get(index);
        if (chosen === undefined) kept.set(index, (chosen = { ...member, present: new Uint8Array(limits.length) }));
        chosen.present[step] = member.present[step] ?? 0;
      }
    }
    const order = limits.length === 1 ? only : [...kept.keys()].sort((x, y) => x - y);
    return order.flatMap((index) => kept.get(index) ?? []);
  });
}

function checkLimit(limit: number): void {
  if (limit <= -(2 ** 63)) throw queryFailed(`Scalar value ${limit} underflows int64`);
  if (limit >= 2 ** 63) throw queryFailed(`Scalar value ${limit} overflows int64`);
}

type IsBetter = (value: number, than: number) => boolean;

const isBetter: Readonly<Record<RankedAggregation, IsBetter>> = {
  topk: (value, than) => value > than || (Number.isNaN(than) && !Number.isNaN(value)),
  bottomk: (value, than) => value < than || (Number.isNaN(than) && !Number.isNaN(value)),
  // The first ones stay.
  limitk: () => false,
};

/** Up to so many of the best are found by insertion; to insert a hundred thousand takes a hundred thousand times as long as one. */
const insertedMax = 100;

/** Per step the indexes of the `limits[i]` best members that are present there, best first; of equals the first is better. */
function bestOf(
  better: IsBetter,
  members: readonly VectorSeries[],
  limits: Float64Array,
  budget: QueryBudget,
): readonly (readonly number[])[] {
  const lists = Array.from(limits, (limit) => new BestList(better, Math.max(0, Math.trunc(limit))));
  if (lists.every(({ limit }) => limit <= insertedMax)) {
    // Member by member, whose values lie side by side.
    for (const [index, { values, present }] of members.entries()) {
      budget.checkTime();
      for (let i = 0; i < lists.length; i++) if (present[i] !== 0) lists[i]?.offer(index, values[i] ?? Number.NaN);
    }
    return lists.map(({ indexes }) => indexes);
  }
  return lists.map(({ limit }, step) => {
    budget.checkTime();
    return sortedAt(better, members, step).slice(0, limit);
  });
}

/** The best of what was offered. */
class BestList {
  readonly limit: number;
  readonly indexes: number[] = [];
  readonly #values: number[] = [];
  readonly #better: IsBetter;

  constructor(better: IsBetter, limit: number) {
    this.#better = better;
    this.limit = limit;
  }

  offer(index: number, value: number): void {
    const worst = this.#values[this.limit - 1];
    if (this.limit === 0 || (worst !== undefined && !this.#better(value, worst))) return;
    const position = placeOf(value, this.#values, this.#better);
    this.indexes.splice(position, 0, index);
    this.#values.splice(position, 0, value);
    if (this.#values.length <= this.limit) return;
    this.indexes.pop();
    this.#values.pop();
  }
}

/** All that are present, best first; of equals the first is better. */
function sortedAt(better: IsBetter, members: readonly VectorSeries[], step: number): readonly number[] {
  const valueOf = (index: number): number => members[index]?.values[step] ?? Number.NaN;
  return [...members.keys()]
    .filter((index) => members[index]?.present[step] !== 0)
    .sort((a, b) => Number(better(valueOf(b), valueOf(a))) - Number(better(valueOf(a), valueOf(b))));
}

/** Where a value belongs in a list that is sorted from the best to the worst, behind its equals. */
function placeOf(value: number, best: readonly number[], better: IsBetter): number {
  let low = 0;
  let high = best.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (better(value, best[middle] ?? Number.NaN)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The `qs[i]`-quantile of each group at step `i`. */
export function aggregateQuantile(groups: readonly Group[], qs: Float64Array, budget: QueryBudget): readonly VectorSeries[] {
  return groups.map(({ labels, dropName, members }) => {
    const result = newSeries(labels, dropName, qs.length);
    for (let i = 0; i < qs.length; i++) {
      budget.checkTime();
      const values = members.filter(({ present }) => present[i] === 1).map(({ values: all }) => all[i] ?? Number.NaN);
      if (values.length === 0) continue;
      result.values[i] = quantile(qs[i] ?? Number.NaN, Float64Array.from(values));
      result.present[i] = 1;
    }
    return result;
  });
}

function formatElement(element: Element): string {
  return typeof element === "number" ? formatNumber(element) : formatHistogram(element);
}

/** How often each value occurs in a group; the value becomes the label `name`, or is told nowhere and all are counted together. */
export function aggregateCountValues(
  groups: readonly Group[],
  name: string | null,
  { steps: { count }, budget }: Pick<EvalContext, "steps" | "budget">,
): readonly VectorSeries[] {
  const results = new Map<string, VectorSeries>();
  for (const { labels, dropName, members } of groups) {
    for (const member of members) {
      for (let i = 0; i < count; i++) {
        const element = elementAt(member, i);
        if (element === undefined) continue;
        const counted = name === null ? labels : withLabel(labels, name, formatElement(element));
        const key = labelsKey(counted);
        let result = results.get(key);
        if (result === undefined) {
          // Each value may make one more: how many there will be nobody knows before.
          budget.take(count);
          results.set(key, (result = newSeries(counted, dropName, count)));
        }
        result.values[i] = (result.values[i] ?? 0) + 1;
        result.present[i] = 1;
      }
    }
  }
  return [...results.values()];
}
