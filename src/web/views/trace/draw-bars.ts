/** The right part of the waterfall: each span's bar in time, the critical path along them, and how sure the times are. */
import { correctionBases } from "../../../core/trace/clock-correction.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { dateTime } from "../../format/time.ts";
import { serviceColor } from "./canvas-ink.ts";
import { fromShown, toShown } from "./time-axis.ts";
import { barOf, linePx, xOfShown, type Bar } from "./waterfall-layout.ts";
import type { ShownLine, WaterfallPicture } from "./waterfall-picture.ts";
import type { PathShown } from "./waterfall-state.ts";

const barTop = 5;
const barHeight = linePx - 2 * barTop;
const paleAlpha = 0.3;
const pathPx = 3;
/** Of the way from piece to piece: lengths are read through it. */
const stepAlpha = 0.5;
/** A whisker shorter than this is not seen beside the edge of its bar. */
const whiskerPxMin = 3;
const byOffset = correctionBases.indexOf("offset");
const byCausality = correctionBases.indexOf("causality");

/** What lies below the folds of the axis. */
export function drawBars(context: CanvasRenderingContext2D, picture: WaterfallPicture, shown: readonly ShownLine[]): void {
  const { model, ink } = picture;
  for (const one of shown) {
    const bar = barOfLine(picture, one);
    if (bar === null) continue;
    context.globalAlpha = alphaOf(picture, one);
    context.fillStyle = serviceColor(model.serviceOf[model.columns.operation[one.row] ?? 0] ?? 0, ink.dark);
    context.fillRect(bar.left, one.y + barTop, bar.right - bar.left, barHeight);
    if (model.failed(one.row) === 1) drawFailed(context, bar, one.y, ink.critical);
  }
  context.globalAlpha = 1;
}

/** What lies above them: lengths, how sure the begins are, what is elsewhere in time, the critical path. */
export function drawMarks(context: CanvasRenderingContext2D, picture: WaterfallPicture, shown: readonly ShownLine[]): void {
  drawPath(context, picture, shown);
  for (const one of shown) {
    context.globalAlpha = alphaOf(picture, one);
    if (picture.model.times.outside[one.row] === 1) drawOutside(context, picture, one);
    const bar = barOfLine(picture, one);
    if (bar === null) continue;
    drawDuration(context, picture, bar, one);
    drawClock(context, picture, one);
  }
  context.globalAlpha = 1;
}

/** `null` of heads, and of what is not in sight. */
function barOfLine({ model, size, axis, view }: WaterfallPicture, { row }: ShownLine): Bar | null {
  if (row === -1 || model.times.outside[row] === 1) return null;
  return barOf(size, axis, view, model.starts[row] ?? 0, model.columns.durationMs[row] ?? 0);
}

function alphaOf({ matches }: WaterfallPicture, { row }: ShownLine): number {
  return matches === null || row === -1 || matches[row] === 1 ? 1 : paleAlpha;
}

/** An edge all round: the triangle beside the name says the same by its shape. */
function drawFailed(context: CanvasRenderingContext2D, { left, right }: Bar, y: number, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.strokeRect(left + 1, y + barTop + 1, Math.max(1, right - left - 2), barHeight - 2);
  context.lineWidth = 1;
}

/** Beside the bar where there is room, else in it. */
function drawDuration(
  context: CanvasRenderingContext2D,
  { model, size, ink }: WaterfallPicture,
  bar: Bar,
  { row, y }: ShownLine,
): void {
  const text = durationText(model.columns.durationMs[row] ?? 0);
  const width = context.measureText(text).width;
  const middle = y + linePx / 2;
  context.textAlign = "left";
  context.fillStyle = ink.dim;
  if (bar.right + width + 6 < size.width) context.fillText(text, bar.right + 5, middle);
  else if (bar.left - width - 6 > size.gutter) context.fillText(text, bar.left - width - 5, middle);
  else if (bar.right - bar.left > width + 12) {
    context.fillStyle = ink.surface;
    context.fillText(text, bar.right - width - 6, middle);
  }
}

