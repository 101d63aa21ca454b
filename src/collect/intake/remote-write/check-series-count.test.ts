import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import { checkSeriesCount, watchSeriesCount } from "./check-series-count.ts";

const field = 1;

/** Fields of all kinds, some of them series. */
const requests = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })), { maxLength: 200 })
  .map((fields) => {
    const writer = new ProtoWriter();
    for (const [number, length] of fields) {
      if (number === 2) writer.uint(number, length);
      else writer.bytes(number, new Uint8Array(length).fill(0xff));
    }
    return { bytes: writer.finish(), series: fields.filter(([number]) => number === field).length };
  });

const codeOf = (work: () => void): string => {
  try {
    work();
    return "taken";
  } catch (error) {
    return error instanceof ChainPulseError ? error.code : String(error);
  }
};

test("a request with too many series is refused, and one that is still coming as soon as they are there", () => {
  // What breaks: a request of a million series takes the door's time and memory; or a good one that comes in pieces is refused.
  fc.assert(
    fc.property(
      requests,
      fc.nat({ max: 200 }),
      fc.array(fc.nat({ max: 300 }), { maxLength: 20 }),
      ({ bytes, series }, max, steps) => {
        const expected = series > max ? "PAYLOAD_TOO_LARGE" : "taken";
        assert.equal(
          codeOf(() => checkSeriesCount(bytes, field, max)),
          expected,
        );
        const watch = watchSeriesCount(field, max);
        const watched = codeOf(() => {
          let to = 0;
          for (const step of steps) {
            to = Math.min(bytes.length, to + step);
            const unpacked = bytes.slice();
            // What is not unpacked yet may be anything.
            unpacked.fill(0x7b, to);
            watch(unpacked, to);
          }
        });
        assert.ok(watched === "taken" || watched === expected, watched);
      },
    ),
  );
});
