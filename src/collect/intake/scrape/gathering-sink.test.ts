import assert from "node:assert/strict";
import { test } from "node:test";
import { ChainPulseError } from "../../../core/errors.ts";
import { createGatheringSink } from "./gathering-sink.ts";
import { createMemorySink } from "./memory-sink.test-support.ts";

test("a target whose samples have come to be too old fails alone", async () => {
  // If this fails, one target with times of its own costs a scrape of all that are scraped at the same moment.
  const memory = createMemorySink();
  const sink = createGatheringSink({
    ...memory,
    store(samples) {
      const isTooOld = samples.timesMs.subarray(0, samples.count).some((timeMs) => timeMs < 1000);
      return isTooOld ? Promise.reject(new ChainPulseError("UNAVAILABLE", "too old")) : memory.store(samples);
    },
  });
  await sink.resolve([{ __name__: "a" }, { __name__: "b" }, { __name__: "c" }]);
  const outcomes = await Promise.allSettled(
    [2000, 999, 1000].map((timeMs, ref) =>
      sink.store({ count: 1, refs: Uint32Array.of(ref), timesMs: Float64Array.of(timeMs), values: Float64Array.of(ref) }),
    ),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual([...memory.all().values()], [[{ timeMs: 2000, value: 0 }], [], [{ timeMs: 1000, value: 2 }]]);
});
