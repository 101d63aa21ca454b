/** Found traces as a picture: time × duration. A click opens one; a drag narrows the search down to its time and durations. */
import { useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useRef } from "preact/hooks";
import { zone } from "../../data/server.ts";
import type { TraceSummary } from "../../data/telemetry.ts";
import { darkTheme } from "../../state/preferences.ts";
import { cancelDraw, queueDraw } from "../draw-queue.ts";
import { contextOf, inkOf } from "./canvas-ink.ts";
import { drawScatter, type ScatterPicture } from "./draw-scatter.ts";
import { durationAtY, pointAt, scatterFrame, timeAtX, type ScatterFrame } from "./scatter-layout.ts";
import { useCanvasSize } from "./use-canvas-size.ts";

export interface ScatterChoice {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
}

interface Props {
  readonly traces: ReadonlySignal<readonly TraceSummary[]>;
  readonly window: () => { readonly fromMs: number; readonly toMs: number };
  /** Index of the trace that is pointed at, here or in the list; −1. */
  readonly pointed: { value: number; peek: () => number };
  readonly open: (trace: TraceSummary) => void;
  readonly choose: (choice: ScatterChoice) => void;
}

const heightPx = 180;
/** A shorter drag is a click. */
const dragPxMin = 5;

export function Scatter({ traces, window, pointed, open, choose }: Props): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const px = useCanvasSize(canvas);
  const dragged = useSignal<ScatterPicture["dragged"]>(null);
  const frame = (): ScatterFrame => scatterFrame(traces.peek(), px.peek(), window());
  const latest = useRef(frame);
  latest.current = frame;
  const draw = useCallback(() => {
    const context = canvas.current === null ? null : contextOf(canvas.current);
    if (canvas.current === null || context === null) return;
    const ink = inkOf(canvas.current, darkTheme.peek());
    const picture = { points: traces.peek(), chosen: pointed.peek(), dragged: dragged.peek(), zone: zone.peek(), ink };
    drawScatter(context, { frame: latest.current(), ...picture });
  }, [traces]);
  useSignalEffect(() => {
    void [traces.value, px.value, pointed.value, dragged.value, darkTheme.value, zone.value];
    queueDraw(draw);
    return () => cancelDraw(draw);
  });
  const finish = (drag: NonNullable<ScatterPicture["dragged"]>): void => {
    const [[x1, y1], [x2, y2]] = [drag.from, drag.to];
    dragged.value = null;
    if (Math.hypot(x2 - x1, y2 - y1) < dragPxMin) {
      const trace = traces.peek()[pointAt(frame(), traces.peek(), x2, y2)];
      if (trace !== undefined) open(trace);
      return;
    }
    const shown = frame();
    choose({
      fromMs: timeAtX(shown, Math.min(x1, x2)),
      toMs: timeAtX(shown, Math.max(x1, x2)),
      leastMs: durationAtY(shown, Math.max(y1, y2)),
      mostMs: durationAtY(shown, Math.min(y1, y2)),
    });
  };
  return (
    <canvas
      ref={canvas}
      class="trace-scatter"
      style={{ height: `${heightPx}px` }}
      role="img"
      aria-label={`${traces.value.length} traces by time and duration. The list below has the same. Drag to narrow the search down.`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        dragged.value = { from: [event.offsetX, event.offsetY], to: [event.offsetX, event.offsetY] };
      }}
      onPointerMove={(event) => {
        const { offsetX, offsetY } = event;
        if (dragged.value !== null) dragged.value = { from: dragged.value.from, to: [offsetX, offsetY] };
        else pointed.value = pointAt(frame(), traces.peek(), offsetX, offsetY);
      }}
      onPointerUp={() => {
        if (dragged.value !== null) finish(dragged.value);
      }}
      onPointerCancel={() => (dragged.value = null)}
      onPointerLeave={() => (pointed.value = -1)}
    />
  );
}
