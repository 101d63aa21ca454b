/** Whether two engines have said the same. */
import { labelsKey, formatLabels } from "../../../src/core/labels.ts";
import type { Answer, AnswerSeries } from "./engines.ts";

/** Of values, relative; sums of other order differ by less. */
const tolerance = 1e-9;

/** What is different, or `null`. Two errors are the same whatever they say. Where the order counts, it is that of the values. */
export function differenceOf(ours: Answer, theirs: Answer, ordered: boolean): string | null {
  if ("error" in ours || "error" in theirs) {
    if ("error" in ours && "error" in theirs) return null;
    return "error" in ours ? `only ours fails: ${ours.error}` : `only theirs fails: ${errorOf(theirs)}`;
  }
  const expected = new Map(theirs.series.map((series) => [labelsKey(series.labels), series]));
  for (const series of ours.series) {
    const other = expected.get(labelsKey(series.labels));
    if (other === undefined) return `only ours has ${describe(series)}`;
    expected.delete(labelsKey(series.labels));
    const different = pointDifference(series, other);
    if (different !== null) return `${formatLabels(series.labels)} ${different}`;
  }
  const [missing] = expected.values();
  if (missing !== undefined) return `only theirs has ${describe(missing)}`;
  return ordered ? orderDifference(ours.series, theirs.series) : null;
}

function errorOf(answer: Answer): string {
  return "error" in answer ? answer.error : "";
}

function describe({ labels, points }: AnswerSeries): string {
  return `${formatLabels(labels)} ${points.length} points: ${points
    .slice(0, 3)
    .map(([timeMs, value]) => `${value}@${timeMs}`)
    .join(" ")}`;
}

function pointDifference({ points: ours }: AnswerSeries, { points: theirs }: AnswerSeries): string | null {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [our, their] = [ours[i], theirs[i]];
    if (our === undefined || their === undefined || our[0] !== their[0])
      return `has points at other times: ${our?.join("@")} and ${their?.join("@")}`;
    if (!isSame(our[1], their[1])) return `is ${our[1]} here and ${their[1]} there, at ${our[0]}`;
  }
  return null;
}

/** Equal elements may change places. */
function orderDifference(ours: readonly AnswerSeries[], theirs: readonly AnswerSeries[]): string | null {
  const [our = [], their = []] = [ours, theirs].map((all) => all.flatMap(({ points }) => points.map(([, value]) => value)));
  if (our.every((value, i) => isSame(value, their[i] ?? 0))) return null;
  return `the order is ${our.join(", ")} here and ${their.join(", ")} there`;
}

/** NaN is NaN whatever its bits. */
function isSame(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}
