/** The whole trace in a strip: dragging chooses what the waterfall shows, dragging what is chosen moves it. */
import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useRef } from "preact/hooks";
import { darkTheme } from "../../state/preferences.ts";
import { cancelDraw, queueDraw } from "../draw-queue.ts";
import { inkOf } from "./canvas-ink.ts";
import { drawMinimap, miniPixels } from "./draw-minimap.ts";
import { miniImage } from "./minimap-image.ts";
import { moveView, toShown, viewBetween, type View } from "./time-axis.ts";
import { useCanvasSize } from "./use-canvas-size.ts";
import { setView, type WaterfallState } from "./waterfall-state.ts";

const heightPx = 48;
/** How near to an end one grabs it, px. */
const grabPx = 6;
/** A shorter drag is a click. */
const dragPxMin = 3;

export function Minimap({ state }: { readonly state: WaterfallState }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useCanvasSize(canvas);
  const under = useRef<{ readonly key: readonly unknown[]; readonly picture: HTMLCanvasElement } | null>(null);
  const draw = useCallback(() => {
    const element = canvas.current;
    const { width } = size.peek();
    if (element === null || width === 0) return;
    const ink = inkOf(element, darkTheme.peek());
    const key = [state.lines.peek(), state.axis.peek(), width, ink.dark];
    if (under.current === null || under.current.key.some((part, index) => part !== key[index])) {
      // Few lines are stretched to bars.
      const height = Math.max(1, Math.min(heightPx, state.lines.peek().length));
      const image = miniImage({ width, height, ...barsOf(state) });
      under.current = { key, picture: pictureOf(miniPixels(image, { width, height, ink })) };
    }
    drawMinimap(element, under.current.picture, { axis: state.axis.peek(), view: state.view.peek(), ink });
  }, []);
  useSignalEffect(() => {
    void [state.lines.value, state.axis.value, state.view.value, size.value, darkTheme.value];
    queueDraw(draw);
    return () => cancelDraw(draw);
  });
  return (
    <canvas
      ref={canvas}
      class="trace-minimap"
      style={{ height: `${heightPx}px` }}
      role="img"
      aria-label="The whole trace. Drag to choose what is shown below; double-click to show all."
      onPointerDown={(event) => drag(event, state)}
      onDblClick={() => (state.window.value = null)}
    />
  );
}

/** Every line's place in time, as shares of the whole. */
function barsOf({ lines, grouped, axis, model }: WaterfallState): { readonly bars: Float32Array; readonly failed: Uint8Array } {
  const shown = lines.peek();
  const { starts, columns, times, failed: hasFailed } = model.peek();
  const { rowAt } = grouped.peek().walk;
  const scale = axis.peek();
  const bars = new Float32Array(2 * shown.length).fill(-1);
  const failed = new Uint8Array(shown.length);
  for (let line = 0; line < shown.length; line++) {
    const row = rowAt[shown[line] ?? -1] ?? -1;
    if (row === -1 || times.outside[row] === 1) continue;
    const startMs = starts[row] ?? 0;
    bars[2 * line] = Math.max(0, toShown(scale, startMs) / scale.lengthMs);
    bars[2 * line + 1] = toShown(scale, startMs + Math.max(0, columns.durationMs[row] ?? 0)) / scale.lengthMs;
    failed[line] = hasFailed(row);
  }
  return { bars, failed };
}

function pictureOf(pixels: ImageData): HTMLCanvasElement {
  const picture = document.createElement("canvas");
  picture.width = pixels.width;
  picture.height = pixels.height;
  picture.getContext("2d")?.putImageData(pixels, 0, 0);
  return picture;
}

/** What a drag that begins at `x` does with the view, by where the pointer is now. */
function drag(event: PointerEvent & { readonly currentTarget: HTMLCanvasElement }, state: WaterfallState): void {
  if (event.button !== 0) return;
  const canvas = event.currentTarget;
  const startX = event.offsetX;
  const first = state.view.value;
  const axis = state.axis.value;
  const shown = (x: number): number => (Math.min(canvas.clientWidth, Math.max(0, x)) / canvas.clientWidth) * axis.lengthMs;
  const pxOf = (at: number): number => (at / axis.lengthMs) * canvas.clientWidth;
  const isWhole = first.from === 0 && first.to === axis.lengthMs;
  const grabsLeft = !isWhole && Math.abs(startX - pxOf(first.from)) <= grabPx;
  const grabsRight = !isWhole && Math.abs(startX - pxOf(first.to)) <= grabPx;
  const movesAll = !isWhole && startX > pxOf(first.from) && startX < pxOf(first.to);
  const viewAt = (x: number): View => {
    if (grabsLeft) return viewBetween(axis, shown(x), first.to);
    if (grabsRight) return viewBetween(axis, first.from, shown(x));
    return movesAll ? moveView(axis, first, shown(x) - shown(startX)) : viewBetween(axis, shown(startX), shown(x));
  };
  const move = ({ offsetX }: PointerEvent): void => {
    if (Math.abs(offsetX - startX) >= dragPxMin) setView(state, viewAt(offsetX));
  };
  canvas.setPointerCapture(event.pointerId);
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("lostpointercapture", () => canvas.removeEventListener("pointermove", move), { once: true });
}
