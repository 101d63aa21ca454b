/** One frame of the waterfall: names to the left, bars in time to the right, the axis above. Costs what is in sight, whatever the trace has. */
import { durationText } from "../../../core/trace/time-words.ts";
import { fittedText } from "./canvas-ink.ts";
import { drawBars, drawMarks } from "./draw-bars.ts";
import { drawNames } from "./draw-names.ts";
import { axisTicks, toShown } from "./time-axis.ts";
import { axisPx, linePx, tickText, xOfShown } from "./waterfall-layout.ts";
import { shownLines, type WaterfallPicture } from "./waterfall-picture.ts";

/** Distance that two times of the axis need. */
const tickPx = 96;
const textPx = 12;

export function drawWaterfall(context: CanvasRenderingContext2D, picture: WaterfallPicture): void {
  const { size, ink } = picture;
  const shown = shownLines(picture);
  context.font = `${textPx}px ${ink.font}`;
  context.textBaseline = "middle";
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, size.width, size.height);
  for (const { line, y, group, row } of shown) {
    const ground =
      row !== -1 && row === picture.selected
        ? ink.chosen
        : line === picture.hovered
          ? ink.hover
          : group === -1
            ? null
            : ink.grid;
    if (ground === null) continue;
    context.fillStyle = ground;
    context.fillRect(0, y, size.width, linePx);
  }
  inside(context, picture, () => {
    drawGrid(context, picture);
    drawBars(context, picture, shown);
    drawFolds(context, picture);
    drawMarks(context, picture, shown);
  });
  drawNames(context, picture, shown);
  drawAxis(context, picture);
}

/** Draws in the time part only. */
function inside(context: CanvasRenderingContext2D, { size }: WaterfallPicture, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(size.gutter, axisPx, size.width - size.gutter, size.height - axisPx);
  context.clip();
  draw();
  context.restore();
}

function drawGrid(context: CanvasRenderingContext2D, picture: WaterfallPicture): void {
  context.fillStyle = picture.ink.grid;
  for (const { x } of ticksOf(picture).places) context.fillRect(Math.round(x), axisPx, 1, picture.size.height);
}

function ticksOf({ axis, view, size }: WaterfallPicture): {
  readonly stepMs: number;
  readonly places: readonly { readonly ms: number; readonly x: number }[];
} {
  const { stepMs, ticks } = axisTicks(axis, view, size.width - size.gutter, tickPx);
  return { stepMs, places: ticks.map(({ ms, shown }) => ({ ms, x: xOfShown(size, view, shown) })) };
}

/** A fold is a band with a broken edge over all lines: time is missing there. */
function drawFolds(context: CanvasRenderingContext2D, picture: WaterfallPicture): void {
  const { axis, size, ink } = picture;
  for (const fold of axis.folds) {
    const [left, right] = foldEdges(picture, fold);
    if (right < size.gutter || left > size.width) continue;
    context.fillStyle = ink.hover;
    context.globalAlpha = 0.85;
    context.fillRect(left, axisPx, right - left, size.height);
    context.globalAlpha = 1;
    context.strokeStyle = ink.dim;
    for (const x of [left, right]) {
      context.beginPath();
      for (let y = axisPx, turn = 0; y <= size.height; y += 6, turn++) context.lineTo(x + (turn % 2 === 0 ? -2 : 2), y);
      context.stroke();
    }
  }
}

function foldEdges(
  { axis, view, size }: WaterfallPicture,
  fold: { readonly fromMs: number; readonly toMs: number },
): [number, number] {
  return [xOfShown(size, view, toShown(axis, fold.fromMs)), xOfShown(size, view, toShown(axis, fold.toMs))];
}

function drawAxis(context: CanvasRenderingContext2D, picture: WaterfallPicture): void {
  const { size, ink, axis, dragged } = picture;
  context.fillStyle = ink.surface;
  context.fillRect(0, 0, size.width, axisPx);
  if (dragged !== null) {
    context.fillStyle = ink.chosen;
    context.fillRect(Math.min(dragged.from, dragged.to), 0, Math.abs(dragged.to - dragged.from), size.height);
  }
  context.fillStyle = ink.line;
  context.fillRect(0, axisPx - 1, size.width, 1);
  context.fillRect(size.gutter, 0, 1, size.height);
  context.fillStyle = ink.dim;
  context.textAlign = "left";
  context.fillText(fittedText(context, "Service and operation", size.gutter - 16), 8, axisPx / 2);
  const { stepMs, places } = ticksOf(picture);
  const folded = axis.folds.map((fold) => [...foldEdges(picture, fold), durationText(fold.toMs - fold.fromMs)] as const);
  for (const { ms, x } of places) {
    const text = tickText(ms, stepMs);
    const right = x + 5 + context.measureText(text).width;
    if (x < size.gutter || right > size.width) continue;
    if (folded.some(([left, end]) => right > left - 2 && x < end + 40)) continue;
    context.fillText(text, x + 4, axisPx / 2);
    context.fillRect(Math.round(x), axisPx - 6, 1, 6);
  }
  context.textAlign = "center";
  context.fillStyle = ink.soft;
  for (const [left, right, text] of folded) {
    const middle = (left + right) / 2;
    if (middle > size.gutter + 20 && middle < size.width - 20) context.fillText(`⋯ ${text} ⋯`, middle, axisPx / 2);
  }
}
