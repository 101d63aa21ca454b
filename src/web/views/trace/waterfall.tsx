/** The waterfall on canvas: the list scrolls as any other, and the canvas stays in its place and draws what is in sight. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { darkTheme } from "../../state/preferences.ts";
import { cancelDraw, queueDraw } from "../draw-queue.ts";
import { contextOf, inkOf, type Ink } from "./canvas-ink.ts";
import { drawWaterfall } from "./draw-waterfall.ts";
import { useCanvasSize } from "./use-canvas-size.ts";
import { hitOf, onPointerDown, onWheel, type WaterfallSurface } from "./waterfall-input.ts";
import { pressKey } from "./waterfall-keys.ts";
import { axisPx, contentHeight, gutterWithin, linePx, scrollTo, type WaterfallSize } from "./waterfall-layout.ts";
import { lineOfRow, toggleRow, rowOfLine, type WaterfallState } from "./waterfall-state.ts";

interface Props {
  readonly state: WaterfallState;
  /** Words of a group's head. */
  readonly headText: (group: number) => string;
  /** What keys do outside the picture. */
  readonly details: () => void;
  readonly find: () => void;
  readonly leave: () => void;
  /** After the first frame with spans. */
  readonly onPainted?: () => void;
  /** A span was chosen by pointing at it. */
  readonly onChosen?: () => void;
  readonly label: string;
  /** Keys are heard at once. */
  readonly isMain?: boolean;
}

/** Share of the width that names have at first. */
const gutterShare = 0.36;
const gutterPxMax = 480;
/** Of the list, above and below. */
const borderPx = 2;

export function Waterfall({
  state,
  headText,
  details,
  find,
  leave,
  onPainted,
  onChosen,
  label,
  isMain = false,
}: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const px = useCanvasSize(canvas);
  const gutter = useSignal<number | null>(null);
  const dragged = useSignal<{ readonly from: number; readonly to: number } | null>(null);
  const ink = useRef<Ink | null>(null);
  const hasPainted = useRef(false);
  const size = (): WaterfallSize => {
    const { width, height } = px.peek();
    return { width, height, gutter: gutterWithin(gutter.peek() ?? Math.min(gutterPxMax, width * gutterShare), width) };
  };
  const draw = useCallback(() => {
    const element = canvas.current;
    const context = element === null ? null : contextOf(element);
    if (element === null || context === null) return;
    if (ink.current?.dark !== darkTheme.peek()) ink.current = inkOf(element, darkTheme.peek());
    drawWaterfall(context, {
      model: state.model.peek(),
      grouped: state.grouped.peek(),
      lines: state.lines.peek(),
      lineOf: state.lineOf.peek(),
      axis: state.axis.peek(),
      view: state.view.peek(),
      size: size(),
      scrollTop: scroller.current?.scrollTop ?? 0,
      closed: state.closed.peek(),
      matches: state.matches.peek(),
      path: state.path.peek(),
      selected: state.selected.peek(),
      hovered: state.hovered.peek(),
      headText,
      dragged: dragged.peek(),
      ink: ink.current,
    });
    if (!hasPainted.current) onPainted?.();
    hasPainted.current = true;
  }, [state, headText]);
  useSignalEffect(() => {
    void [
      state.lines.value,
      state.view.value,
      state.matches.value,
      state.path.value,
      state.selected.value,
      state.hovered.value,
    ];
    void [px.value, gutter.value, dragged.value, darkTheme.value];
    queueDraw(draw);
    return () => cancelDraw(draw);
  });
  useSignalEffect(() => {
    const line = lineOfRow(state, state.selected.value);
    const element = scroller.current;
    if (line === -1 || element === null) return;
    element.scrollTop = scrollTo(line, element.scrollTop, px.peek().height);
  });
  const surface: WaterfallSurface = {
    size,
    scroller: () => scroller.current,
    setGutter: (to) => (gutter.value = to),
    setDragged: (to) => (dragged.value = to),
    onChosen: () => onChosen?.(),
  };
  const latest = useRef(surface);
  latest.current = surface;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    // Not by the framework: listeners of wheels are passive there, and could not keep the page from zooming.
    const wheel = (event: WheelEvent): void => onWheel(event, state, latest.current);
    element.addEventListener("wheel", wheel, { passive: false });
    if (isMain) element.focus({ preventScroll: true });
    return () => element.removeEventListener("wheel", wheel);
  }, [state]);
  const pageLines = Math.max(1, Math.floor((px.value.height - axisPx) / linePx) - 1);
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!pressKey(event.key, { state, pageLines, find, details, leave })) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={scroller}
      class="trace-lines"
      style={{ "--content": `${contentHeight(state.lines.value.length) + borderPx}px` }}
      onScroll={() => queueDraw(draw)}
    >
      <div style={{ height: `${contentHeight(state.lines.value.length)}px` }}>
        <canvas
          ref={canvas}
          class="trace-canvas"
          tabIndex={0}
          role="img"
          aria-label={label}
          onKeyDown={onKey}
          onPointerDown={(event) => onPointerDown(event, state, surface)}
          onPointerMove={(event) => hover(event, state, surface)}
          onPointerLeave={() => (state.hovered.value = -1)}
          onDblClick={(event) => {
            const hit = hitOf(event, state, surface);
            if ("line" in hit && hit.at !== "toggle") toggleRow(state, rowOfLine(state, hit.line));
            if (hit.at === "axis") state.window.value = null;
          }}
        />
      </div>
      <p class="visually-hidden" role="status">
        {selectedText(state)}
      </p>
    </div>
  );
}

function hover(
  event: PointerEvent & { readonly currentTarget: HTMLCanvasElement },
  state: WaterfallState,
  surface: WaterfallSurface,
): void {
  const hit = hitOf(event, state, surface);
  const line = "line" in hit ? hit.line : -1;
  if (line !== state.hovered.peek()) state.hovered.value = line;
  event.currentTarget.style.cursor =
    hit.at === "edge" ? "col-resize" : hit.at === "toggle" ? "pointer" : hit.at === "axis" ? "crosshair" : "default";
}

/** The chosen span in words, for those who do not see the picture. */
function selectedText(state: WaterfallState): string {
  const row = state.selected.value;
  if (row === -1) return "";
  const { columns, failed } = state.model.value;
  const { service = "", name = "" } = columns.operations[columns.operation[row] ?? 0] ?? {};
  const { walk } = state.grouped.value;
  const place = walk.placeOf[row] ?? 0;
  const words = [
    cleanText(name) || "no name",
    cleanText(service),
    durationText(columns.durationMs[row] ?? 0),
    `level ${(walk.depth[place] ?? 0) + 1}`,
  ];
  if (failed(row) === 1) words.push("failed");
  if ((walk.below[place] ?? 0) > 0)
    words.push(`${walk.below[place]} below`, state.closed.value[row] === 1 ? "folded" : "shown");
  return words.join(", ");
}
