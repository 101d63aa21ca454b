/** The waterfall by keyboard. What a key does stands in one table, which the page's help shows too. */
import { moveView, zoomView } from "./time-axis.ts";
import { closedBelow, closedByOne, openedByOne } from "./trace-lines.ts";
import { lineOfRow, nextRow, rowOfLine, selectRow, setView, toggleRow, type WaterfallState } from "./waterfall-state.ts";

export interface KeyWish {
  readonly state: WaterfallState;
  /** Lines in sight. */
  readonly pageLines: number;
  /** Goes to the field that filters. */
  readonly find: () => void;
  /** Shows or hides what the chosen span says. */
  readonly details: () => void;
  readonly leave: () => void;
}

interface KeyAction {
  /** As `KeyboardEvent.key` says them; the first ones are shown. */
  readonly keys: readonly string[];
  readonly words: string;
  readonly act: (wish: KeyWish) => void;
}

const zoomFactor = 0.6;
const moveShare = 0.2;

export const keyActions: readonly KeyAction[] = [
  { keys: ["ArrowDown", "j"], words: "Next span", act: (wish) => moveBy(wish, 1) },
  { keys: ["ArrowUp", "k"], words: "Previous span", act: (wish) => moveBy(wish, -1) },
  { keys: ["PageDown"], words: "A page down", act: (wish) => moveBy(wish, wish.pageLines) },
  { keys: ["PageUp"], words: "A page up", act: (wish) => moveBy(wish, -wish.pageLines) },
  { keys: ["Home"], words: "First span", act: ({ state }) => moveTo(state, 0, 1) },
  { keys: ["End"], words: "Last span", act: ({ state }) => moveTo(state, state.lines.value.length - 1, -1) },
  { keys: ["ArrowRight"], words: "Show what is below, or go there", act: ({ state }) => inwards(state) },
  { keys: ["ArrowLeft"], words: "Fold away, or go to the parent", act: ({ state }) => outwards(state) },
  { keys: ["Enter", " "], words: "What the span says", act: ({ details }) => details() },
  { keys: ["w", "+", "="], words: "Zoom in", act: ({ state }) => zoom(state, zoomFactor) },
  { keys: ["s", "-"], words: "Zoom out", act: ({ state }) => zoom(state, 1 / zoomFactor) },
  { keys: ["a"], words: "Earlier", act: ({ state }) => move(state, -moveShare) },
  { keys: ["d"], words: "Later", act: ({ state }) => move(state, moveShare) },
  { keys: ["0"], words: "The whole time", act: ({ state }) => (state.window.value = null) },
  { keys: ["z"], words: "Zoom to the span", act: ({ state }) => zoomToSelected(state) },
  { keys: ["e"], words: "Next error", act: ({ state }) => toError(state, 1) },
  { keys: ["E"], words: "Previous error", act: ({ state }) => toError(state, -1) },
  {
    keys: ["c"],
    words: "Critical path only",
    act: ({ state }) => (state.only.value = state.only.value === "path" ? "all" : "path"),
  },
  { keys: ["n"], words: "A lane for each node", act: ({ state }) => (state.lanes.value = !state.lanes.value) },
  { keys: ["i"], words: "Fold idle times", act: ({ state }) => (state.folding.value = !state.folding.value) },
  { keys: ["["], words: "One level less", act: ({ state }) => reshape(state, closedByOne) },
  { keys: ["]"], words: "One level more", act: ({ state }) => reshape(state, openedByOne) },
  { keys: ["{"], words: "Roots only", act: ({ state }) => reshape(state, (walk) => closedBelow(walk, 1)) },
  { keys: ["}"], words: "All levels", act: ({ state }) => reshape(state, (_, closed) => new Uint8Array(closed.length)) },
  { keys: ["f", "/"], words: "Find", act: ({ find }) => find() },
  { keys: ["Escape"], words: "Close, or show all", act: ({ leave }) => leave() },
];

const actions = new Map(keyActions.flatMap(({ keys, act }) => keys.map((key) => [key, act] as const)));

/** Whether the key means something here, and was done. */
export function pressKey(key: string, wish: KeyWish): boolean {
  const act = actions.get(key);
  act?.(wish);
  return act !== undefined;
}

function moveBy({ state }: KeyWish, by: number): void {
  const line = lineOfRow(state, state.selected.value);
  moveTo(state, line === -1 ? (by > 0 ? 0 : state.lines.value.length - 1) : line + by, by > 0 ? 1 : -1);
}

/** To a line, or to the nearest one that is a span: first onwards, then back. */
function moveTo(state: WaterfallState, line: number, step: 1 | -1): void {
  const last = state.lines.value.length - 1;
  const from = Math.min(last, Math.max(0, line));
  for (const direction of [step, -step]) {
    for (let at = from; at >= 0 && at <= last; at += direction) {
      const row = rowOfLine(state, at);
      if (row === -1) continue;
      selectRow(state, row);
      return;
    }
  }
}

function inwards(state: WaterfallState): void {
  const row = state.selected.value;
  if (row !== -1 && state.closed.value[row] === 1) toggleRow(state, row);
  else if (row !== -1 && below(state, row) > 0) moveTo(state, lineOfRow(state, row) + 1, 1);
}

function outwards(state: WaterfallState): void {
  const row = state.selected.value;
  if (row === -1) return;
  const { walk } = state.grouped.value;
  const above = walk.parent[walk.placeOf[row] ?? 0] ?? -1;
  if (state.closed.value[row] !== 1 && below(state, row) > 0) toggleRow(state, row);
  else if (above !== -1) selectRow(state, walk.rowAt[above] ?? -1);
}

function below({ grouped }: WaterfallState, row: number): number {
  return grouped.value.walk.below[grouped.value.walk.placeOf[row] ?? 0] ?? 0;
}

function zoom(state: WaterfallState, factor: number): void {
  const { from, to } = state.view.value;
  setView(state, zoomView(state.axis.value, { from, to }, factor, (from + to) / 2));
}

function move(state: WaterfallState, share: number): void {
  const { from, to } = state.view.value;
  setView(state, moveView(state.axis.value, { from, to }, share * (to - from)));
}

/** With a tenth of its length around it. */
function zoomToSelected({ selected, model, window }: WaterfallState): void {
  const row = selected.value;
  if (row === -1 || model.value.times.outside[row] === 1) return;
  const fromMs = model.value.starts[row] ?? 0;
  const lengthMs = Math.max(0, model.value.columns.durationMs[row] ?? 0);
  window.value = { fromMs: fromMs - lengthMs / 10, toMs: fromMs + lengthMs * 1.1 };
}

function toError(state: WaterfallState, step: 1 | -1): void {
  const row = nextRow(state, step, (one) => state.model.value.failed(one) === 1);
  if (row !== -1) selectRow(state, row);
}

function reshape(
  state: WaterfallState,
  change: (walk: WaterfallState["grouped"]["value"]["walk"], closed: Uint8Array) => Uint8Array,
): void {
  state.closed.value = change(state.grouped.value.walk, state.closed.value);
}
