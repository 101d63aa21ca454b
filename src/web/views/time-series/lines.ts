/** From query results to what a chart draws: which series, in which order, on one time axis, stacked or mirrored. */
import { labelsKey, metricNameLabel } from "../../../core/labels.ts";
import type { Column, QueryTable } from "../../data/query-table.ts";
import { fillLegend, tellApart } from "../../format/labels.ts";
import { maxSeries } from "../palette.ts";

export interface LineQuery {
  readonly expr: string;
  readonly legend: string;
  readonly mirrored?: boolean;
}

/** One line of the chart, found again in the tables at each draw. */
export interface Line {
  readonly key: string;
  readonly name: string;
  readonly mirrored: boolean;
  /** Place of its colour; stays the same when idle neighbours are left out. */
  readonly slot: number;
  /** Its columns: one, or all those that "N others" sums. */
  readonly sources: readonly { readonly table: number; readonly column: number }[];
}

export interface LineChoice {
  readonly lines: readonly Line[];
  /** Series of idle devices: named, not drawn. One that wakes up is a reason to choose anew. */
  readonly idle: readonly Line[];
  /** Further series that are in the data but not drawn. */
  readonly hidden: number;
}

/** What uPlot gets: `drawn` is stacked and mirrored, `values` is what was measured, for legend and table. */
export interface ChartData {
  readonly timesMs: readonly number[];
  readonly values: readonly Column[];
  readonly drawn: readonly (number | null | undefined)[][];
}

/**
 * Picks at most eight series, those with the largest mean, and leaves them in the server's order so that colours stay.
 * A stack shows the rest as one sum, because its height is the total; lines are only counted, because a sum would not be one of them.
 */
export function chooseLines(
  queries: readonly LineQuery[],
  tables: readonly (QueryTable | null)[],
  options: { readonly stacked: boolean; readonly limit?: number },
): LineChoice {
  const all = queries
    .flatMap((query, table) => linesOf(query, table, tables[table] ?? null))
    .map((line, slot) => ({ ...line, slot }));
  const limit = options.limit ?? maxSeries;
  if (all.length <= limit) return options.stacked ? { lines: all, idle: [], hidden: 0 } : withoutIdle(all, tables);
  const ranked = all.map((line) => ({ line, size: meanSize(line, tables) })).sort((a, b) => b.size - a.size);
  // Idle devices would fill the legend; while any series moves, those that are zero throughout wait in the rest.
  const moving = ranked.filter((entry) => entry.size > 0);
  const kept = (moving.length === 0 ? ranked : moving).slice(0, options.stacked ? limit - 1 : limit);
  const chosen = new Set(kept.map((entry) => entry.line));
  const lines = all.filter((line) => chosen.has(line)).map((line, slot) => ({ ...line, slot }));
  const rest = all.filter((line) => !chosen.has(line));
  if (!options.stacked) return { lines, idle: [], hidden: rest.length };
  return { lines: [...lines, { ...sumOf(rest), slot: lines.length }], idle: [], hidden: 0 };
}

/** True when one of these lines has a value other than 0 at its newest point. */
export function anyAwake(lines: readonly Line[], tables: readonly (QueryTable | null)[]): boolean {
  return lines.some(({ sources }) => sources.some(({ table, column }) => (tables[table]?.columns[column]?.at(-1) ?? 0) !== 0));
}

/**
 * Leaves out what was idle throughout: a disk nobody uses would only lengthen the legend. A device's lines stay together, so that
 * "written" does not lose its "read"; and when all are idle, all are shown.
 */
function withoutIdle(all: readonly Line[], tables: readonly (QueryTable | null)[]): LineChoice {
  const busy = new Set(all.filter((line) => meanSize(line, tables) > 0).map((line) => memberOf(line, tables)));
  if (busy.size === 0) return { lines: all, idle: [], hidden: 0 };
  const isBusy = (line: Line): boolean => busy.has(memberOf(line, tables));
  return { lines: all.filter(isBusy), idle: all.filter((line) => !isBusy(line)), hidden: 0 };
}

/** What a line is about: its labels without the metric's name, so that all lines of one device agree. */
function memberOf({ sources }: Line, tables: readonly (QueryTable | null)[]): string {
  return sources
    .map(({ table, column }) => {
      const { [metricNameLabel]: _, ...labels } = tables[table]?.labels[column] ?? {};
      return labelsKey(labels);
    })
    .join();
}

