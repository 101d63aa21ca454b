import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryReader, type MemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";

const minuteMs = 60_000;

/** Series given as `name{label=value}` → one value per minute, `null` where there is none. */
function readerOf(series: readonly (readonly [Readonly<Record<string, string>>, readonly (number | null)[]])[]): MemoryReader {
  const reader = createMemoryReader();
  for (const [labels, values] of series) {
    for (const [i, value] of values.entries()) reader.add(labels, i * minuteMs, value ?? "stale");
  }
  return reader;
}

function rangeOf(reader: MemoryReader, expr: string, minutes: number): readonly string[] {
  const result = createQueryService(reader).range(expr, 0, minutes * minuteMs, minuteMs);
  assert.equal(result.type, "matrix");
  if (result.type !== "matrix") return [];
  return result.series.map(({ labels, timestampsMs, values }) => {
    const points = [...values].map((value, i) => `${(timestampsMs[i] ?? 0) / minuteMs}:${value}`);
    return `${Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(",")} ${points.join(" ")}`;
  });
}

// When this fails, a join over a restart or a fail-over (an info series that changes its labels) is refused or mislabelled.
test("the partner of a grouped match may change from step to step, and its labels with it", () => {
  const reader = readerOf([
    [{ __name__: "cpu", node: "a" }, [1, 2, 3, 4]],
    [{ __name__: "info", node: "a", version: "1" }, [1, 1, null, null]],
    [{ __name__: "info", node: "a", version: "2" }, [null, null, 1, 1]],
  ]);
  assert.deepEqual(rangeOf(reader, "cpu * on (node) group_left (version) info", 3), [
    "node=a,version=1 0:1 1:2",
    "node=a,version=2 2:3 3:4",
  ]);
  assert.deepEqual(rangeOf(reader, "info * on (node) group_right () cpu", 3), ["node=a 0:1 1:2 2:3 3:4"]);
});

// When this fails, two elements silently become one, and a ratio is of the wrong thing.
test("a match that is not unique is refused, but only at the steps where it is not", () => {
  const reader = readerOf([
    [{ __name__: "cpu", node: "a" }, [1, 2]],
    [{ __name__: "info", node: "a", version: "1" }, [1, 1]],
    [{ __name__: "info", node: "a", version: "2" }, [null, 1]],
  ]);
  assert.deepEqual(rangeOf(reader, "cpu * on (node) info", 0), ["node=a 0:1"]);
  assert.throws(() => rangeOf(reader, "cpu * on (node) info", 1), {
    code: "QUERY_FAILED",
    message: /many-to-many matching not allowed/,
  });
  assert.throws(() => rangeOf(reader, "info * on (node) cpu", 1), {
    code: "QUERY_FAILED",
    message: /many-to-one matching must be explicit/,
  });
  assert.throws(() => rangeOf(reader, "info * on (node) group_left (version) cpu", 1), {
    code: "QUERY_FAILED",
    message: /grouping labels must ensure unique matches/,
  });
});

// When this fails, `or` fills gaps with the wrong series, and `and`/`unless` filter the wrong ones.
test("set operators decide step by step", () => {
  const reader = readerOf([
    [{ __name__: "a", job: "x" }, [1, null, 3]],
    [{ __name__: "b", job: "x" }, [10, 20, null]],
  ]);
  assert.deepEqual(rangeOf(reader, "a and b", 2), ["__name__=a,job=x 0:1"]);
  assert.deepEqual(rangeOf(reader, "b unless a", 2), ["__name__=b,job=x 1:20"]);
  assert.deepEqual(rangeOf(reader, "a or b", 2), ["__name__=a,job=x 0:1 2:3", "__name__=b,job=x 1:20"]);
  assert.deepEqual(rangeOf(reader, "a + 0 or b + 0", 2), ["job=x 0:1 1:20 2:3"]);
});

// When this fails, a filter on a rate shows up under the name of the counter it was made of.
test("a comparison keeps what it compares, without a name that was dropped before", () => {
  const reader = readerOf([[{ __name__: "a", job: "x" }, [1, 2, 3]]]);
  assert.deepEqual(rangeOf(reader, "a > 1", 2), ["__name__=a,job=x 1:2 2:3"]);
  assert.deepEqual(rangeOf(reader, "abs(a) > on (job) abs(a) - 1", 2), ["job=x 0:1 1:2 2:3"]);
  assert.deepEqual(rangeOf(reader, "abs(a) > ignoring () abs(a) - 1", 2), ["job=x 0:1 1:2 2:3"]);
  assert.deepEqual(rangeOf(reader, "3 <= bool a", 2), ["job=x 0:0 1:0 2:1"]);
});
