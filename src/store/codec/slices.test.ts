import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DamagedFileError } from "../database.ts";
import { encodeBatches, openBatch } from "../received/batch.ts";
import { nextBucketOf, rangesOf, byHour } from "../received/batch-ranges.ts";
import type { BatchRow } from "../received/batch-row.ts";
import { receivedFileMs } from "../received/received-schema.ts";
import { bitsOf, doublesOf } from "../temporary-store.test-support.ts";
import { decodeColumn, openBlock, seriesPerBlock } from "./block.ts";
import { encodeSlices } from "./slices.ts";

const startMs = 1000 * receivedFileMs;

interface Sample {
  readonly ref: number;
  readonly offsetMs: number;
  readonly bits: bigint;
}

/** Few refs and times, so that batches have the same ones; some reach over hours. */
const anySample = fc.record({
  ref: fc.integer({ min: 0, max: 3 * seriesPerBlock }),
  offsetMs: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: receivedFileMs })),
  bits: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
});
const anyBatches = fc.array(fc.array(anySample, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 6 });

function rowOf(samples: readonly Sample[]): BatchRow {
  const [batch] = encodeBatches({
    count: samples.length,
    refs: Uint32Array.from(samples, ({ ref }) => ref),
    timesMs: Float64Array.from(samples, ({ offsetMs }) => startMs + offsetMs),
    values: doublesOf(samples.map(({ bits }) => bits)),
  });
  assert.ok(batch !== undefined);
  return { firstMs: batch.firstMs, lastMs: batch.lastMs, batch: openBatch(batch.data), histograms: new Uint8Array() };
}

function slicesOf(
  batches: readonly (readonly Sample[])[],
): { readonly bucket: number; readonly hour: number; readonly data: Uint8Array }[] {
  const steps = byHour(startMs, batches.map(rowOf));
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const cursors = new Uint32Array(step.value.length);
  const found = [];
  for (let bucket = nextBucketOf(step.value, cursors); bucket !== null; bucket = nextBucketOf(step.value, cursors))
    for (const { hour, ranges } of rangesOf(step.value, cursors, bucket))
      found.push({ bucket, hour, data: encodeSlices(startMs, ranges).data });
  return found;
}

describe("slices of received batches", () => {
  it("give back the last sample of each time, bit by bit and in time order, for each series and hour", () => {
    // What senders were told is stored would be lost or changed when it is sealed.
    fc.assert(
      fc.property(anyBatches, (batches) => {
        const expected = new Map<number, Map<number, bigint>>();
        for (const { ref, offsetMs, bits } of batches.flat()) {
          const samples = expected.get(ref) ?? new Map<number, bigint>();
          expected.set(ref, samples.set(startMs + offsetMs, bits));
        }
        const found = new Map<number, Map<number, bigint>>();
        const places = new Set<string>();
        for (const { bucket, hour, data } of slicesOf(batches)) {
          assert.ok(!places.has(`${bucket}/${hour}`), "one block per bucket and hour");
          places.add(`${bucket}/${hour}`);
          const block = openBlock(data);
          for (let slot = 0; slot < seriesPerBlock; slot++) {
            const column = decodeColumn(block, slot);
            if (column === null) continue;
            assert.deepEqual(column.timestampsMs, new Float64Array(new Set(column.timestampsMs)).sort());
            const bits = bitsOf(column.values);
            const samples = found.get(bucket * seriesPerBlock + slot) ?? new Map<number, bigint>();
            for (const [i, timeMs] of column.timestampsMs.entries()) samples.set(timeMs, BigInt(`0x${String(bits[i])}`));
            found.set(bucket * seriesPerBlock + slot, samples);
          }
        }
        assert.deepEqual(found, expected);
      }),
      { numRuns: 200 },
    );
  });

  it("are refused with any byte changed, or cut", () => {
    // A flipped bit on the disk would become values that nobody sent.
    fc.assert(
      fc.property(anyBatches, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (batches, place, change, isCut) => {
        const data = slicesOf(batches)[0]?.data.slice();
        assert.ok(data !== undefined);
        const at = place % data.length;
        data[at] = (data[at] ?? 0) ^ change;
        assert.throws(() => openBlock(isCut ? data.subarray(0, at) : data), DamagedFileError);
      }),
      { numRuns: 200 },
    );
  });
});
