/**
 * A trace as an icicle: what is called by the same path is one frame, as wide as the time that it and what it calls take. Spans that
 * run at the same time are added up, so a frame is never narrower than what is below it.
 */
import type { TraceModel } from "./trace-model.ts";

export interface FlameFrame {
  /** Number of the operation in the columns. */
  readonly operation: number;
  /** Frame above; −1: one of the first row. */
  readonly parent: number;
  readonly depth: number;
  count: number;
  errors: number;
  /** Of its own spans, without what is below, ms. */
  selfMs: number;
  /** With what is below, ms. */
  weightMs: number;
  /** Left edge on the whole width, ms. */
  leftMs: number;
}

export interface FlameLayout {
  /** Each after the frame that it is below. */
  readonly frames: readonly FlameFrame[];
  readonly widthMs: number;
  readonly depth: number;
}

/** Siblings stand in the order in which their first span is met on the walk. */
export function flameLayout({ columns, whole: { walk }, selfMs: selfOf, failed }: TraceModel): FlameLayout {
  const selfMs = selfOf();
  const frames: FlameFrame[] = [];
  const known = new Map<number, number>();
  const frameAt = new Int32Array(walk.rowAt.length);
  let depth = 0;
  for (const [place, row] of walk.rowAt.entries()) {
    const above = walk.parent[place] ?? -1;
    const parent = above === -1 ? -1 : (frameAt[above] ?? -1);
    const operation = columns.operation[row] ?? 0;
    // One number for the pair: both are far below 2^26.
    const key = (parent + 1) * columns.operations.length + operation;
    let index = known.get(key);
    if (index === undefined) {
      index = frames.length;
      known.set(key, index);
      const level = parent === -1 ? 0 : (frames[parent]?.depth ?? 0) + 1;
      depth = Math.max(depth, level + 1);
      frames.push({ operation, parent, depth: level, count: 0, errors: 0, selfMs: 0, weightMs: 0, leftMs: 0 });
    }
    frameAt[place] = index;
    const frame = frames[index];
    if (frame === undefined) continue;
    frame.count++;
    frame.errors += failed(row);
    frame.selfMs += selfMs[row] ?? 0;
  }
  return { frames, widthMs: place(frames), depth };
}

/** Widths from below, then places from above; gives the whole width. */
function place(frames: readonly FlameFrame[]): number {
  for (const frame of frames.toReversed()) {
    frame.weightMs += frame.selfMs;
    const above = frames[frame.parent];
    if (above !== undefined) above.weightMs += frame.weightMs;
  }
  /** Frame → where its next child begins. */
  const nextLeft = new Float64Array(frames.length);
  let width = 0;
  for (const [index, frame] of frames.entries()) {
    if (frame.parent === -1) {
      frame.leftMs = width;
      width += frame.weightMs;
    } else {
      frame.leftMs = nextLeft[frame.parent] ?? 0;
      nextLeft[frame.parent] = frame.leftMs + frame.weightMs;
    }
    nextLeft[index] = frame.leftMs;
  }
  return width;
}

/** The frame at a depth and a place of the width; −1: none. */
export function frameAt({ frames }: FlameLayout, depth: number, ms: number): number {
  return frames.findIndex((frame) => frame.depth === depth && ms >= frame.leftMs && ms < frame.leftMs + frame.weightMs);
}
