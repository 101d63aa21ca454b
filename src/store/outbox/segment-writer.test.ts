import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type MountedDisk, mountDisk } from "../faults/mounted-disk.test-support.ts";
import { SegmentReader } from "./segment-reader.ts";
import { SegmentWriter } from "./segment-writer.ts";

/** A tick of them takes several pages of a disk, so that a full one takes a part of it. */
const seriesCount = 2000;
const refs = Uint32Array.from({ length: seriesCount }, (_, i) => i);
const head = { beganMs: 1, samplesBefore: 0 };

function valuesOf(tick: number): Float64Array {
  return Float64Array.from({ length: seriesCount }, (_, i) => Math.sqrt(i + 1) * tick);
}

function onDisk(context: TestContext, work: (disk: MountedDisk) => void): void {
  using disk = mountDisk(1024 * 1024);
  if (disk === null) context.skip("needs the right to mount a tmpfs");
  else work(disk);
}

test("ticks after one that the disk did not take have their own values", (context) => {
  // If this fails, a peer gets wrong values after each full disk, with right checksums, and acknowledges them.
  onDisk(context, (disk) => {
    const segment = { firstSeq: 1, path: join(disk.path, "segment") };
    const writer = new SegmentWriter(segment, head);
    const append = (tick: number): void => writer.appendTick(tick, tick * 1000, refs, valuesOf(tick));
    append(1);
    append(2);
    disk.fill();
    for (const tick of [3, 4]) assert.throws(() => append(tick), { code: "ENOSPC" });
    disk.free();
    append(5);
    append(6);
    writer.close();
    const reader = new SegmentReader(segment);
    for (const tick of [1, 2, 5, 6]) {
      const record = reader.next();
      assert.equal(record?.seq, tick);
      assert.equal(record.samples.timesMs[0], tick * 1000);
      assert.deepEqual(record.samples.values, valuesOf(tick));
    }
    assert.equal(reader.next(), null);
    reader.close();
  });
});

for (const [what, distance] of [
  ["the disk took, but not its tick,", 1],
  // Numbers so far apart take more than the page in which the disk has room left.
  ["the disk did not take", 100_000],
] as const)
  test(`a layout that ${what} is no reason to lose the ticks after it`, (context) => {
    // If this fails, one full disk just when series come or go makes a whole file unreadable, or its values wrong.
    onDisk(context, (disk) => {
      const segment = { firstSeq: 1, path: join(disk.path, "segment") };
      const writer = new SegmentWriter(segment, head);
      const others = refs.map((ref) => ref * distance + 1);
      writer.appendTick(1, 1000, refs.subarray(0, 10), valuesOf(1));
      disk.fill();
      assert.throws(() => writer.appendTick(2, 2000, others, valuesOf(2)), { code: "ENOSPC" });
      disk.free();
      writer.appendTick(3, 3000, others, valuesOf(3));
      writer.close();
      const reader = new SegmentReader(segment);
      assert.equal(reader.next()?.seq, 1);
      assert.deepEqual(reader.next()?.samples.values, valuesOf(3));
      reader.close();
    });
  });
