/** What a waterfall shows at the moment: what is folded, chosen and looked for, and what follows from it. Nothing here draws. */
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { PathPiece } from "../../../core/trace/critical-path.ts";
import {
  fromShown,
  idleFolds,
  timeAxis,
  toShown,
  viewBetween,
  wholeView,
  type Fold,
  type TimeAxis,
  type View,
} from "./time-axis.ts";
import { linePlaces, linesOf, openedAbove, withAncestors, type Lines } from "./trace-lines.ts";
import { lanesOf, type TraceModel } from "./trace-model.ts";
import type { GroupedWalk } from "./span-walk.ts";
import { matchTerms } from "./span-match.ts";

/** Which spans get lines: all, those on the critical path, or those with times that cannot be. */
export type Only = "all" | "path" | "outside";

export interface WaterfallState {
  readonly model: ReadonlySignal<TraceModel>;
  /** `null` until it is known. */
  readonly path: ReadonlySignal<PathShown | null>;
  readonly lanes: Signal<boolean>;
  readonly folding: Signal<boolean>;
  readonly only: Signal<Only>;
  /** As `matchTerms` reads it. */
  readonly filter: Signal<string>;
  /** What does not match has no line; else it is pale. */
  readonly hiding: Signal<boolean>;
  /** Row → 1. */
  readonly closed: Signal<Uint8Array>;
  /** Row; −1: none. */
  readonly selected: Signal<number>;
  /** Line; −1: none. */
  readonly hovered: Signal<number>;
  /** What of time is to be seen; `null`: all. In times and not in places, because folding changes these. */
  readonly window: Signal<Fold | null>;
  readonly view: ReadonlySignal<View>;
  /** `null`: nothing is looked for. */
  readonly matches: ReadonlySignal<Uint8Array | null>;
  readonly grouped: ReadonlySignal<GroupedWalk>;
  readonly lines: ReadonlySignal<Lines>;
  /** Place → line; −1. */
  readonly lineOf: ReadonlySignal<Int32Array>;
  readonly axis: ReadonlySignal<TimeAxis>;
}

/** The critical path by row, for pictures. */
export interface PathShown {
  readonly pieces: readonly PathPiece[];
  /** Row → 1. */
  readonly isOn: Uint8Array;
  /** Row → its pieces' numbers. */
  readonly ofRow: ReadonlyMap<number, readonly number[]>;
}

/** The pieces by their rows. */
export function pathShown(pieces: readonly PathPiece[], rows: number): PathShown {
  const isOn = new Uint8Array(rows);
  for (const { row } of pieces) isOn[row] = 1;
  return { pieces, isOn, ofRow: Map.groupBy(pieces.keys(), (piece) => pieces[piece]?.row ?? 0) };
}

/**
 * `matchesOf`: which rows the filter's text names; attributes may come later, so it may read signals. `lengthMs`: the least that the axis
 * spans, for traces that are compared; then nothing is folded.
 */
export function waterfallState(
  model: ReadonlySignal<TraceModel>,
  path: ReadonlySignal<PathShown | null>,
  matchesOf: (filter: string) => Uint8Array | null,
  lengthMs = 0,
): WaterfallState {
  const lanes = signal(false);
  const folding = signal(lengthMs === 0);
  const only = signal<Only>("all");
  const filter = signal("");
  const hiding = signal(false);
  const closed = signal<Uint8Array>(new Uint8Array(model.peek().starts.length));
  const grouped = computed(() => (lanes.value ? lanesOf(model.value) : model.value.whole));
  const matches = computed(() => (matchTerms(filter.value).length === 0 ? null : matchesOf(filter.value)));
  const kept = computed(() => {
    const wanted = keptRows(model.value, { only: only.value, path: path.value, matches: hiding.value ? matches.value : null });
    return wanted === null ? null : withAncestors(grouped.value.walk, wanted);
  });
  const lines = computed(() => linesOf(grouped.value, { closed: closed.value, kept: kept.value }));
  const axis = computed(() => {
    const { starts, columns, byStart, isBusy, times } = model.value;
    const spans = { starts, durations: columns.durationMs, byStart, isBusy, outside: times.outside };
    const toMs = Math.max(times.toMs, times.fromMs + lengthMs);
    return timeAxis(times.fromMs, toMs, folding.value ? idleFolds(spans, { fromMs: times.fromMs, toMs }) : []);
  });
  const window = signal<Fold | null>(null);
  return {
    model,
    path,
    lanes,
    folding,
    only,
    filter,
    hiding,
    closed,
    matches,
    grouped,
    lines,
    axis,
    window,
    selected: signal(-1),
    hovered: signal(-1),
    view: computed(() => {
      const seen = window.value;
      if (seen === null) return wholeView(axis.value);
      return viewBetween(axis.value, toShown(axis.value, seen.fromMs), toShown(axis.value, seen.toMs));
    }),
    lineOf: computed(() => linePlaces(lines.value, grouped.value.walk.rowAt.length)),
  };
}

function keptRows(
  { times }: TraceModel,
  wish: { readonly only: Only; readonly path: PathShown | null; readonly matches: Uint8Array | null },
): Uint8Array | null {
  const base = wish.only === "outside" ? times.outside : wish.only === "path" ? (wish.path?.isOn ?? null) : null;
  if (base === null || wish.matches === null) return base ?? wish.matches;
  return base.map((value, row) => value & (wish.matches?.[row] ?? 0));
}

/** Shows a part of the axis. */
export function setView({ window, axis }: WaterfallState, { from, to }: View): void {
  const scale = axis.value;
  const isWhole = from <= 0 && to >= scale.lengthMs;
  window.value = isWhole ? null : { fromMs: fromShown(scale, from), toMs: fromShown(scale, to) };
}

/** The line of a row; −1: it has none. */
export function lineOfRow({ grouped, lineOf }: WaterfallState, row: number): number {
  return row === -1 ? -1 : (lineOf.value[grouped.value.walk.placeOf[row] ?? -1] ?? -1);
}

/** The row of a line; −1: it is a head, or none. */
export function rowOfLine({ grouped, lines }: WaterfallState, line: number): number {
  const place = lines.value[line] ?? -1;
  return place < 0 ? -1 : (grouped.value.walk.rowAt[place] ?? -1);
}

/** Chooses a row and opens what it is folded away in. */
export function selectRow(state: WaterfallState, row: number): void {
  if (row !== -1 && lineOfRow(state, row) === -1)
    state.closed.value = openedAbove(state.grouped.value.walk, state.closed.value, row);
  state.selected.value = row;
}

/** Folds what is below a line's row away, or shows it. */
export function toggleRow(state: WaterfallState, row: number): void {
  const place = state.grouped.value.walk.placeOf[row] ?? -1;
  if (row === -1 || (state.grouped.value.walk.below[place] ?? 0) === 0) return;
  const closed = state.closed.value.slice();
  closed[row] = closed[row] === 1 ? 0 : 1;
  state.closed.value = closed;
}

/** The next row in the order of the walk for which something holds, from the chosen one on and round; −1: there is none. */
export function nextRow({ grouped, selected }: WaterfallState, step: 1 | -1, holds: (row: number) => boolean): number {
  const { rowAt, placeOf } = grouped.value.walk;
  const from = selected.value === -1 ? (step === 1 ? -1 : 0) : (placeOf[selected.value] ?? 0);
  for (let moved = 1; moved <= rowAt.length; moved++) {
    const row = rowAt[(from + step * moved + rowAt.length * 2) % rowAt.length] ?? -1;
    if (holds(row)) return row;
  }
  return -1;
}
