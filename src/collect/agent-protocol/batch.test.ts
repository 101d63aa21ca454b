import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { Labels } from "../../core/labels.ts";
import { DamagedFileError } from "../../store/database.ts";
import { BatchDecoder, type DecodedSamples, readHead, type SentLabels } from "./batch-decoder.ts";
import { BatchEncoder, type SentRecord } from "./batch-encoder.ts";

const session = Uint8Array.from({ length: 16 }, (_, index) => index * 7);
const sessionText = Buffer.from(session).toString("hex");

/** Labels of a series number: some strings that need more than one byte, and one that a number of a series lacks. */
function labelsOf(ref: number): Labels | undefined {
  return ref === 13 ? undefined : { __name__: `metric_${ref % 5}`, node: "n-1", größe: `№ ${ref}` };
}

/** What a sample is, whatever way it took: comparable by text, values as bits. */
function textOf(labels: SentLabels | Labels | undefined, timeMs: number, values: Float64Array, index: number): string {
  const pairs = labels === undefined ? [] : Array.isArray(labels) ? labels : Object.entries(labels);
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length)[index] ?? 0n;
  return `${JSON.stringify(pairs)} ${timeMs} ${bits.toString(16)}`;
}

function sentTexts(records: readonly SentRecord[]): readonly string[] {
  return records.flatMap(({ samples: { count, refs, timesMs, values } }) =>
    Array.from({ length: count }, (_, i) => i).flatMap((i) => {
      const labels = labelsOf(refs[i] ?? 0);
      return labels === undefined ? [] : [textOf(labels, timesMs[i] ?? 0, values, i)];
    }),
  );
}

/** The hub's reading of one batch after another, with the labels of all slots so far. */
function createReader(seriesMax = 1000): (bytes: Uint8Array) => DecodedSamples & { readonly texts: readonly string[] } {
  const decoder = new BatchDecoder(seriesMax);
  const told: SentLabels[] = [];
  return (bytes) => {
    const head = readHead(bytes);
    assert.equal(head.session, sessionText);
    assert.equal(head.number, decoder.nextNumber);
    told.push(...decoder.series(head));
    const decoded = decoder.samples(head);
    const texts = Array.from(decoded.slots, (slot, i) => textOf(told[slot], decoded.timesMs[i] ?? 0, decoded.values, i));
    return { ...decoded, texts };
  };
}

function record(seq: number, samples: readonly (readonly [ref: number, timeMs: number, bits: bigint])[]): SentRecord {
  const values = new Float64Array(samples.length);
  const words = new BigUint64Array(values.buffer);
  for (const [index, [, , bits]] of samples.entries()) words[index] = bits;
  return {
    seq,
    samples: {
      count: samples.length,
      refs: Uint32Array.from(samples, ([ref]) => ref),
      timesMs: Float64Array.from(samples, ([, timeMs]) => timeMs),
      values,
    },
  };
}

const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  // The stale marker, other NaN, both zeros, both infinities, the smallest subnormal, and numbers as they are measured.
  fc.constantFrom(0x7ff0000000000002n, 0x7ff8000000000000n, 0n, 1n << 63n, 0x7ff0000000000000n, 0xfff0000000000000n, 1n),
  fc.double({ noNaN: true }).map((value) => new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n),
);
const time = fc.integer({ min: -1_000_000, max: 2_000_000_000_000 });
const tick = fc
  .tuple(
    time,
    fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 20 }),
    fc.array(bits, { minLength: 20, maxLength: 20 }),
  )
  .map(([timeMs, refs, values]) => refs.map((ref, i) => [ref, timeMs, values[i] ?? 0n] as const));
const columns = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), time, bits), { maxLength: 30 });
const batches = fc.array(fc.array(fc.oneof(tick, columns), { maxLength: 6 }), { minLength: 1, maxLength: 5 });

const number = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, Infinity));
const spans = fc.array(
  fc.record({ offset: fc.integer({ min: -1000, max: 1000 }), length: fc.nat(50) }, { noNullPrototype: true }),
  { maxLength: 4 },
);
const numbers = fc.array(number, { maxLength: 8 });
const histogram: fc.Arbitrary<NativeHistogram> = fc.record(
  {
    counterReset: fc.constantFrom("unknown", "reset", "not_reset", "gauge"),
    schema: fc.integer({ min: -53, max: 8 }),
    zeroThreshold: number,
    zeroCount: number,
    count: number,
    sum: number,
    positiveSpans: spans,
    positiveBuckets: numbers,
    negativeSpans: spans,
    negativeBuckets: numbers,
    customValues: numbers,
  },
  { noNullPrototype: true },
);

