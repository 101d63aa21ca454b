import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../core/errors.ts";
import { formatLabels } from "../../core/labels.ts";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";

const intervalMs = 15_000;
const reader = createMemoryReader();
const series: Readonly<Record<string, readonly [name: string, x: string, valueAt: (i: number) => number | "stale" | null]>> = {
  steady: ["a", "1", (i) => i],
  gaps: ["a", "2", (i) => (i % 4 === 3 ? null : i === 9 ? "stale" : 50 - i)],
  resetting: ["b", "1", (i) => (i * 3) % 17],
  late: ["b", "3", (i) => (i < 12 ? null : i === 14 ? Number.NaN : i === 17 ? Infinity : 4)],
};
for (const [name, x, valueAt] of Object.values(series)) {
  for (let i = 0; i < 40; i++) {
    const value = valueAt(i);
    if (value !== null) reader.add({ __name__: name, x }, i * intervalMs, value);
  }
}
const service = createQueryService(reader, { experimentalFunctions: true });

const selector = fc.constantFrom("a", "b", '{x="1"}', 'a{x!="2"}', 'b{x=~"1|2"}');
const shift = fc.constantFrom("", "", "", " offset 40s", " offset -(15s)", " @ 200", " @ 100 offset 20s");
const scalar = fc.constantFrom("0.5", "-2", "NaN", "Inf", "time() / 100", "scalar(a)", "max_of(1, scalar(b))");
const matching = fc.constantFrom("", "", " on(x)", " ignoring(x) group_left", " on(x) group_right(y)");
const fill = fc.constantFrom("", "", " fill(0)", " fill_left(1)", " fill_right(-1)");
const extension = fc.constantFrom("", "", "", " anchored", " smoothed");

/** Queries whose result does not depend on the order of series, or on the query's own times. */
const { vector } = fc.letrec<{ vector: string; range: string }>((tie) => ({
  range: fc.oneof(
    fc
      .tuple(selector, fc.constantFrom("1m", "2m30s", "7s", "(1m + 5s) * 2"), extension, shift)
      .map(([of, length, extended, shifted]) => `${of}[${length}]${extended}${shifted}`),
    fc
      .tuple(tie("vector"), fc.constantFrom("1m:15s", "2m:7s", "1m:"), shift)
      .map(([of, grid, shifted]) => `(${of})[${grid}]${shifted}`),
  ),
  vector: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(selector, fc.constantFrom("", "", " smoothed"), shift).map((parts) => parts.join("")),
    tie("vector").map((of) => `-(${of})`),
    fc
      .tuple(tie("vector"), fc.constantFrom("+", "/", "^", "atan2", "==", "<", "> bool"), matching, fill, tie("vector"))
      .map(([left, operator, ...rest]) => `(${left} ${operator}${rest[0]}${rest[1]} ${rest[2]})`),
    fc.tuple(tie("vector"), fc.constantFrom("and", "unless on(x)"), tie("vector")).map((parts) => `(${parts.join(" ")})`),
    fc.tuple(tie("vector"), fc.constantFrom("*", "%", "<", "!= bool"), scalar).map((parts) => `(${parts.join(" ")})`),
    fc
      .tuple(fc.constantFrom("sum", "avg", "max by (x)", "count without (x)", "stddev"), tie("vector"))
      .map(([name, of]) => `${name}(${of})`),
    fc
      .tuple(fc.constantFrom("quantile", "limit_ratio"), scalar, tie("vector"))
      .map(([name, of, over]) => `${name}(${of}, ${over})`),
    fc
      .tuple(
        fc.constantFrom(
          "rate",
          "increase",
          "delta",
          "irate",
          "changes",
          "resets",
          "deriv",
          "avg_over_time",
          "max_over_time",
          "last_over_time",
          "count_over_time",
          "stddev_over_time",
          "absent_over_time",
          "ts_of_max_over_time",
        ),
        tie("range"),
      )
      .map(([name, of]) => `${name}(${of})`),
    fc
      .tuple(fc.constantFrom("abs", "timestamp", "absent", "hour", "info", "ln"), tie("vector"))
      .map(([name, of]) => `${name}(${of})`),
    // As in Prometheus, elements that lose their name and others that keep it share one series of a range until the end.
    fc.tuple(tie("vector"), tie("vector")).map(([left, right]) => `(sum by (x) (${left}) or sum by (x) (${right}))`),
    tie("vector").map((of) => `label_replace(${of}, "x", "$1-", "x", "(.*)")`),
  ),
}));

const [startMs, stepMs, steps] = [0, 45_000, 12];

/** `time labels → value`, or the refusal. A message names labels of one step or another. */
function answer(run: () => ReturnType<typeof service.instant>): ReadonlyMap<string, string> | string {
  try {
    const result = run();
    if (result.type === "vector")
      return new Map(
        result.samples.map(({ labels, timestampMs, value }) => [`${timestampMs} ${formatLabels(labels)}`, text(value)]),
      );
    const all = result.type === "matrix" ? result.series : [];
    return new Map(
      all.flatMap(({ labels, timestampsMs, values }) =>
        Array.from(timestampsMs, (timeMs, i) => [`${timeMs} ${formatLabels(labels)}`, text(values[i] ?? 0)] as const),
      ),
    );
  } catch (error) {
    if (error instanceof ChainPulseError) return error.code;
    throw error;
  }
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** Sliding sums may differ from new ones in the last digits. */
function text(value: number): string {
  return Math.abs(value) < 1e-9 ? "0" : value.toPrecision(9);
}

// When this fails, a chart shows another value at a time than the instant query of an alert does there.
test("a range query gives at each step what an instant query gives", () => {
  fc.assert(
    fc.property(vector, (query) => {
      const range = answer(() => service.range(query, startMs, startMs + (steps - 1) * stepMs, stepMs));
      const instants = Array.from({ length: steps }, (_, i) => answer(() => service.instant(query, startMs + i * stepMs)));
      const refusal = instants.find((instant) => typeof instant === "string");
      if (typeof range === "string" || refusal !== undefined) return assert.equal(refusal, range, query);
      const joined = new Map(instants.flatMap((instant) => (typeof instant === "string" ? [] : [...instant])));
      assert.deepEqual(new Map([...range].toSorted(byKey)), new Map([...joined].toSorted(byKey)), query);
    }),
    { numRuns: 200 },
  );
});
