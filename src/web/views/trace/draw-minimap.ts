/** The whole trace above the waterfall, and which part of it is seen. */
import { contextOf, type Ink } from "./canvas-ink.ts";
import type { MiniImage } from "./minimap-image.ts";
import type { TimeAxis, View } from "./time-axis.ts";

/** Handles at both ends of what is seen. */
const handlePx = 3;

export interface MiniPicture {
  readonly axis: TimeAxis;
  readonly view: View;
  readonly ink: Ink;
}

/** The picture of the spans, made once and laid under every frame. */
export function miniPixels(
  image: MiniImage,
  { width, height, ink }: { readonly width: number; readonly height: number; readonly ink: Ink },
): ImageData {
  const pixels = new ImageData(width, height);
  const calm = channels(ink.accent);
  const failed = channels(ink.critical);
  let most = 1;
  for (const count of image.counts) most = Math.max(most, count);
  for (let at = 0; at < image.counts.length; at++) {
    const count = image.counts[at] ?? 0;
    if (count === 0) continue;
    const hasFailed = (image.failures[at] ?? 0) > 0;
    pixels.data.set(hasFailed ? failed : calm, 4 * at);
    // By the logarithm: one span is seen beside a thousand.
    pixels.data[4 * at + 3] = hasFailed ? 255 : 90 + (165 * Math.log1p(count)) / Math.log1p(most);
  }
  return pixels;
}

/** `picture`: the spans, stretched to the canvas. */
export function drawMinimap(canvas: HTMLCanvasElement, picture: HTMLCanvasElement, { axis, view, ink }: MiniPicture): void {
  const context = contextOf(canvas);
  if (context === null) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  context.drawImage(picture, 0, 0, width, height);
  const left = (view.from / axis.lengthMs) * width;
  const right = (view.to / axis.lengthMs) * width;
  if (left <= 0.5 && right >= width - 0.5) return;
  context.fillStyle = ink.surface;
  context.globalAlpha = 0.65;
  context.fillRect(0, 0, left, height);
  context.fillRect(right, 0, width - right, height);
  context.globalAlpha = 1;
  context.fillStyle = ink.accent;
  context.fillRect(Math.max(0, left - handlePx), 0, handlePx, height);
  context.fillRect(Math.min(width - handlePx, right), 0, handlePx, height);
}

/** Red, green, blue and opacity of `#rrggbb`. */
function channels(color: string): readonly [number, number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255, 255];
}
