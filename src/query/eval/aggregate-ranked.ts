/**
 * Aggregations that look at a group's values together: topk, bottomk, limitk, quantile, count_values.
 * Source: Prometheus 3.14, promql/engine.go (aggregationK, aggregationCountValues, aggregation for quantile).
 */
import { labelsKey } from "../../core/labels.ts";
import { formatNumber } from "../parser/literals.ts";
import type { Group } from "./aggregate.ts";
import { queryFailed } from "./context.ts";
import { quantile } from "./quantile.ts";
import { isEmpty, newSeries, type VectorSeries, withLabel } from "./values.ts";

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
): readonly VectorSeries[] {
  return groups.flatMap(({ members }) => {
    const kept = members.map((member) => ({ ...member, present: new Uint8Array(limits.length) }));
    let order: readonly number[] = [];
    for (let i = 0; i < limits.length; i++) {
      order = bestAt(isBetter[operator], members, i, limitAt(limits, i));
      for (const index of order) {
        const chosen = kept[index];
        if (chosen !== undefined) chosen.present[i] = 1;
      }
    }
    const sorted = limits.length === 1 ? order.flatMap((index) => kept[index] ?? []) : kept;
    return sorted.filter((series) => !isEmpty(series));
  });
}

function limitAt(limits: Float64Array, index: number): number {
  const limit = limits[index] ?? 0;
  if (limit >= 2 ** 63) throw queryFailed(`Scalar value ${limit} overflows int64`);
  return Math.max(0, Math.trunc(limit));
}

type IsBetter = (value: number, than: number) => boolean;

const isBetter: Readonly<Record<RankedAggregation, IsBetter>> = {
  topk: (value, than) => value > than || (Number.isNaN(than) && !Number.isNaN(value)),
  bottomk: (value, than) => value < than || (Number.isNaN(than) && !Number.isNaN(value)),
  // The first ones stay.
  limitk: () => false,
};

/** Indexes of the `limit` best members present at the step, best first; of equals the first is better. */
function bestAt(better: IsBetter, members: readonly VectorSeries[], step: number, limit: number): readonly number[] {
  const indexes: number[] = [];
  const best: number[] = [];
  for (const [index, { values, present }] of members.entries()) {
    if (present[step] === 0) continue;
    const value = values[step] ?? Number.NaN;
    const worst = best[limit - 1];
    if (limit === 0 || (worst !== undefined && !better(value, worst))) continue;
    const position = placeOf(value, best, better);
    indexes.splice(position, 0, index);
    best.splice(position, 0, value);
    if (best.length > limit) {
      indexes.pop();
      best.pop();
    }
  }
  return indexes;
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
export function aggregateQuantile(groups: readonly Group[], qs: Float64Array): readonly VectorSeries[] {
  return groups.map(({ labels, dropName, members }) => {
    const result = newSeries(labels, dropName, qs.length);
    for (let i = 0; i < qs.length; i++) {
      const values = members.filter(({ present }) => present[i] === 1).map(({ values: all }) => all[i] ?? Number.NaN);
      if (values.length === 0) continue;
      result.values[i] = quantile(qs[i] ?? Number.NaN, Float64Array.from(values));
      result.present[i] = 1;
    }
    return result;
  });
}

/** How often each value occurs in a group; the value becomes the label `name`. */
export function aggregateCountValues(groups: readonly Group[], name: string, count: number): readonly VectorSeries[] {
  const results = new Map<string, VectorSeries>();
  for (const { labels, dropName, members } of groups) {
    for (const { values, present } of members) {
      for (let i = 0; i < count; i++) {
        if (present[i] === 0) continue;
        const counted = withLabel(labels, name, formatNumber(values[i] ?? Number.NaN));
        const key = labelsKey(counted);
        let result = results.get(key);
        if (result === undefined) results.set(key, (result = newSeries(counted, dropName, count)));
        result.values[i] = (result.values[i] ?? 0) + 1;
        result.present[i] = 1;
      }
    }
  }
  return [...results.values()];
}
