/** Draws the way of a transaction or block: lanes, bars, first sights with their error, hops, and the axis of time below. */
import { durationText } from "../../../core/trace/time-words.ts";
import { stageTitles } from "../../../core/trace/flow-words.ts";
import { translucent } from "../../views/palette.ts";
import { stageColor } from "./stage-color.ts";
import type { WayItem } from "./way-items.ts";
import { barPx, type PlacedBar, type PlacedHop, type PlacedSight, type Point, type WayLayout } from "./way-layout.ts";
import { axisSteps, type Window } from "./way-window.ts";

export interface WayPicture {
  readonly layout: WayLayout;
  readonly window: Window;
  /** What is pointed at. */
  readonly pointed: WayItem | null;
  readonly dark: boolean;
}

const axisPx = 24;
/** Room that a time on the axis needs. */
const timePx = 96;
const arrowPx = 6;
const textInsetPx = 9;

/** Height of the whole picture, px. */
export function wayHeight({ height }: WayLayout): number {
  return height + axisPx;
}

type Colors = Readonly<Record<"text" | "dim" | "grid" | "line" | "hover" | "critical" | "onBar", string>>;

export function drawWay(canvas: HTMLCanvasElement, { layout, window, pointed, dark }: WayPicture): void {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (context === null || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(canvas);
  const colors: Colors = {
    text: style.getPropertyValue("--text"),
    dim: style.getPropertyValue("--text-dim"),
    grid: style.getPropertyValue("--grid"),
    line: style.getPropertyValue("--text-soft"),
    hover: style.getPropertyValue("--hover"),
    critical: style.getPropertyValue("--status-critical").trim(),
    onBar: style.getPropertyValue("--on-accent"),
  };
  context.font = `11px ${style.fontFamily}`;
  drawAxis(context, { window, width, height: layout.height }, colors);
  if (pointed !== null) {
    context.fillStyle = colors.hover;
    context.fillRect(pointed.box.left - 3, pointed.box.top - 3, pointed.box.width + 6, pointed.box.height + 6);
  }
  for (const { place, top, sight, bars } of layout.lanes) {
    context.textAlign = "left";
    context.fillStyle = colors.text;
    context.fillText(place.name, 0, top + 13, width);
    for (const bar of bars) drawBar(context, bar, colors, dark);
    if (sight !== null) drawSight(context, sight, (bars[0]?.top ?? top) - 1, colors);
  }
  for (const hop of layout.hops) drawHop(context, hop, colors);
}

function drawAxis(
  context: CanvasRenderingContext2D,
  { window, width, height }: { readonly window: Window; readonly width: number; readonly height: number },
  colors: Colors,
): void {
  const scale = width / (window.toMs - window.fromMs);
  context.strokeStyle = colors.grid;
  context.fillStyle = colors.dim;
  context.textAlign = "center";
  for (const step of axisSteps(window, width / timePx)) {
    const x = Math.round((step - window.fromMs) * scale) + 0.5;
    strokePath(context, [x, 0], [x, height]);
    const text = durationText(step);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(width - half, Math.max(half, x)), height + 15);
  }
}

function drawBar(
  context: CanvasRenderingContext2D,
  { stage, left, width, openTo, top, isCutLeft, isCutRight }: PlacedBar,
  colors: Colors,
  dark: boolean,
): void {
  const isTakenBack = stage.isReorged || stage.stage === "reorged";
  const color = isTakenBack ? colors.critical : stageColor(stage.stage, dark);
  if (isTakenBack) {
    // An outline and a stroke through it: not by the colour alone.
    context.fillStyle = translucent(color, 0.2);
    context.fillRect(left, top, width, barPx);
    context.strokeStyle = color;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(1, width - 1), barPx - 1);
    strokePath(context, [left, top + barPx], [left + width, top]);
  } else {
    context.fillStyle = color;
    context.fillRect(left, top, width, barPx);
  }
  if (openTo !== null) {
    context.fillStyle = translucent(color, 0.35);
    context.fillRect(left + width, top, openTo - left - width, barPx);
  }
  const right = openTo ?? left + width;
  context.fillStyle = isTakenBack || openTo !== null ? colors.text : colors.onBar;
  context.textAlign = "left";
  const baseline = top + barPx - 3.5;
  if (isCutLeft) context.fillText("‹", left + 2, baseline);
  if (isCutRight) context.fillText("›", right - 6, baseline);
  const name = isTakenBack ? "Taken back" : stageTitles[stage.stage];
  const text = openTo === null ? `${name} ${durationText(stage.toMs - stage.fromMs)}` : `${name}, goes on`;
  if (context.measureText(text).width + 2 * textInsetPx > right - left) return;
  context.fillText(text, left + textInsetPx, baseline);
}

/** A post where it was first seen, and a whisker over the time at which that may have been. */
function drawSight(
  context: CanvasRenderingContext2D,
  { at, left, right, isErrorKnown }: PlacedSight,
  top: number,
  colors: Colors,
): void {
  context.strokeStyle = colors.text;
  context.lineWidth = 2;
  strokePath(context, [at, top - 3], [at, top + barPx + 3]);
  context.lineWidth = 1;
  if (!isErrorKnown || right - left < 3) return;
  const y = top - 3;
  strokePath(context, [left, y], [right, y]);
  strokePath(context, [left, y - 3], [left, y + 3]);
  strokePath(context, [right, y - 3], [right, y + 3]);
}

function drawHop(context: CanvasRenderingContext2D, { hop, from, to }: PlacedHop, colors: Colors): void {
  context.strokeStyle = colors.line;
  context.fillStyle = colors.line;
  context.setLineDash(hop.isUncertain ? [3, 3] : []);
  strokePath(context, from, to);
  context.setLineDash([]);
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.beginPath();
  context.moveTo(...to);
  for (const side of [-0.4, 0.4])
    context.lineTo(to[0] - arrowPx * Math.cos(angle + side), to[1] - arrowPx * Math.sin(angle + side));
  context.fill();
}

function strokePath(context: CanvasRenderingContext2D, from: Point, to: Point): void {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
