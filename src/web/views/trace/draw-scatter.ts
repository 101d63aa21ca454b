/** Draws traces as points: calm ones filled, failed ones as triangles in the colour of what is wrong. */
import { durationText } from "../../../core/trace/time-words.ts";
import { axisTimes, type Zone } from "../../format/time.ts";
import type { Ink } from "./canvas-ink.ts";
import { radiusOf, scatterPad, xOfTime, yOfDuration, type ScatterFrame, type ScatterPoint } from "./scatter-layout.ts";

export interface ScatterPicture {
  readonly frame: ScatterFrame;
  readonly points: readonly (ScatterPoint & { readonly spans: number; readonly errors: number })[];
  /** Index; −1. */
  readonly chosen: number;
  /** Two corners, px; `null` while nobody drags. */
  readonly dragged: { readonly from: readonly [number, number]; readonly to: readonly [number, number] } | null;
  readonly zone: Zone;
  readonly ink: Ink;
}

/** Distance that two times need. */
const timePx = 110;

export function drawScatter(context: CanvasRenderingContext2D, picture: ScatterPicture): void {
  const { frame, points, chosen, dragged, ink } = picture;
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, frame.width, frame.height);
  drawScales(context, picture);
  for (const [index, { startMs, durationMs, spans, errors }] of points.entries()) {
    const [x, y, radius] = [xOfTime(frame, startMs), yOfDuration(frame, durationMs), radiusOf(spans)];
    if (x < scatterPad.left - radius || x > frame.width) continue;
    context.globalAlpha = index === chosen ? 1 : 0.7;
    context.fillStyle = errors === 0 ? ink.accent : ink.critical;
    context.beginPath();
    if (errors === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
    else {
      context.moveTo(x, y - radius - 1);
      context.lineTo(x + radius + 1, y + radius);
      context.lineTo(x - radius - 1, y + radius);
    }
    context.fill();
    if (index !== chosen) continue;
    context.strokeStyle = ink.text;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, radius + 4, 0, 2 * Math.PI);
    context.stroke();
    context.lineWidth = 1;
  }
  context.globalAlpha = 1;
  if (dragged === null) return;
  const [[x1, y1], [x2, y2]] = [dragged.from, dragged.to];
  context.fillStyle = ink.chosen;
  context.fillRect(x1, y1, x2 - x1, y2 - y1);
  context.strokeStyle = ink.accent;
  context.strokeRect(x1, y1, x2 - x1, y2 - y1);
}

function drawScales(context: CanvasRenderingContext2D, { frame, zone, ink }: ScatterPicture): void {
  context.font = `11px ${ink.font}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (let ms = frame.leastMs; ms <= frame.mostMs * 1.001; ms *= 10) {
    const y = Math.round(yOfDuration(frame, ms));
    context.fillStyle = ink.grid;
    context.fillRect(scatterPad.left, y, frame.width - scatterPad.left - scatterPad.right, 1);
    context.fillStyle = ink.dim;
    context.fillText(durationText(ms), scatterPad.left - 8, Math.max(8, y));
  }
  const count = Math.max(2, Math.floor((frame.width - scatterPad.left) / timePx));
  const gapMs = (frame.toMs - frame.fromMs) / count;
  const times = Array.from({ length: count + 1 }, (_, index) => frame.fromMs + index * gapMs);
  for (const [index, text] of axisTimes(times, gapMs, zone).entries()) {
    const x = xOfTime(frame, times[index] ?? 0);
    context.textAlign = index === 0 ? "left" : index === count ? "right" : "center";
    context.fillText(text, x, frame.height - scatterPad.bottom / 2);
  }
}
