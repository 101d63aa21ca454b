/** Draws the timeline: how full blocks are, and below it where their time went. */
import { axisTimes, spanText, type Zone } from "../../format/time.ts";
import { quantityText } from "../../format/quantity.ts";
import { seriesStyle } from "../../views/palette.ts";
import { phasesIn, timeOf, type Heights } from "./block-measure.ts";
import type { PlacedBlock, TimelineLayout } from "./timeline-layout.ts";

export interface TimelinePicture {
  readonly layout: TimelineLayout;
  readonly heights: Heights;
  /** Key of the block that is looked at. */
  readonly shown: string | null;
  readonly dark: boolean;
  readonly zone: Zone;
}

/** With the room of the scale's label above. */
const barsPx = 120;
const topPx = 16;
const axisPx = 22;
const phasesPx = 72;
const labelPx = 14;
/** A block that is there and used nothing. */
const leastPx = 2;
/** Distance that two times below the bars need, and the room of one. */
const timePx = 84;
const timeTextPx = 52;

/** Height of the whole picture, px. */
export function timelineHeight(hasPhases: boolean): number {
  return barsPx + axisPx + (hasPhases ? labelPx + phasesPx : 0);
}

export function drawTimeline(canvas: HTMLCanvasElement, picture: TimelinePicture): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(canvas);
  const colors: Colors = {
    bar: style.getPropertyValue("--accent"),
    orphaned: style.getPropertyValue("--status-warning"),
    missed: style.getPropertyValue("--status-critical"),
    grid: style.getPropertyValue("--grid"),
    text: style.getPropertyValue("--text-dim"),
    shown: style.getPropertyValue("--hover"),
  };
  context.font = `11px ${style.fontFamily}`;
  drawShown(context, picture, colors, height);
  drawBars(context, picture, colors, width);
  drawTimes(context, picture, colors);
  drawPhases(context, picture, colors, width);
}

type Colors = Readonly<Record<"bar" | "orphaned" | "missed" | "grid" | "text" | "shown", string>>;

function drawShown(
  context: CanvasRenderingContext2D,
  { layout, shown }: TimelinePicture,
  colors: Colors,
  height: number,
): void {
  const placed = layout.blocks.find(({ block }) => block.key === shown);
  if (placed === undefined) return;
  context.fillStyle = colors.shown;
  context.fillRect(placed.left - 2, 0, layout.barWidth + 4, height);
}

function drawBars(
  context: CanvasRenderingContext2D,
  { layout, heights }: TimelinePicture,
  colors: Colors,
  width: number,
): void {
  drawLine(context, colors, topPx + 0.5, width);
  drawLine(context, colors, topPx + (barsPx - topPx) / 2, width);
  context.fillStyle = colors.text;
  context.textAlign = "left";
  if (heights.of !== null) context.fillText(topText(heights), 0, topPx - 4);
  for (const placed of layout.blocks) drawBar(context, placed, layout.barWidth, heights, colors);
  context.strokeStyle = colors.text;
  context.setLineDash([2, 3]);
  context.fillStyle = colors.text;
  context.textAlign = "center";
  for (const { at, spanMs } of layout.pauses) {
    strokePath(context, [at, topPx], [at, barsPx]);
    context.fillText(spanText(spanMs), Math.max(timeTextPx, at), topPx - 4);
  }
  context.setLineDash([]);
}

function topText({ of, top }: Heights): string {
  return of === "transactions" ? `${top.toLocaleString("en")} transactions` : quantityText(top, "ratio");
}

/** Orphaned and missed ones differ by shape too, not by colour alone: outlined and struck through, and a cross on the base line. */
function drawBar(
  context: CanvasRenderingContext2D,
  { block, left }: PlacedBlock,
  barWidth: number,
  heights: Heights,
  colors: Colors,
): void {
  const share = heights.values.get(block.key) ?? null;
  const most = barsPx - topPx;
  const height = share === null ? most / 4 : Math.max(leastPx, (share / heights.top) * most);
  const top = barsPx - height;
  if (block.status === "missed") {
    const [middle, arm] = [left + barWidth / 2, Math.min(5, Math.max(2, barWidth / 2))];
    context.strokeStyle = colors.missed;
    context.lineWidth = 2;
    strokePath(context, [middle - arm, barsPx - 2 * arm], [middle + arm, barsPx]);
    strokePath(context, [middle + arm, barsPx - 2 * arm], [middle - arm, barsPx]);
    context.lineWidth = 1;
  } else if (block.status === "orphaned") {
    context.strokeStyle = colors.orphaned;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(1, barWidth - 1), Math.max(1, height - 1));
    strokePath(context, [left, barsPx], [left + barWidth, top]);
  } else {
    context.fillStyle = colors.bar;
    // What is not known has no height of its own: it is shown as being there.
    context.globalAlpha = share === null ? 0.35 : 1;
    context.fillRect(left, top, barWidth, height);
    context.globalAlpha = 1;
  }
}

/** The time below every block that has room for it, from the newest on. */
function drawTimes(context: CanvasRenderingContext2D, { layout, zone }: TimelinePicture, colors: Colors): void {
  context.fillStyle = colors.text;
  let free = Number.POSITIVE_INFINITY;
  for (const { block, left } of layout.blocks.toReversed()) {
    const right = Math.max(timeTextPx, left + layout.barWidth);
    if (right > free) continue;
    context.textAlign = "right";
    context.fillText(axisTimes([block.timeMs], 1000, zone)[0] ?? "", right, barsPx + 15);
    free = right - timePx;
  }
}

function drawPhases(context: CanvasRenderingContext2D, { layout, dark }: TimelinePicture, colors: Colors, width: number): void {
  const blocks = layout.blocks.map(({ block }) => block);
  const phases = phasesIn(blocks);
  if (phases.length === 0) return;
  const top = barsPx + axisPx + labelPx;
  const stacked = blocks.map((block) => phases.reduce((sum, phase) => sum + (block.phases[phase] ?? 0), 0));
  const most = Math.max(...stacked, ...blocks.map((block) => timeOf(block) ?? 0));
  drawLine(context, colors, top + 0.5, width);
  context.fillStyle = colors.text;
  context.textAlign = "left";
  context.fillText(quantityText(most, "seconds"), 0, top - 4);
  const scale = most === 0 ? 0 : phasesPx / most;
  for (const { block, left } of layout.blocks) {
    let base = top + phasesPx;
    for (const [index, phase] of phases.entries()) {
      const height = (block.phases[phase] ?? 0) * scale;
      base -= height;
      context.fillStyle = seriesStyle(index, { dark, stacked: true }).color;
      context.fillRect(left, base, layout.barWidth, height);
    }
    const time = timeOf(block);
    if (time === null) continue;
    // The whole as the client measured it: parts may run at once, or leave something out.
    context.fillStyle = colors.text;
    context.fillRect(left - 1, top + phasesPx - time * scale - 1, layout.barWidth + 2, 1);
  }
}

function drawLine(context: CanvasRenderingContext2D, colors: Colors, y: number, width: number): void {
  context.strokeStyle = colors.grid;
  strokePath(context, [0, y], [width, y]);
}

type Point = readonly [x: number, y: number];

function strokePath(context: CanvasRenderingContext2D, [fromX, fromY]: Point, [toX, toY]: Point): void {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