/** Values of the chosen lines on one time axis. */
export function chartData(choice: LineChoice, tables: readonly (QueryTable | null)[], stacked: boolean): ChartData {
  const used = new Set(choice.lines.flatMap((line) => line.sources.map((source) => source.table)));
  const axes = [...used].flatMap((table) => tables[table]?.timesMs ?? []);
  const timesMs = sameAxis([...used].map((table) => tables[table]?.timesMs ?? [])) ?? [...new Set(axes)].sort((a, b) => a - b);
  const values = choice.lines.map((line) => lineValues(line, tables, timesMs));
  return { timesMs, values, drawn: stacked ? stack(choice.lines, values) : mirror(choice.lines, values) };
}

function linesOf(query: LineQuery, table: number, result: QueryTable | null): Omit<Line, "slot">[] {
  const series = result?.labels ?? [];
  const names = query.legend === "" ? tellApart(series) : series.map((labels) => fillLegend(query.legend, labels));
  return series.map((labels, column) => ({
    key: `${table}|${labelsKey(labels)}`,
    name: names[column] ?? "",
    mirrored: query.mirrored === true,
    sources: [{ table, column }],
  }));
}

function sumOf(rest: readonly Line[]): Omit<Line, "slot"> {
  return {
    key: "others",
    name: `${rest.length} others`,
    mirrored: false,
    sources: rest.flatMap((line) => line.sources),
  };
}

function meanSize(line: Line, tables: readonly (QueryTable | null)[]): number {
  let sum = 0;
  let count = 0;
  for (const { table, column } of line.sources) {
    for (const value of tables[table]?.columns[column] ?? []) {
      if (value === null) continue;
      sum += Math.abs(value);
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** The common axis when all are equal, which they are as long as all queries came with one answer. */
function sameAxis(axes: readonly (readonly number[])[]): readonly number[] | null {
  const [first, ...others] = axes;
  if (first === undefined) return [];
  const same = others.every((axis) => axis.length === first.length && axis.every((time, index) => time === first[index]));
  return same ? first : null;
}

function lineValues(line: Line, tables: readonly (QueryTable | null)[], timesMs: readonly number[]): Column {
  const columns = line.sources.map(({ table, column }) => spread(tables[table] ?? null, column, timesMs));
  const [only] = columns;
  if (columns.length === 1 && only !== undefined) return only;
  return timesMs.map((_, row) => addUp(columns.map((column) => column[row] ?? null)));
}

/** A column on a longer axis; a time that its own query has no point for keeps the value before it. */
function spread(table: QueryTable | null, column: number, timesMs: readonly number[]): Column {
  const values = table?.columns[column] ?? [];
  const own = table?.timesMs ?? [];
  if (own.length === timesMs.length) return values;
  let at = -1;
  return timesMs.map((time) => {
    while ((own[at + 1] ?? Number.POSITIVE_INFINITY) <= time) at++;
    return at === -1 ? null : (values[at] ?? null);
  });
}

function mirror(lines: readonly Line[], values: readonly Column[]): Column[] {
  return values.map((column, index) =>
    lines[index]?.mirrored === true ? column.map((value) => (value === null ? null : -value)) : column,
  );
}

/** Running sums, upwards and (mirrored) downwards. Where a line has a gap its layer is flat; where all have one, the stack has it. */
function stack(lines: readonly Line[], values: readonly Column[]): Column[] {
  const length = values[0]?.length ?? 0;
  const up = new Float64Array(length);
  const down = new Float64Array(length);
  const empty = Array.from({ length }, (_, row) => values.every((column) => column[row] === null));
  return values.map((column, index) => {
    const mirrored = lines[index]?.mirrored === true;
    const sums = mirrored ? down : up;
    return column.map((value, row) => {
      if (empty[row] === true) return null;
      const sum = (sums[row] ?? 0) + (mirrored ? -(value ?? 0) : (value ?? 0));
      sums[row] = sum;
      return sum;
    });
  });
}

function addUp(values: readonly (number | null)[]): number | null {
  let sum: number | null = null;
  for (const value of values) if (value !== null) sum = (sum ?? 0) + value;
  return sum;
}
