/** Where things of the waterfall are, in CSS pixels, and what is at a point. Drawing and input share it. */
import { fromShown, toShown, type TimeAxis, type View } from "./time-axis.ts";

/** Height of a line. */
export const linePx = 22;
/** Height of the axis above the lines. */
export const axisPx = 24;
/** A level of depth indents a name by so much, up to `levelsShown`. */
const levelPx = 12;
const levelsShown = 24;
/** What a name's sign of folding takes. */
export const togglePx = 16;
const padPx = 8;
/** A span of no length is still seen. */
const barPxMin = 2;
/** Room to grab the edge between names and times by, on either side of it. */
const edgePx = 4;
/** Names and times never have less than this. */
const partPxMin = 80;

export interface WaterfallSize {
  readonly width: number;
  readonly height: number;
  /** Width of the names. */
  readonly gutter: number;
}

/** A width of the names that leaves room for both parts. */
export function gutterWithin(gutter: number, width: number): number {
  return Math.round(Math.max(Math.min(partPxMin, width / 2), Math.min(gutter, width - partPxMin)));
}

/** Left edge of a name's sign of folding. */
export function indentPx(depth: number): number {
  return padPx + levelPx * Math.min(depth, levelsShown);
}

/** Place of a shown time. */
export function xOfShown({ width, gutter }: WaterfallSize, { from, to }: View, shown: number): number {
  return gutter + ((shown - from) / (to - from)) * (width - gutter);
}

/** Shown time at a place. */
export function shownAtX({ width, gutter }: WaterfallSize, { from, to }: View, x: number): number {
  return from + ((x - gutter) / Math.max(1, width - gutter)) * (to - from);
}

export interface Bar {
  readonly left: number;
  readonly right: number;
}

/** A span's bar within the picture's time part; `null` where it is beside it. At least two pixels wide, backwards ones too. */
export function barOf(size: WaterfallSize, axis: TimeAxis, view: View, startMs: number, durationMs: number): Bar | null {
  const begin = xOfShown(size, view, toShown(axis, startMs));
  const end = xOfShown(size, view, toShown(axis, startMs + durationMs));
  const left = Math.max(Math.min(begin, end), size.gutter);
  const right = Math.min(Math.max(begin, end, left + barPxMin), size.width);
  return Math.min(begin, end) > size.width || Math.max(begin, end) < size.gutter
    ? null
    : { left: Math.min(left, right - barPxMin), right };
}

/** The line at a place from the top of the picture; −1 above, and below the last. */
export function lineAtY(y: number, scrollTop: number, lines: number): number {
  if (y < axisPx) return -1;
  const line = Math.floor((y - axisPx + scrollTop) / linePx);
  return line < lines ? line : -1;
}

/** Top of a line in the picture. */
export function lineTop(line: number, scrollTop: number): number {
  return axisPx + line * linePx - scrollTop;
}

/** Height of all lines with the axis. */
export function contentHeight(lines: number): number {
  return axisPx + lines * linePx;
}

/** Where the list must be scrolled to so that a line is seen, not at the edge; as it is where it is seen already. */
export function scrollTo(line: number, scrollTop: number, height: number): number {
  const top = line * linePx;
  const room = height - axisPx - linePx;
  if (top >= scrollTop && top <= scrollTop + room) return scrollTop;
  return Math.max(0, top - room / 3);
}

export type Hit =
  | { readonly at: "edge" | "axis" | "nothing" }
  | { readonly at: "toggle" | "name" | "time"; readonly line: number };

/** What is at a point. `depthOf`: of a line. */
export function hitAt(
  point: { readonly x: number; readonly y: number },
  size: WaterfallSize,
  lines: { readonly scrollTop: number; readonly count: number; readonly depthOf: (line: number) => number },
): Hit {
  if (Math.abs(point.x - size.gutter) <= edgePx) return { at: "edge" };
  if (point.y < axisPx) return { at: "axis" };
  const line = lineAtY(point.y, lines.scrollTop, lines.count);
  if (line === -1) return { at: "nothing" };
  if (point.x > size.gutter) return { at: "time", line };
  const left = indentPx(lines.depthOf(line));
  return { at: point.x >= left && point.x < left + togglePx ? "toggle" : "name", line };
}

/** A time as the axis writes it: in the unit of the largest, with as many decimals as the step has. */
export function tickText(ms: number, stepMs: number): string {
  const [unitMs, unit] = Math.abs(ms) >= 1000 ? [1000, "s"] : Math.abs(ms) >= 1 ? [1, "ms"] : [0.001, "µs"];
  if (ms === 0) return "0";
  const decimals = Math.min(9, Math.max(0, -Math.floor(Math.log10(stepMs / unitMs) + 1e-9)));
  return `${(ms / unitMs).toFixed(decimals)} ${unit}`;
}

/** The time at a place, ms after the axis' origin. */
export function msAtX(size: WaterfallSize, axis: TimeAxis, view: View, x: number): number {
  return fromShown(axis, shownAtX(size, view, x));
}
