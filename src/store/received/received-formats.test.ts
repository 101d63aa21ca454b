import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { DamagedFileError } from "../database.ts";
import { bitsOf, doublesOf } from "../temporary-store.test-support.ts";
import { noonMs } from "../ticks.test-support.ts";
import { encodeBatches, openBatch } from "./batch.ts";
import { piecesOfBatch } from "./batch-columns.ts";
import { encodeHistogramBatch, packRun, runsOfBatch, unpackRun } from "./histogram-batch.ts";
import { decodeHistogramRun } from "./histogram-run.ts";
import { orderByRef } from "./sort-by-ref.ts";

/** Around noon, where a file ends and the next begins, which noon itself does not belong to. */
const timeMs = fc.integer({ min: -5, max: 5 }).map((offset) => noonMs + offset);
const ref = fc.oneof(fc.nat(5), fc.nat(200), fc.nat(2 ** 27 - 1));
const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const plain = { noNullPrototype: true };
const span = fc.record({ offset: fc.integer({ min: -1000, max: 1000 }), length: fc.nat(3) }, plain);
const spans = fc.array(span, { maxLength: 3 });
const count = fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 2 ** 53 - 1 }), fc.double({ noNaN: true }));
const buckets = fc.array(count, { maxLength: 6 });
const histogram: fc.Arbitrary<NativeHistogram> = fc.record<NativeHistogram>(
  {
    counterReset: fc.constantFrom("unknown", "reset", "not_reset", "gauge"),
    schema: fc.integer({ min: -53, max: 8 }),
    zeroThreshold: fc.double({ noNaN: true }),
    zeroCount: count,
    count,
    sum: fc.double({ noNaN: true }),
    positiveSpans: spans,
    positiveBuckets: buckets,
    negativeSpans: spans,
    negativeBuckets: buckets,
    customValues: fc.array(fc.double({ noNaN: true }), { maxLength: 3 }),
  },
  plain,
);
/** As they come: mostly of one layout. */
const run = fc
  .array(fc.record({ timeMs, histogram, isLike: fc.boolean(), more: fc.nat(9) }), { minLength: 1, maxLength: 8 })
  .map((samples) =>
    samples.map(({ timeMs: atMs, histogram: own, isLike, more }, i) => {
      const like = isLike ? samples[i - 1]?.histogram : undefined;
      return { timeMs: atMs, histogram: like === undefined ? own : { ...like, count: like.count + more } };
    }),
  );

describe("forms of received samples", () => {
  it("order samples by series, and leave those of one as they came", () => {
    // Of two samples of one series at one time the wrong one would count.
    fc.assert(
      fc.property(fc.array(ref, { maxLength: 60 }), (refs) => {
        const expected = refs.map((_, i) => i).sort((a, b) => (refs[a] ?? 0) - (refs[b] ?? 0) || a - b);
        assert.deepEqual([...(orderByRef(Uint32Array.from(refs), refs.length) ?? refs.keys())], expected);
      }),
    );
  });

  it("give back each sample of a batch, bit by bit, in the file that its time belongs to", () => {
    // What a sender was told is stored would come back as something else, or not at all.
    const sample = fc.record({ ref, timeMs, bits });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), (samples) => {
        const batches = encodeBatches({
          count: samples.length,
          refs: Uint32Array.from(samples, (one) => one.ref),
          timesMs: Float64Array.from(samples, (one) => one.timeMs),
          values: doublesOf(samples.map((one) => one.bits)),
        });
        const found = batches.flatMap(({ fileStartMs, data, firstMs, lastMs }) => {
          assert.equal(fileStartMs, noonMs - (lastMs <= noonMs ? 6 * 3_600_000 : 0));
          assert.ok(firstMs > fileStartMs);
          const batch = openBatch(data);
          return Array.from(batch.refs).flatMap((one) =>
            piecesOfBatch(fileStartMs, batch, new Map(), one).flatMap(({ timestampsMs, values }) =>
              bitsOf(values).map((value, i) => `${one} ${timestampsMs[i]} ${value}`),
            ),
          );
        });
        const inFiles = [...samples.filter((one) => one.timeMs <= noonMs), ...samples.filter((one) => one.timeMs > noonMs)].map(
          (one, i) => ({ ...one, i, isLater: one.timeMs > noonMs }),
        );
        inFiles.sort((a, b) => Number(a.isLater) - Number(b.isLater) || a.ref - b.ref || a.i - b.i);
        assert.deepEqual(found.sort(), inFiles.map((one) => `${one.ref} ${one.timeMs} ${one.bits.toString(16)}`).sort());
      }),
    );
  });

  it("give back every field of native histograms", () => {
    // Quantiles of what was received would be wrong.
    fc.assert(
      fc.property(run, (samples) => {
        assert.deepEqual(unpackRun(noonMs, packRun(noonMs, samples)), samples);
        const received = samples.map(({ timeMs: atMs, histogram: own }, i) => ({ ref: i % 2, timeMs: atMs, histogram: own }));
        for (const [one, bytes] of runsOfBatch(encodeHistogramBatch(noonMs, received)))
          assert.deepEqual(
            decodeHistogramRun(noonMs, bytes),
            samples.filter((_, i) => i % 2 === one),
          );
      }),
    );
  });

  it("refuse bytes that are none of them", () => {
    // A damaged file would stop a reader, or take all of its memory.
    const attempts = [openBatch, runsOfBatch, (bytes: Uint8Array) => decodeHistogramRun(noonMs, bytes)];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const attempt of [...attempts, (some: Uint8Array) => unpackRun(noonMs, some)]) {
          try {
            attempt(bytes);
          } catch (error) {
            assert.ok(error instanceof DamagedFileError, String(error));
          }
        }
      }),
    );
  });
});
