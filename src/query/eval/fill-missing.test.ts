import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";
import { formatLabels } from "../../core/labels.ts";

// When these fail, a sum over two vectors loses what only one of them has although the query says what to take for it.

const minuteMs = 60_000;
const reader = createMemoryReader();
const add = (name: string, labels: Readonly<Record<string, string>>, values: readonly (number | null)[]): void => {
  for (const [index, value] of values.entries()) {
    if (value !== null) reader.add({ __name__: name, ...labels }, index * 10 * minuteMs, value);
  }
};
add("ask", { pod: "a" }, [1, null, 3]);
add("ask", { pod: "b" }, [null, 20, null]);
add("has", { pod: "a" }, [null, 200, 300]);
add("has", { pod: "c" }, [1000, null, null]);
add("use", { pod: "a", cpu: "0" }, [1, 1, 1]);
add("use", { pod: "a", cpu: "1" }, [2, 2, 2]);
add("use", { pod: "d", cpu: "0" }, [4, 4, 4]);
const service = createQueryService(reader, { experimentalFunctions: true });

/** `labels → value at 0, 10 and 20 minutes`. */
function rows(expr: string): Readonly<Record<string, readonly (number | null)[]>> {
  const result = service.range(expr, 0, 20 * minuteMs, 10 * minuteMs);
  const series = result.type === "matrix" ? result.series : [];
  return Object.fromEntries(
    series.map(({ labels, timestampsMs, values }) => [
      formatLabels(labels),
      [0, 1, 2].map((step) => values[timestampsMs.indexOf(step * 10 * minuteMs)] ?? null),
    ]),
  );
}

test("one-to-one: sides are filled where they are missing, step by step", () => {
  const both = { '{pod="a"}': [1, 200, 303], '{pod="b"}': [null, 20, null], '{pod="c"}': [1000, null, null] };
  assert.deepEqual(rows("ask + fill(0) has"), both);
  assert.deepEqual(rows("ask + fill_right(0) has"), { '{pod="a"}': [1, null, 303], '{pod="b"}': [null, 20, null] });
  assert.deepEqual(rows("ask + fill_left(5) has"), { '{pod="a"}': [null, 205, 303], '{pod="c"}': [1005, null, null] });
  assert.deepEqual(rows("ask + fill_right(-1) nothing"), { '{pod="a"}': [0, null, 2], '{pod="b"}': [null, 19, null] });
  assert.deepEqual(rows("ask + fill_left(0) nothing"), {});
});

test("a comparison keeps the name of the element that is there", () => {
  assert.deepEqual(rows("ask < fill(20) has"), {
    'ask{pod="a"}': [1, null, 3],
    '{pod="a"}': [null, 20, null],
    '{pod="c"}': [20, null, null],
  });
  assert.deepEqual(rows("ask == bool fill_right(20) has"), { '{pod="a"}': [0, null, 0], '{pod="b"}': [null, 1, null] });
});

test("grouped: the missing element of the many side has the matched labels, that of the one side no copied ones", () => {
  assert.deepEqual(rows("use + on(pod) group_left fill(0) has"), {
    '{cpu="0", pod="a"}': [1, 201, 301],
    '{cpu="1", pod="a"}': [2, 202, 302],
    '{cpu="0", pod="d"}': [4, 4, 4],
    '{pod="c"}': [1000, null, null],
  });
  // As in Prometheus fill_left is of the many side, here the right one.
  assert.deepEqual(rows("has + on(pod) group_right fill_left(7) use"), {
    '{cpu="0", pod="a"}': [null, 201, 301],
    '{cpu="1", pod="a"}': [null, 202, 302],
    '{pod="c"}': [1007, null, null],
  });
});

test("two elements on the one side are an error still", () => {
  assert.throws(() => rows("sum(use) * on() fill(0) use"), /found duplicate series for the match group \{\}/);
});
