import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import { checkSeriesCount } from "./check-series-count.ts";
import { watchRequest } from "./watch-request.ts";

const field = 1;

/** With labels and then samples of these lengths, bytes. */
function seriesOf(labels: readonly number[], samples: number): Uint8Array {
  const writer = new ProtoWriter();
  for (const length of labels) writer.bytes(1, new Uint8Array(length).fill(0xff));
  writer.bytes(2, new Uint8Array(samples).fill(0xff));
  return writer.finish();
}

/** Fields of all kinds, some of them series. */
const requests = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 40 })), { maxLength: 200 })
  .map((fields) => {
    const writer = new ProtoWriter();
    for (const [number, length] of fields) {
      if (number === 2) writer.uint(number, length);
      else if (number === field) writer.bytes(number, seriesOf([length], length));
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
        const watch = watchRequest(field, max);
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

test("labels that are longer than any are taken are refused before they are there", () => {
  // What breaks: a body of some megabytes that unpacks to one label of sixty costs the door a tenth of a second, again and again.
  const watched = (number: number, content: Uint8Array, to: number): string => {
    const writer = new ProtoWriter();
    writer.bytes(number, content);
    return codeOf(() => watchRequest(field, 10)(writer.finish(), to));
  };
  assert.equal(watched(field, seriesOf([10, 200_000], 10), 1000), "PAYLOAD_TOO_LARGE");
  assert.equal(
    watched(
      field,
      seriesOf(
        Array.from({ length: 2000 }, () => 100),
        10,
      ),
      180_000,
    ),
    "PAYLOAD_TOO_LARGE",
  );
  assert.equal(watched(4, new Uint8Array(200_000), 1000), "PAYLOAD_TOO_LARGE");
  assert.equal(watched(field, seriesOf([10, 1000], 200_000), 5000), "taken");
});
