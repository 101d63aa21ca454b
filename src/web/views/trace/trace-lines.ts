/**
 * Which spans have a line of the picture, after some were folded away and others do not match. A line is a place of the walk, or the head
 * of a group.
 */
import type { GroupedWalk, SpanWalk } from "./span-walk.ts";

/** `≥ 0`: a place of the walk; below: `groupHead`. */
export type Lines = Int32Array;

export interface LineWish {
  /** Row → 1 where what is below is folded away. */
  readonly closed: Uint8Array;
  /** Place → 1 where it has a line; `null`: all. See `withAncestors`. */
  readonly kept: Uint8Array | null;
}

/** A group's head as a line. */
export function groupHead(group: number): number {
  return -1 - group;
}

/** The group of a head; −1 for other lines. */
export function headGroup(line: number): number {
  return line < 0 ? -1 - line : -1;
}

export function linesOf({ walk, groupOf, hasHead }: GroupedWalk, { closed, kept }: LineWish): Lines {
  const count = walk.rowAt.length;
  const lines = new Int32Array(2 * count);
  let length = 0;
  let shown = -1;
  for (let place = 0; place < count; place++) {
    if (kept !== null && kept[place] === 0) {
      place += walk.below[place] ?? 0;
      continue;
    }
    const group = walk.depth[place] === 0 ? (groupOf[walk.rowAt[place] ?? 0] ?? 0) : shown;
    if (group !== shown && hasHead(group)) lines[length++] = groupHead(group);
    shown = group;
    lines[length++] = place;
    if (closed[walk.rowAt[place] ?? 0] === 1) place += walk.below[place] ?? 0;
  }
  return lines.slice(0, length);
}

/** Place → its line; −1: it has none. */
export function linePlaces(lines: Lines, places: number): Int32Array {
  const lineOf = new Int32Array(places).fill(-1);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? -1;
    if (line >= 0) lineOf[line] = index;
  }
  return lineOf;
}

/** Those that match, and all that are above them: place → 1. `matches`: row → 1. */
export function withAncestors(walk: SpanWalk, matches: Uint8Array): Uint8Array {
  const kept = new Uint8Array(matches.length);
  for (let place = 0; place < matches.length; place++) {
    if (matches[walk.rowAt[place] ?? 0] !== 1) continue;
    for (let at = place; at !== -1 && kept[at] !== 1; at = walk.parent[at] ?? -1) kept[at] = 1;
  }
  return kept;
}

/** Row → 1 where what is below the first `levels` levels is folded away. */
export function closedBelow(walk: SpanWalk, levels: number): Uint8Array {
  return byRow(walk, (place) => (walk.depth[place] ?? 0) >= levels - 1);
}

/** One level less than is to be seen: the deepest spans with a line go into their parents. */
export function closedByOne(walk: SpanWalk, closed: Uint8Array): Uint8Array {
  const { deepest } = shownLevels(walk, closed);
  return deepest === 0 ? closed : byRow(walk, (place, row) => closed[row] === 1 || walk.depth[place] === deepest - 1);
}

/** One level more: whatever is folded away highest up is shown. */
export function openedByOne(walk: SpanWalk, closed: Uint8Array): Uint8Array {
  const { closedAt } = shownLevels(walk, closed);
  return byRow(walk, (place, row) => closed[row] === 1 && walk.depth[place] !== closedAt);
}

/** Row → 1 where something is below and `isClosed`. */
function byRow({ rowAt, below }: SpanWalk, isClosed: (place: number, row: number) => boolean): Uint8Array {
  const closed = new Uint8Array(rowAt.length);
  for (const [place, row] of rowAt.entries()) closed[row] = (below[place] ?? 0) > 0 && isClosed(place, row) ? 1 : 0;
  return closed;
}

/** Of those that have a line: the greatest depth, and the least depth at which something is folded away (−1: nothing is). */
function shownLevels(walk: SpanWalk, closed: Uint8Array): { readonly deepest: number; readonly closedAt: number } {
  let deepest = 0;
  let closedAt = -1;
  for (let place = 0; place < closed.length; place++) {
    const depth = walk.depth[place] ?? 0;
    deepest = Math.max(deepest, depth);
    if (closed[walk.rowAt[place] ?? 0] !== 1) continue;
    if (closedAt === -1 || depth < closedAt) closedAt = depth;
    place += walk.below[place] ?? 0;
  }
  return { deepest, closedAt };
}

/** Opens all that is above a row, so that it has a line. */
export function openedAbove(walk: SpanWalk, closed: Uint8Array, row: number): Uint8Array {
  const changed = closed.slice();
  for (let at = walk.parent[walk.placeOf[row] ?? 0] ?? -1; at !== -1; at = walk.parent[at] ?? -1)
    changed[walk.rowAt[at] ?? 0] = 0;
  return changed;
}