function recordsOf(
  batch: readonly (readonly (readonly [number, number, bigint])[])[],
  firstSeq: number,
): readonly SentRecord[] {
  return batch.map((samples, index) => record(firstSeq + 3 * index, samples));
}

describe("batches of an agent", () => {
  test("what is sent is what arrives, bit by bit, batch after batch of a session", () => {
    // If it fails, the hub stores other values, times or series than the node has measured.
    fc.assert(
      fc.property(batches, (sent) => {
        const encoder = new BatchEncoder(session);
        const read = createReader();
        for (const [index, batch] of sent.entries()) {
          const records = recordsOf(batch, 1000 * index + 5);
          const encoded = encoder.encode(records, labelsOf, `state ${index}`);
          const arrived = read(encoded.bytes);
          assert.deepEqual(arrived.texts, sentTexts(records));
          assert.equal(encoded.samples, arrived.texts.length);
          assert.equal(
            encoded.samples + encoded.forgotten,
            records.reduce((sum, { samples }) => sum + samples.count, 0),
          );
          assert.equal(arrived.lastSeq, records.at(-1)?.seq ?? null);
          assert.equal(readHead(encoded.bytes).state, `state ${index}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("native histograms arrive with all their fields", () => {
    // If it fails, quantiles on the hub differ from those on the node.
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(12), time, histogram), { maxLength: 5 }), (sent) => {
        const histograms = sent.map(([ref, timeMs, one]) => ({ ref, timeMs, histogram: one }));
        const { samples, seq } = record(7, []);
        const encoded = new BatchEncoder(session).encode([{ seq, samples: { ...samples, histograms } }], labelsOf, "");
        const arrived = createReader()(encoded.bytes);
        assert.deepEqual(
          arrived.histograms.map(({ timeMs, histogram: one }) => [timeMs, one]),
          sent.map(([, ...rest]) => rest),
        );
      }),
    );
  });

  test("a series that stays the same costs next to nothing, and its labels are sent once", () => {
    // If it fails, a fleet of agents takes the bandwidth of remote write.
    const encoder = new BatchEncoder(session);
    const ticks = [0, 1].map((second) =>
      record(
        second,
        Array.from({ length: 1000 }, (_, ref) => [100 + ref, 1e12 + 1000 * second, BigInt(ref) << 52n] as const),
      ),
    );
    const [first, second] = ticks.map((one) => encoder.encode([one], labelsOf, "").bytes);
    assert.ok(first !== undefined && second !== undefined);
    assert.ok(first.length > 30_000);
    assert.ok(second.length < 8100, `${second.length}`);
    assert.ok(second.subarray(-8000).every((byte) => byte === 0));
  });

  test("garbage is refused as what it is: no other error, and nothing allocated for a lie", () => {
    // If it fails, one agent can end the thread that receives all others.
    const good = new BatchEncoder(session).encode(
      [
        record(1, [
          [1, 10, 5n],
          [2, 10, 6n],
        ]),
        record(2, [
          [1, 20, 5n],
          [2, 30, 6n],
        ]),
      ],
      labelsOf,
      "state",
    ).bytes;
    const spoil = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const spoiled = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(good.length - 1).map((end) => good.subarray(0, end)),
      spoil.map((changes) => {
        const bytes = good.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(spoiled, (bytes) => {
        try {
          const head = readHead(bytes);
          const decoder = new BatchDecoder(100);
          decoder.series(head);
          const { slots } = decoder.samples(head);
          assert.ok(slots.length <= bytes.length);
        } catch (error) {
          assert.ok(error instanceof DamagedFileError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("a session's series are bounded", () => {
    // If it fails, one agent fills the hub's memory with labels.
    const { bytes } = new BatchEncoder(session).encode(
      [
        record(1, [
          [1, 1, 1n],
          [2, 1, 1n],
          [3, 1, 1n],
        ]),
      ],
      labelsOf,
      "",
    );
    const decoder = new BatchDecoder(2);
    assert.throws(() => decoder.series(readHead(bytes)), /more than 2 series/);
  });
});
