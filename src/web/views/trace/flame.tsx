/** A trace as an icicle on canvas: call paths from above to below, as wide as the time that they take. A click goes into one. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { quantityText } from "../../format/quantity.ts";
import { darkTheme } from "../../state/preferences.ts";
import { cancelDraw, queueDraw } from "../draw-queue.ts";
import { contextOf, inkOf } from "./canvas-ink.ts";
import { drawFlame, flamePx } from "./draw-flame.ts";
import { flameLayout, frameAt, type FlameFrame, type FlameLayout } from "./flame-layout.ts";
import type { TraceModel } from "./trace-model.ts";
import { useCanvasSize } from "./use-canvas-size.ts";

/** Deeper ones are reached by going into a frame. */
const levelsMax = 60;

export function Flame({ model }: { readonly model: TraceModel }): JSX.Element {
  const layout = useMemo(() => flameLayout(model), [model]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const px = useCanvasSize(canvas);
  /** Frame that fills the width; −1: all. */
  const root = useSignal(-1);
  const hovered = useSignal(-1);
  const draw = useCallback(() => {
    const context = canvas.current === null ? null : contextOf(canvas.current);
    if (canvas.current === null || context === null) return;
    const ink = inkOf(canvas.current, darkTheme.peek());
    drawFlame(context, { model, layout, root: root.peek(), hovered: hovered.peek(), size: px.peek(), ink });
  }, [layout]);
  useSignalEffect(() => {
    void [px.value, root.value, hovered.value, darkTheme.value];
    queueDraw(draw);
    return () => cancelDraw(draw);
  });
  const rootFrame = layout.frames[root.value];
  const shown = layout.frames[hovered.value] ?? rootFrame;
  const at = (event: MouseEvent): number => {
    const { leftMs, weightMs } = rootFrame ?? { leftMs: 0, weightMs: layout.widthMs };
    const width = Math.max(1, px.value.width);
    return frameAt(
      layout,
      Math.floor(event.offsetY / flamePx) + (rootFrame?.depth ?? 0),
      leftMs + (event.offsetX / width) * weightMs,
    );
  };
  const levels = Math.min(levelsMax, layout.depth - (rootFrame?.depth ?? 0));
  return (
    <section aria-label="Flame graph">
      <p class="trace-note dim">
        Width is time that spans take with all that is below them; those that run at the same time are added up.{" "}
        {root.value === -1 ? (
          "Click goes into a call path."
        ) : (
          <button type="button" class="link-button" onClick={() => (root.value = rootFrame?.parent ?? -1)}>
            One level up
          </button>
        )}
      </p>
      <canvas
        ref={canvas}
        class="trace-flame"
        style={{ height: `${Math.max(1, levels) * flamePx}px` }}
        tabIndex={0}
        role="img"
        aria-label="Call paths by the time that they take. The statistics have the same figures as a table. Escape goes one level up."
        onPointerMove={(event) => (hovered.value = at(event))}
        onPointerLeave={() => (hovered.value = -1)}
        onClick={(event) => {
          const frame = at(event);
          root.value = frame === root.value ? (rootFrame?.parent ?? -1) : frame;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape" || root.value === -1) return;
          root.value = rootFrame?.parent ?? -1;
          event.stopPropagation();
        }}
      />
      <p class="trace-note" role="status">
        {shown === undefined ? " " : frameText(model, layout, shown)}
      </p>
    </section>
  );
}

function frameText({ columns }: TraceModel, { widthMs }: FlameLayout, frame: FlameFrame): string {
  const { service = "", name = "" } = columns.operations[frame.operation] ?? {};
  const share = quantityText(widthMs === 0 ? null : frame.weightMs / widthMs, "ratio");
  const failed = frame.errors === 0 ? "" : `, ${frame.errors} failed`;
  return `${cleanText(name) || "(no name)"} · ${cleanText(service)}: ${frame.count.toLocaleString("en")} ${frame.count === 1 ? "span" : "spans"}${failed}, ${durationText(frame.weightMs)} (${share}), of its own ${durationText(frame.selfMs)}`;
}
