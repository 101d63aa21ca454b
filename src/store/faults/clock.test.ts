import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listAside } from "../partition/partition-files.ts";
import { maintainAll, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs } from "../ticks.test-support.ts";

const dayMs = 24 * hourMs;
const tenYearsMs = 3653 * dayMs;
const tickMs = 10 * 60_000;
/** So that six hours, the unit of files and tiers, are complete several times. */
const options = { retentionDays: 2, sealTicks: 6, mergeMs: 2 * hourMs };

describe("a wall clock that jumps", () => {
  it("by ten years forward and back deletes nothing, and hides what was written in the wrong years", () => {
    // A machine that boots with a wrong clock would take the whole history along, tiers too.
    using store = temporaryStore();
    const { clock } = store;
    const writer = store.writer(options);
    const ref = Uint32Array.of(writer.resolve({ __name__: "m" }));
    const expected: number[] = [];
    const run = (hours: number): void => {
      for (let i = 0; i < (hours * hourMs) / tickMs; i++) {
        clock.wallMs += tickMs;
        clock.steadyMs += tickMs;
        writer.commit(clock.wallMs, ref, Float64Array.of(clock.wallMs), 1);
        maintainAll(writer, clock.wallMs);
        expected.push(clock.wallMs);
      }
    };
    const check = (): void => {
      const reader = store.reader();
      assert.deepEqual([...(reader.select([], 0, Infinity)[0]?.values ?? [])], expected);
      reader.close();
    };
    run(30);
    check();
    clock.wallMs += tenYearsMs;
    run(8);
    check();
    // The scheduler does this when the clock is set back.
    clock.wallMs -= tenYearsMs;
    writer.rewind(clock.wallMs);
    expected.splice(-(8 * hourMs) / tickMs);
    run(8);
    check();
    assert.ok(listAside(store.dataDir).some((path) => path.endsWith(".ahead")));
    writer.close();
    store.writer(options);
    check();
  });

  it("by two days back goes on from there, in samples and tiers, and deletes nothing", () => {
    // Charts would show the future, or two values for each time; and the hour that came twice would be summed up with both.
    using store = temporaryStore();
    const { clock } = store;
    const writer = store.writer({ ...options, retentionDays: 30 });
    const ref = Uint32Array.of(writer.resolve({ __name__: "m" }));
    const values = new Map<number, number>();
    const run = (hours: number, value: number): void => {
      for (let i = 0; i < (hours * hourMs) / tickMs; i++) {
        clock.wallMs += tickMs;
        clock.steadyMs += tickMs;
        writer.commit(clock.wallMs, ref, Float64Array.of(value), 1);
        maintainAll(writer, clock.wallMs);
        values.set(clock.wallMs, value);
      }
    };
    const check = (): void => {
      const reader = store.reader();
      const [found] = reader.select([], 0, Infinity);
      assert.deepEqual(new Map(Array.from(found?.timestampsMs ?? [], (timeMs, i) => [timeMs, found?.values[i]])), values);
      for (const { endsMs, count, sum } of reader.summaries([], noonMs - dayMs, noonMs + 5 * dayMs, hourMs)) {
        for (const [i, endMs] of endsMs.entries()) {
          const within = [...values].filter(([timeMs]) => timeMs > endMs - hourMs && timeMs <= endMs).map(([, value]) => value);
          assert.deepEqual(
            [count[i], sum[i]],
            [within.length, within.reduce((a, b) => a + b, 0)],
            new Date(endMs).toISOString(),
          );
        }
      }
      reader.close();
    };
    run(60, 1);
    check();
    // Into the middle of a window, of a tier's chunk and of a file.
    clock.wallMs -= 2 * dayMs - 25 * 60_000;
    writer.rewind(clock.wallMs);
    for (const timeMs of values.keys()) if (timeMs >= clock.wallMs) values.delete(timeMs);
    run(20, 2);
    check();
    writer.close();
    store.writer(options);
    check();
  });
});
