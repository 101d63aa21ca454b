/** The waterfall by pointer and wheel. */
import { moveView, viewBetween, zoomView } from "./time-axis.ts";
import { gutterWithin, hitAt, shownAtX, type Hit, type WaterfallSize } from "./waterfall-layout.ts";
import { rowOfLine, selectRow, setView, toggleRow, type WaterfallState } from "./waterfall-state.ts";

/** What input needs to know of the picture and may change beside the state. */
export interface WaterfallSurface {
  readonly size: () => WaterfallSize;
  readonly scroller: () => HTMLElement | null;
  readonly setGutter: (px: number) => void;
  /** A span was chosen by pointing at it. */
  readonly onChosen: () => void;
  readonly setDragged: (dragged: { readonly from: number; readonly to: number } | null) => void;
}

/** A shorter drag is a click. */
const dragPxMin = 3;
/** So much of the wheel halves or doubles what is seen, px. */
const wheelPxPerDouble = 240;

/** What is under a pointer. */
export function hitOf(event: MouseEvent, state: WaterfallState, surface: WaterfallSurface): Hit {
  const { walk } = state.grouped.value;
  const lines = state.lines.value;
  return hitAt({ x: event.offsetX, y: event.offsetY }, surface.size(), {
    scrollTop: surface.scroller()?.scrollTop ?? 0,
    count: lines.length,
    depthOf: (line) => walk.depth[lines[line] ?? 0] ?? 0,
  });
}

/** With Ctrl or ⌘ the wheel zooms around the pointer; sideways, or with Shift, it moves in time; else the list scrolls by itself. */
export function onWheel(event: WheelEvent, state: WaterfallState, surface: WaterfallSurface): void {
  const size = surface.size();
  const axis = state.axis.value;
  const view = state.view.value;
  const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
  if (event.ctrlKey || event.metaKey) {
    const at = shownAtX(size, view, Math.max(size.gutter, event.offsetX));
    setView(state, zoomView(axis, view, 2 ** (event.deltaY / wheelPxPerDouble), at));
  } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    setView(state, moveView(axis, view, (sideways / (size.width - size.gutter)) * (view.to - view.from)));
  } else return;
  event.preventDefault();
}

/** Chooses, folds, moves the edge between names and times, chooses a time along the axis, or takes the picture along. */
export function onPointerDown(
  event: PointerEvent & { readonly currentTarget: HTMLCanvasElement },
  state: WaterfallState,
  surface: WaterfallSurface,
): void {
  if (event.button !== 0) return;
  const hit = hitOf(event, state, surface);
  if (hit.at === "toggle") toggleRow(state, rowOfLine(state, hit.line));
  if (hit.at === "name") choose(state, surface, hit.line);
  // A finger scrolls; it chooses by a tap.
  const moves = event.pointerType === "mouse" || hit.at === "edge" || hit.at === "axis";
  if (hit.at === "edge") follow(event, (x) => surface.setGutter(gutterWithin(x, surface.size().width)));
  else if (hit.at === "axis") chooseTime(event, state, surface);
  else if (hit.at === "time" && moves) takeAlong(event, state, surface, hit.line);
  else if (hit.at === "time") choose(state, surface, hit.line);
}

function choose(state: WaterfallState, surface: WaterfallSurface, line: number): void {
  const row = rowOfLine(state, line);
  selectRow(state, row);
  if (row !== -1) surface.onChosen();
}

function chooseTime(
  event: PointerEvent & { readonly currentTarget: HTMLCanvasElement },
  state: WaterfallState,
  surface: WaterfallSurface,
): void {
  const from = event.offsetX;
  let to = from;
  follow(
    event,
    (x) => {
      to = x;
      surface.setDragged({ from, to });
    },
    () => {
      surface.setDragged(null);
      if (Math.abs(to - from) < dragPxMin) return;
      const at = (x: number): number => shownAtX(surface.size(), state.view.peek(), Math.max(surface.size().gutter, x));
      setView(state, viewBetween(state.axis.peek(), at(from), at(to)));
    },
  );
}

function takeAlong(
  event: PointerEvent & { readonly currentTarget: HTMLCanvasElement },
  state: WaterfallState,
  surface: WaterfallSurface,
  line: number,
): void {
  const { offsetX: startX, offsetY: startY } = event;
  const first = state.view.value;
  const scroller = surface.scroller();
  const firstTop = scroller?.scrollTop ?? 0;
  let hasMoved = false;
  follow(
    event,
    (x, y) => {
      hasMoved ||= Math.hypot(x - startX, y - startY) >= dragPxMin;
      if (!hasMoved) return;
      const size = surface.size();
      const by = ((startX - x) / (size.width - size.gutter)) * (first.to - first.from);
      setView(state, moveView(state.axis.peek(), first, by));
      if (scroller !== null) scroller.scrollTop = firstTop + startY - y;
    },
    () => {
      if (!hasMoved) choose(state, surface, line);
    },
  );
}

/** Tells where the pointer is until it is let go. */
function follow(
  event: PointerEvent & { readonly currentTarget: HTMLCanvasElement },
  onMove: (x: number, y: number) => void,
  onEnd: () => void = () => undefined,
): void {
  const canvas = event.currentTarget;
  const move = ({ offsetX, offsetY }: PointerEvent): void => onMove(offsetX, offsetY);
  canvas.setPointerCapture(event.pointerId);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener(
    "lostpointercapture",
    () => {
      canvas.removeEventListener("pointermove", move);
      onEnd();
    },
    { once: true },
  );
}
