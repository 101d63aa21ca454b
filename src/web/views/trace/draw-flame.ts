/** Draws the icicle. Frames of less than half a pixel are left out: those below them are as narrow. */
import { fittedText, serviceColor, type Ink } from "./canvas-ink.ts";
import type { FlameLayout } from "./flame-layout.ts";
import type { TraceModel } from "./trace-model.ts";

/** Height of a level. */
export const flamePx = 22;
const framePxMin = 0.5;
const textPxMin = 28;

export interface FlamePicture {
  readonly model: TraceModel;
  readonly layout: FlameLayout;
  /** Frame that fills the width; −1: all. */
  readonly root: number;
  readonly hovered: number;
  readonly size: { readonly width: number; readonly height: number };
  readonly ink: Ink;
}

export function drawFlame(context: CanvasRenderingContext2D, { model, layout, root, hovered, size, ink }: FlamePicture): void {
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, size.width, size.height);
  context.font = `12px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const { leftMs, weightMs, depth } = layout.frames[root] ?? { leftMs: 0, weightMs: layout.widthMs, depth: 0 };
  const scale = weightMs === 0 ? 0 : size.width / weightMs;
  for (const [index, frame] of layout.frames.entries()) {
    const width = frame.weightMs * scale;
    const x = (frame.leftMs - leftMs) * scale;
    const y = (frame.depth - depth) * flamePx;
    if (width < framePxMin || x >= size.width || x + width <= 0 || y < 0 || y >= size.height) continue;
    const left = Math.max(0, x);
    const right = Math.min(size.width, x + width);
    context.globalAlpha = index === hovered ? 0.75 : 0.4;
    context.fillStyle = serviceColor(model.serviceOf[frame.operation] ?? 0, ink.dark);
    context.fillRect(left, y + 1, Math.max(framePxMin, right - left - 1), flamePx - 2);
    context.globalAlpha = 1;
    context.fillRect(left, y + 1, Math.min(3, right - left), flamePx - 2);
    if (right - left < textPxMin) continue;
    context.fillStyle = ink.text;
    const name = model.columns.operations[frame.operation]?.name ?? "";
    const failed = frame.errors === 0 ? "" : "▲ ";
    context.fillText(
      fittedText(context, failed + (name === "" ? "(no name)" : name), right - left - 12),
      left + 7,
      y + flamePx / 2,
    );
  }
}
