/** What rules see of results that are not stored yet. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isStale } from "../../query/eval/stale.ts";
import { createMemoryReader } from "../../query/promqltest/memory-reader.ts";
import { createQueryService } from "../../query/service.ts";
import { PendingReader } from "./pending-reader.ts";

const r = { __name__: "r", a: "1" };

describe("pending samples", () => {
  it("are seen among the stored ones, in their place, until they are taken", () => {
    // A rule would not see what the one before it recorded, or see it twice, if this fails.
    const stored = createMemoryReader();
    for (const [timeMs, value] of [
      [1000, 1],
      [2000, 2],
      [4000, 4],
    ] as const)
      stored.add(r, timeMs, value);
    const reader = new PendingReader(stored);
    reader.add([
      { labels: r, timestampMs: 3000, value: 3 },
      { labels: { __name__: "s" }, timestampMs: 3000, value: "stale" },
    ]);
    const all = reader.select([{ name: "a", operator: "=~", value: "1?" }], 0, 9000);
    assert.deepEqual(
      all.map(({ labels, timestampsMs }) => [labels["__name__"], ...timestampsMs]),
      [
        ["r", 1000, 2000, 3000, 4000],
        ["s", 3000],
      ],
    );
    assert.deepEqual([...(all[0]?.values ?? [])], [1, 2, 3, 4]);
    assert.ok(isStale(all[1]?.values ?? new Float64Array(1), 0));
    reader.add([{ labels: r, timestampMs: 2000, value: 20 }]);
    assert.deepEqual(
      [...(reader.select([], 0, 9000)[0]?.values ?? [])],
      [1, 20, 4],
      "the later one goes over the earlier, and over a stored one of its time",
    );
    assert.deepEqual([...reader.take().keys()].length, 2);
    assert.deepEqual([...(reader.select([], 0, 9000)[0]?.values ?? [])], [1, 2, 4]);
  });

  it("count in ranges that summaries answer", () => {
    // A rate over an hour would lack the newest value if this fails.
    const stored = createMemoryReader();
    for (let minute = 0; minute <= 120; minute++) stored.add(r, minute * 60_000, minute);
    const reader = new PendingReader(stored);
    reader.add([{ labels: r, timestampMs: 121 * 60_000, value: 1000 }]);
    const answer = createQueryService(reader).instant("max_over_time(r[1h])", 121 * 60_000);
    assert.ok(answer.type === "vector");
    assert.equal(answer.samples[0]?.value, 1000);
    assert.deepEqual(reader.series([], 0, 121 * 60_000).length, 1);
  });
});
