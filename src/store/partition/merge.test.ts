import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ReadNote, type SampleReader, type SampleWriter, staleNaNBits } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { type BlockOnDisk, blocksIn, damageBlock, firstPartition } from "./blocks.test-support.ts";
import { bitsOf, doublesOf, maintainAll, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs } from "../ticks.test-support.ts";

const minuteMs = 60_000;
const sealTicks = 10;

/** Two buckets, and in the first one a series that comes and goes. */
const series: readonly { readonly ref: number; readonly bitsAt: (minute: number) => bigint | null }[] = [
  { ref: 0, bitsAt: (minute) => BigInt(minute) },
  { ref: 1, bitsAt: (minute) => (minute % 25 > 12 ? null : minute % 25 === 12 ? staleNaNBits : 0x7ff8dead00000001n) },
  { ref: seriesPerBlock, bitsAt: (minute) => BigInt(minute) << 52n },
];

/** One tick a minute, with fromMinute ≤ minute < toMinute since noon, each sealed as soon as there are enough. */
function commit(writer: SampleWriter, fromMinute: number, toMinute: number): void {
  for (let ref = 0; ref <= seriesPerBlock; ref++) writer.resolve({ __name__: `m${ref}`, node: "n" });
  for (let minute = fromMinute; minute < toMinute; minute++) {
    const present = series.flatMap(({ ref, bitsAt }) => ({ ref, bits: bitsAt(minute) })).filter(({ bits }) => bits !== null);
    const values = doublesOf(present.flatMap(({ bits }) => bits ?? []));
    writer.commit(
      noonMs + minute * minuteMs,
      Uint32Array.from(present, ({ ref }) => ref),
      values,
      values.length,
    );
    maintainAll(writer, noonMs + minute * minuteMs);
  }
}

/** Per series the times of its samples and their bits. */
function contentOf(reader: SampleReader): (readonly [number, readonly number[], readonly string[]])[] {
  return reader.select([], 0, Infinity).map(({ ref, timestampsMs, values }) => [ref, [...timestampsMs], bitsOf(values)]);
}

/** What `contentOf` should be, after the minutes before `toMinute`, without those that `isLost`. */
function expectedContent(
  toMinute: number,
  isLost: (ref: number, minute: number) => boolean = () => false,
): ReturnType<typeof contentOf> {
  return series.map(({ ref, bitsAt }) => {
    const minutes = Array.from({ length: toMinute }, (_, minute) => minute).filter(
      (minute) => bitsAt(minute) !== null && !isLost(ref, minute),
    );
    return [
      ref,
      minutes.map((minute) => noonMs + minute * minuteMs),
      minutes.map((minute) => bitsAt(minute)?.toString(16) ?? ""),
    ];
  });
}

/** How many blocks a bucket has in an hour since noon. */
function countIn(blocks: readonly BlockOnDisk[], bucket: number, hour: number): number {
  const fromMs = noonMs + hour * hourMs;
  return blocks.filter((block) => block.bucket === bucket && block.firstMs >= fromMs && block.lastMs < fromMs + hourMs).length;
}

describe("merging blocks", () => {
  it("makes one block per bucket of each hour that is over, with the same samples bit by bit", () => {
    // A month would take half as much disk again and ten times the reads; or stale markers would be lost after an hour.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks });
    const sleeper = store.reader();
    commit(writer, 0, 50);
    sleeper.refresh();
    assert.deepEqual(contentOf(sleeper), expectedContent(50));
    const path = firstPartition(store.dataDir);
    assert.deepEqual(
      [0, 1].map((bucket) => countIn(blocksIn(path), bucket, 0)),
      [5, 5],
    );

    commit(writer, 50, 155);
    const blocks = blocksIn(path);
    for (const bucket of [0, 1]) {
      assert.deepEqual(
        [0, 1, 2].map((hour) => countIn(blocks, bucket, hour)),
        [1, 1, 3],
        `bucket ${bucket}`,
      );
    }
    const [first] = blocks;
    assert.deepEqual([first?.firstMs, first?.lastMs], [noonMs, noonMs + 59 * minuteMs]);
    // One that has the old blocks in its cache, and one that has none.
    sleeper.refresh();
    for (const reader of [sleeper, store.reader({ cacheTicks: 1 })]) assert.deepEqual(contentOf(reader), expectedContent(155));
  });

  it("leaves a bucket as it is when one of its blocks is damaged, and merges the others", () => {
    // One bad sector would take a whole hour of 64 series along, or keep every file from being merged.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks });
    commit(writer, 0, 50);
    const path = firstPartition(store.dataDir);
    const damaged = damageBlock(path, 1);
    assert.equal(damaged.bucket, 0);
    commit(writer, 50, 130);
    const blocks = blocksIn(path);
    assert.deepEqual(
      [0, 1].map((hour) => countIn(blocks, 0, hour)),
      [6, 1],
    );
    assert.deepEqual(
      [0, 1].map((hour) => countIn(blocks, 1, hour)),
      [1, 1],
    );
    assert.equal(store.lines.filter(({ message }) => message.includes("were not merged")).length, 1);

    const reader = store.reader();
    const isLost = (ref: number, minute: number): boolean => ref < seriesPerBlock && minute >= 10 && minute < 20;
    assert.deepEqual(contentOf(reader), expectedContent(130, isLost));
    const found: ReadNote[] = [];
    reader.select([], noonMs, noonMs + hourMs, { admit: () => undefined, note: (note) => void found.push(note) });
    assert.deepEqual(found, [{ kind: "damaged", path, fromMs: damaged.firstMs, toMs: damaged.lastMs }]);
  });
});
