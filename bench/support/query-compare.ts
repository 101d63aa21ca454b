/** Whether two engines' answers are equal: every series, every point. */
import { type Labels, labelsKey, metricNameLabel } from "../../src/core/labels.ts";
import type { Matrix } from "./query-engines.ts";

/** Sums are added in another order by each engine. */
const tolerance = 1e-9;

/** The first difference in words, `null` where there is none. The metrics' names are compared where `withNames` says so. */
export function differenceOf(ours: Matrix, theirs: Matrix, withNames: boolean): string | null {
  const keyOf = (labels: Labels): string => labelsKey(withNames ? labels : { ...labels, [metricNameLabel]: "" });
  if (ours.length !== theirs.length) return `${ours.length} series, not ${theirs.length}`;
  const others = new Map(theirs.map((series) => [keyOf(series.metric), series.values]));
  for (const { metric, values } of ours) {
    const name = JSON.stringify(metric);
    const other = others.get(keyOf(metric));
    if (other === undefined) return `a series ${name}`;
    if (other.length !== values.length) return `${values.length} points of ${name}, not ${other.length}`;
    for (const [index, [time, value]] of values.entries()) {
      const [otherTime, otherValue] = other[index] ?? [Number.NaN, ""];
      if (time !== otherTime || !isNear(value, otherValue)) {
        return `${value} at ${time} of ${name}, not ${otherValue} at ${otherTime}`;
      }
    }
  }
  return null;
}

function isNear(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return a === b || Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y));
}
