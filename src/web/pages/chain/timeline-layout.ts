/**
 * Where blocks stand on the timeline: to the right with their time, never on each other, and with long pauses cut short, so that a chain that
 * rests for an hour still shows its blocks.
 *
 *     ▁▃▆█▂▅  ┊  ▃▇▂▁      ┊ a pause that was cut
 *     12:00:00      13:10:24
 */
import type { Block } from "../../data/block.ts";

export interface PlacedBlock {
  readonly block: Block;
  /** Left edge, px. */
  readonly left: number;
}

export interface Pause {
  /** Its middle, px. */
  readonly at: number;
  readonly spanMs: number;
}

export interface TimelineLayout {
  /** In the order of time. */
  readonly blocks: readonly PlacedBlock[];
  /** Of each block, px. */
  readonly barWidth: number;
  readonly pauses: readonly Pause[];
}

/** Gaps are cut at so many usual ones. Of sixty random gaps (proof of work, exponential) one in two sets has one above 6. */
const gapsShown = 6;
/** Share of the usual distance that a bar takes, and the room that it always has around it. */
const barShare = 0.78;
const barWidthMax = 20;

/** Lays blocks out over `width` px. The newest one ends at the right edge. */
export function layOut(blocks: readonly Block[], width: number): TimelineLayout {
  const sorted = blocks.toSorted((a, b) => a.timeMs - b.timeMs || (a.number ?? 0) - (b.number ?? 0));
  if (sorted.length === 0 || width <= 0) return { blocks: [], barWidth: 0, pauses: [] };
  const gaps = sorted.slice(1).map((block, index) => block.timeMs - (sorted[index]?.timeMs ?? 0));
  const usual = median(gaps.filter((gap) => gap > 0));
  const shown = gaps.map((gap) => Math.min(gap, gapsShown * usual));
  const total = shown.reduce((sum, gap) => sum + gap, 0);
  const room = width / sorted.length;
  const fitting = total === 0 ? room : (usual / total) * (width - room);
  const barWidth = Math.min(barWidthMax, barShare * Math.min(room, fitting));
  const pitch = barWidth / barShare;
  const scale = total === 0 ? 0 : (width - pitch) / total;

  const lefts: number[] = [total === 0 ? width - sorted.length * pitch : 0];
  for (const gap of shown) lefts.push((lefts.at(-1) ?? 0) + Math.max(pitch, gap * scale));
  // Blocks of one moment have pushed the later ones beyond the edge: these are pushed back, and so on.
  let limit = width - pitch;
  for (let index = lefts.length - 1; index >= 0; index--) {
    lefts[index] = Math.min(lefts[index] ?? 0, limit);
    limit = (lefts[index] ?? 0) - pitch;
  }
  const pauses = gaps.flatMap((gap, index) => {
    const [before = 0, after = 0] = [lefts[index], lefts[index + 1]];
    return gap > gapsShown * usual ? [{ at: (before + barWidth + after) / 2, spanMs: gap }] : [];
  });
  return { blocks: sorted.map((block, index) => ({ block, left: lefts[index] ?? 0 })), barWidth, pauses };
}

/** Index of the block that is nearest to a place, px; −1 where there is none. */
export function blockAt({ blocks, barWidth }: TimelineLayout, x: number): number {
  const distance = ({ left }: PlacedBlock): number => Math.abs(left + barWidth / 2 - x);
  return blocks.reduce((best, block, index) => {
    const other = blocks[best];
    return other === undefined || distance(block) < distance(other) ? index : best;
  }, -1);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
