/** What is needed to draw one frame of a waterfall. */
import type { Ink } from "./canvas-ink.ts";
import type { GroupedWalk } from "./span-walk.ts";
import type { TimeAxis, View } from "./time-axis.ts";
import { headGroup, type Lines } from "./trace-lines.ts";
import type { TraceModel } from "./trace-model.ts";
import { axisPx, linePx, type WaterfallSize } from "./waterfall-layout.ts";
import type { PathShown } from "./waterfall-state.ts";

export interface WaterfallPicture {
  readonly model: TraceModel;
  readonly grouped: GroupedWalk;
  readonly lines: Lines;
  readonly lineOf: Int32Array;
  readonly axis: TimeAxis;
  readonly view: View;
  readonly size: WaterfallSize;
  readonly scrollTop: number;
  readonly closed: Uint8Array;
  /** Row → 1 where it is not pale; `null`: none is. */
  readonly matches: Uint8Array | null;
  /** `null`: not drawn. */
  readonly path: PathShown | null;
  /** Row; −1. */
  readonly selected: number;
  /** Line; −1. */
  readonly hovered: number;
  /** Words of a group's head. */
  readonly headText: (group: number) => string;
  /** Where one is dragging over the axis, px; `null`: nowhere. */
  readonly dragged: { readonly from: number; readonly to: number } | null;
  readonly ink: Ink;
}

export interface ShownLine {
  readonly line: number;
  readonly y: number;
  /** −1 for others than heads. */
  readonly group: number;
  /** Of spans. */
  readonly place: number;
  readonly row: number;
}

/** The lines that are in sight, from the top. */
export function shownLines({ lines, grouped, scrollTop, size }: WaterfallPicture): readonly ShownLine[] {
  const first = Math.max(0, Math.floor(scrollTop / linePx));
  const last = Math.min(lines.length - 1, Math.floor((scrollTop + size.height - axisPx) / linePx));
  const shown: ShownLine[] = [];
  for (let line = first; line <= last; line++) {
    const place = lines[line] ?? 0;
    const group = headGroup(place);
    const row = group === -1 ? (grouped.walk.rowAt[place] ?? 0) : -1;
    shown.push({ line, y: axisPx + line * linePx - scrollTop, group, place, row });
  }
  return shown;
}
