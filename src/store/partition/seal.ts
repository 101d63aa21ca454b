/**
 * Sealing: the oldest ticks of a partition's head, transposed from rows to columns and encoded bucket by bucket. A generator, so that
 * the writer can put ticks in between: nothing changes on the disk until the last step, which is one transaction.
 */
import {
  assembleBlock,
  type ColumnInput,
  encodeBlockColumn,
  type EncodedColumn,
  membersOf,
  seriesPerBlock,
} from "../codec/block.ts";
import type { HeadTick } from "./head-tick.ts";
import { bucketOf } from "./partition-schema.ts";
import type { EncodedBlock, PartitionWriter } from "./partition-writer.ts";

/** Sealed ticks that are deleted in one step: a few pages of each go back to the list of free ones. */
const ticksPerDrop = 8;
/** Columns of some minutes that are encoded in one step: 1 to 2 ms. */
const columnsPerStep = 16;

/**
 * Seals at most `limit` ticks from before `beforeMs`; yields after some encoded columns. `beforeCommit` gets the series that are in
 * them.
 */
export function* sealOldest(
  partition: PartitionWriter,
  limit: number,
  beforeMs: number,
  beforeCommit: (refs: Uint32Array) => void,
): Generator<void> {
  const { ticks, damaged } = partition.oldestTicks(limit, beforeMs);
  const first = ticks[0];
  const last = ticks.at(-1);
  if (first === undefined || last === undefined) {
    // Or they would wait for ever.
    if (damaged !== null) partition.dropDamaged();
    return;
  }
  const layouts = new Set(ticks.map((tick) => tick.refs));
  const timestampsMs = Float64Array.from(ticks, (tick) => tick.timestampMs);

  const blocks: EncodedBlock[] = [];
  for (const [bucket, positions] of yield* positionsByBucket(layouts)) {
    const columns: EncodedColumn[] = [];
    for (let slot = 0; slot < seriesPerBlock; slot++) {
      const column = columnOf(ticks, positions, slot);
      if (column === null) continue;
      columns.push(encodeBlockColumn(column));
      if (columns.length % columnsPerStep === 0) yield;
    }
    blocks.push({ bucket, members: membersOf(columns), data: assembleBlock(timestampsMs, columns) });
    yield;
  }
  beforeCommit(distinctRefs(layouts));
  partition.seal(first.timestampMs, last.timestampMs, blocks, damaged);
  do yield;
  while (partition.dropSealed(ticksPerDrop));
}

/** Layout (its refs) → where in its ticks the bucket's 64 slots are, -1 where not. */
type BucketPositions = Map<Uint32Array, Int32Array>;

/** A step per layout: where series come and go there is one per tick. */
function* positionsByBucket(layouts: Iterable<Uint32Array>): Generator<void, Map<number, BucketPositions>> {
  const buckets = new Map<number, BucketPositions>();
  for (const layout of layouts) {
    for (const [position, ref] of layout.entries()) {
      const bucket = bucketOf(ref);
      let positions = buckets.get(bucket);
      if (positions === undefined) buckets.set(bucket, (positions = new Map()));
      let slots = positions.get(layout);
      if (slots === undefined) positions.set(layout, (slots = new Int32Array(seriesPerBlock).fill(-1)));
      slots[ref % seriesPerBlock] = position;
    }
    yield;
  }
  return buckets;
}

function columnOf(ticks: readonly HeadTick[], positions: BucketPositions, slot: number): ColumnInput | null {
  const words = new Uint32Array(2 * ticks.length);
  const present = new Uint8Array(Math.ceil(ticks.length / 8));
  let count = 0;
  for (const [row, tick] of ticks.entries()) {
    const position = positions.get(tick.refs)?.[slot] ?? -1;
    if (position < 0) continue;
    // Inside the tick: a layout has as many refs as its ticks have values.
    words[2 * count] = tick.words[2 * position] as number;
    words[2 * count + 1] = tick.words[2 * position + 1] as number;
    present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7));
    count++;
  }
  if (count === 0) return null;
  return { slot, present: count === ticks.length ? null : present, words: words.subarray(0, 2 * count) };
}

function distinctRefs(layouts: Iterable<Uint32Array>): Uint32Array {
  const refs = new Set<number>();
  for (const layout of layouts) for (const ref of layout) refs.add(ref);
  return Uint32Array.from(refs);
}
