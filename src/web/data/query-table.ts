/** Result of one query over the page's window: columns of values over one time column, extended at its end by live ticks. */
import { labelsKey, type Labels } from "../../core/labels.ts";

export type Column = (number | null)[];

export interface QueryTable {
  readonly labels: Labels[];
  readonly timesMs: number[];
  /** One per label set, each as long as `timesMs`; `null` where there is no sample: drawn as a gap. */
  readonly columns: Column[];
  /** Column of each position in a tick; set by the stream's `shape`. */
  positions: readonly number[];
}

/** Columns of a history answer: one value per step from `fromMs` on. */
export function tableFromGrid(
  grid: { readonly fromMs: number; readonly stepMs: number },
  series: readonly { readonly labels: Labels; readonly values: readonly (number | null)[] }[],
): QueryTable {
  const length = Math.max(0, ...series.map((one) => one.values.length));
  const timesMs = Array.from({ length }, (_, index) => grid.fromMs + index * grid.stepMs);
  return { labels: series.map((one) => one.labels), timesMs, columns: series.map((one) => [...one.values]), positions: [] };
}

/**
 * Takes over the label sets that the next ticks are about. Known series keep their column, new ones get an empty one, and
 * those that have ended stay as long as they have a value in the window. Returns true when the set of columns changed.
 */
export function applyShape(table: QueryTable, shape: readonly Labels[]): boolean {
  const known = new Map(table.labels.map((labels, index) => [labelsKey(labels), index]));
  const wanted = shape.map((labels) => labelsKey(labels));
  const ended = table.labels.flatMap((labels, index) => (wanted.includes(labelsKey(labels)) ? [] : [index]));
  const emptied = ended.filter((index) => table.columns[index]?.every((value) => value === null) === true);
  let changed = emptied.length > 0;
  for (const [position, key] of wanted.entries()) {
    const labels = shape[position];
    if (known.has(key) || labels === undefined) continue;
    known.set(key, table.labels.length);
    table.labels.push(labels);
    table.columns.push(table.timesMs.map(() => null));
    changed = true;
  }
  for (const index of emptied.toReversed()) {
    table.labels.splice(index, 1);
    table.columns.splice(index, 1);
  }
  const places = new Map(table.labels.map((labels, index) => [labelsKey(labels), index]));
  table.positions = wanted.map((key) => places.get(key) ?? -1);
  return changed;
}

/**
 * Adds one tick and drops what has left the window. A pause of several ticks becomes a gap, not a straight line. A tick at the time of
 * the last point replaces it: history may have been read before that tick was written.
 */
export function appendTick(
  table: QueryTable,
  tick: { readonly timeMs: number; readonly values: readonly (number | null)[] },
  limits: { readonly oldestMs: number; readonly gapMs: number },
): void {
  const last = table.timesMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (tick.timeMs < last) return;
  if (tick.timeMs === last) dropRows(table, table.timesMs.length - 1, 1);
  else if (tick.timeMs - last > limits.gapMs && table.timesMs.length > 0) appendRow(table, last + 1, () => null);
  const row = new Map(table.positions.map((column, position) => [column, tick.values[position] ?? null]));
  appendRow(table, tick.timeMs, (column) => row.get(column) ?? null);
  // One point before the window stays, so that the line enters the chart from its edge.
  const firstKept = table.timesMs.findIndex((timeMs) => timeMs >= limits.oldestMs) - 1;
  if (firstKept > 0) dropRows(table, 0, firstKept);
}

/** Takes over what ticks have added to the table that this one replaces, while its history was on its way. */
export function keepTicks(
  table: QueryTable,
  before: QueryTable,
  limits: { readonly afterMs: number; readonly toMs: number; readonly gapMs: number },
): void {
  const rows = before.timesMs.flatMap((timeMs, row) =>
    timeMs > limits.afterMs && timeMs <= limits.toMs
      ? [{ timeMs, values: before.columns.map((column) => column[row] ?? null) }]
      : [],
  );
  if (rows.length === 0) return;
  applyShape(table, before.labels);
  for (const row of rows) {
    // A mark of a gap: the history may know better; where it does not, the next tick makes one again.
    if (row.values.every((value) => value === null)) continue;
    appendTick(table, row, { oldestMs: Number.NEGATIVE_INFINITY, gapMs: limits.gapMs });
  }
}

function appendRow(table: QueryTable, timeMs: number, valueOf: (column: number) => number | null): void {
  table.timesMs.push(timeMs);
  for (const [index, column] of table.columns.entries()) column.push(valueOf(index));
}

function dropRows(table: QueryTable, from: number, count: number): void {
  table.timesMs.splice(from, count);
  for (const column of table.columns) column.splice(from, count);
}
