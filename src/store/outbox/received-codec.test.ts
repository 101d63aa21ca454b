import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeReceived, encodeReceived } from "./received-codec.ts";

const bits = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const rows = (minLength: number) =>
  fc.array(fc.record({ ref: fc.nat(), timeMs: fc.integer({ min: -1, max: 4e12 }), bits }), {
    minLength,
    maxLength: 4 * minLength + 8,
  });

test("received samples come out of the outbox bit by bit, however many go in", () => {
  // If this fails, what was received never reaches a hub, an engine or a remote write: its record is taken for damaged.
  for (const minLength of [0, 8, 64, 512]) {
    fc.assert(
      fc.property(rows(minLength), (samples) => {
        const values = new Float64Array(BigUint64Array.from(samples, (one) => one.bits).buffer);
        const put = {
          count: samples.length,
          refs: Uint32Array.from(samples, ({ ref }) => ref),
          timesMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
          values,
        };
        const { detail, payload } = encodeReceived(put);
        const got = decodeReceived(detail, payload);
        assert.equal(got.count, put.count);
        assert.deepEqual(got.refs, put.refs);
        assert.deepEqual(got.timesMs, put.timesMs);
        assert.deepEqual(new BigUint64Array(got.values.buffer), new BigUint64Array(values.buffer));
      }),
      { numRuns: 20 },
    );
  }
});