/** How wrong the start may be: a whisker around it, where the clock is another's; a sign where only causality says it. */
function drawClock(context: CanvasRenderingContext2D, picture: WaterfallPicture, { row, y }: ShownLine): void {
  const { model, size, view, axis, ink } = picture;
  const startMs = model.starts[row] ?? 0;
  const basis = model.corrected?.basis[row] ?? 0;
  const errorMs = model.corrected?.errorMs[row] ?? 0;
  const middle = Math.round(y + linePx / 2) + 0.5;
  context.strokeStyle = ink.text;
  if (basis === byCausality) {
    const x = xOfShown(size, view, toShown(axis, startMs));
    context.fillStyle = ink.text;
    context.textAlign = "center";
    context.fillText("≈", x, y + 4);
  }
  if (basis !== byOffset && basis !== byCausality) return;
  const left = xOfShown(size, view, toShown(axis, startMs - errorMs));
  const right = xOfShown(size, view, toShown(axis, startMs + errorMs));
  if (!(right - left >= whiskerPxMin)) return;
  context.beginPath();
  context.moveTo(left, middle);
  context.lineTo(right, middle);
  for (const x of [left, right]) {
    context.moveTo(x, middle - 4);
    context.lineTo(x, middle + 4);
  }
  context.stroke();
}

/** A span of 1970 in a trace of today: an arrow to where it would be. */
function drawOutside(context: CanvasRenderingContext2D, { model, size, ink }: WaterfallPicture, { row, y }: ShownLine): void {
  const startMs = model.starts[row] ?? 0;
  const atMs = Number(model.columns.originNs / 1_000_000n) + startMs;
  const isBefore = startMs < model.times.fromMs;
  const date = Math.abs(atMs) < 8.64e15 ? dateTime(atMs, "UTC") : "no date";
  context.fillStyle = ink.warning;
  context.textAlign = isBefore ? "left" : "right";
  context.fillText(isBefore ? `◂ ${date} UTC` : `${date} UTC ▸`, isBefore ? size.gutter + 6 : size.width - 6, y + linePx / 2);
}

/** A line below the bars along the pieces, and from each to the next one where that has a line. */
function drawPath(context: CanvasRenderingContext2D, picture: WaterfallPicture, shown: readonly ShownLine[]): void {
  const { path, size, view, axis, ink, lineOf, grouped } = picture;
  const [first] = shown;
  if (path === null || first === undefined) return;
  const [fromMs, toMs] = [fromShown(axis, view.from), fromShown(axis, view.to)];
  const yOf = (line: number): number => first.y + (line - first.line + 1) * linePx - pathPx - 1;
  context.fillStyle = ink.text;
  for (const { row, line } of shown) {
    const pieces = path.ofRow.get(row) ?? [];
    let drawnTo = Number.NEGATIVE_INFINITY;
    for (let at = firstEndingAfter(path, pieces, fromMs); at < pieces.length; at++) {
      const number = pieces[at] ?? 0;
      const piece = path.pieces[number];
      if (piece === undefined || piece.fromMs > toMs) break;
      const left = Math.max(size.gutter, xOfShown(size, view, toShown(axis, piece.fromMs)));
      const right = xOfShown(size, view, toShown(axis, piece.toMs));
      // A parent of thousands of children has thousands of pieces: of those on one pixel the first is drawn.
      if (right - drawnTo < 0.5) continue;
      drawnTo = Math.max(right, left + 1);
      context.fillRect(left, yOf(line), drawnTo - left, pathPx);
      const next = path.pieces[number + 1];
      const nextLine = next?.fromMs === piece.toMs ? (lineOf[grouped.walk.placeOf[next.row] ?? -1] ?? -1) : -1;
      if (nextLine === -1) continue;
      context.globalAlpha = stepAlpha;
      context.fillRect(right - 1, Math.min(yOf(line), yOf(nextLine)), 1, Math.abs(yOf(nextLine) - yOf(line)) + pathPx);
      context.globalAlpha = 1;
    }
  }
}

/** By halving: pieces are in the order of time. */
function firstEndingAfter({ pieces }: PathShown, numbers: readonly number[], ms: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((pieces[numbers[middle] ?? 0]?.toMs ?? 0) < ms) from = middle + 1;
    else to = middle;
  }
  return from;
}
