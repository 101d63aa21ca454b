/** The left part of the waterfall: what stands below what, of which service, and what failed. */
import { fittedText, serviceColor } from "./canvas-ink.ts";
import { spanFlags } from "../../../core/span-columns.ts";
import { axisPx, indentPx, linePx, togglePx } from "./waterfall-layout.ts";
import type { ShownLine, WaterfallPicture } from "./waterfall-picture.ts";

const swatchPx = 3;
const signPx = 12;
/** Names that do not match. */
const paleAlpha = 0.35;

export function drawNames(context: CanvasRenderingContext2D, picture: WaterfallPicture, shown: readonly ShownLine[]): void {
  const { size, ink } = picture;
  context.textAlign = "left";
  context.save();
  context.beginPath();
  context.rect(0, axisPx, size.gutter, size.height);
  context.clip();
  for (const one of shown) if (one.group === -1) drawName(context, picture, one);
  context.restore();
  context.font = `600 12px ${ink.font}`;
  context.fillStyle = ink.text;
  for (const { group, y } of shown) {
    // A head has the whole line.
    if (group !== -1) context.fillText(fittedText(context, picture.headText(group), size.width - 16), 8, y + linePx / 2);
  }
  context.font = `12px ${ink.font}`;
}

function drawName(context: CanvasRenderingContext2D, picture: WaterfallPicture, { y, place, row }: ShownLine): void {
  const { model, grouped, closed, size, ink, matches } = picture;
  const { columns } = model;
  const operation = columns.operation[row] ?? 0;
  const { service = "", name = "" } = columns.operations[operation] ?? {};
  const middle = y + linePx / 2;
  let left = indentPx(grouped.walk.depth[place] ?? 0);
  if (matches !== null && matches[row] !== 1) context.globalAlpha = paleAlpha;
  const below = grouped.walk.below[place] ?? 0;
  if (below > 0) drawToggle(context, left + togglePx / 2 - 3, middle, { isClosed: closed[row] === 1, color: ink.soft });
  left += togglePx;
  context.fillStyle = serviceColor(model.serviceOf[operation] ?? 0, ink.dark);
  context.fillRect(left, y + 4, swatchPx, linePx - 8);
  left += swatchPx + 5;
  if (model.failed(row) === 1) {
    drawFailed(context, left + 5, middle, ink.critical);
    left += signPx + 2;
  }
  const sign = signOf(columns.flags[row] ?? 0);
  const count = closed[row] === 1 && below > 0 ? ` +${below}` : "";
  context.fillStyle = ink.text;
  const text = fittedText(context, `${sign}${name === "" ? "(no name)" : name}${count}`, size.gutter - left - 6);
  context.fillText(text, left, middle);
  left += context.measureText(text).width + 8;
  context.fillStyle = ink.dim;
  context.fillText(fittedText(context, service, size.gutter - left - 6), left, middle);
  context.globalAlpha = 1;
}

/** A cut circle of parents and a parent that has not come are seen before the name. */
function signOf(flags: number): string {
  return (flags & spanFlags.cycle) === 0 ? ((flags & spanFlags.orphan) === 0 ? "" : "⋯ ") : "↻ ";
}

function drawToggle(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  look: { readonly isClosed: boolean; readonly color: string },
): void {
  context.fillStyle = look.color;
  context.beginPath();
  if (look.isClosed) {
    context.moveTo(x - 3, y - 5);
    context.lineTo(x + 4, y);
    context.lineTo(x - 3, y + 5);
  } else {
    context.moveTo(x - 5, y - 3);
    context.lineTo(x + 5, y - 3);
    context.lineTo(x, y + 4);
  }
  context.fill();
}

/** A triangle with its point up: a failure is told by a shape as well as by a colour. */
function drawFailed(context: CanvasRenderingContext2D, x: number, y: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x, y - 6);
  context.lineTo(x + 6, y + 5);
  context.lineTo(x - 6, y + 5);
  context.fill();
}
