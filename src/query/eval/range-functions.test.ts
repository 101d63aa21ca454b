/** The sliding windows against a naive reading of the definitions: every window cut out and computed on its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";

interface Sample {
  readonly timeMs: number;
  readonly value: number | "stale";
}

const labels = { __name__: "m_total", job: "a" };

/** Irregular distances, resets, gaps and stale markers. */
const samples = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 1, max: 40_000 }),
      value: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: -50, max: 1000 }) },
        { weight: 1, arbitrary: fc.constant("stale" as const) },
      ),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((steps) => {
    let timeMs = 0;
    return steps.map(({ gapMs, value }): Sample => ({ timeMs: (timeMs += gapMs), value }));
  });

const query = fc.record({
  rangeMs: fc.integer({ min: 1, max: 200_000 }),
  offsetMs: fc.integer({ min: -30_000, max: 30_000 }),
  startMs: fc.integer({ min: 0, max: 100_000 }),
  stepMs: fc.integer({ min: 1, max: 60_000 }),
});

type Naive = (
  window: readonly { readonly timeMs: number; readonly value: number }[],
  startMs: number,
  endMs: number,
) => number | null;

const naive: Readonly<Record<string, Naive>> = {
  rate: (window, startMs, endMs) => {
    const increase = naiveIncrease(window, startMs, endMs);
    return increase === null ? null : increase / ((endMs - startMs) / 1000);
  },
  increase: naiveIncrease,
  irate(window) {
    const [before, last] = window.slice(-2);
    if (before === undefined || last === undefined) return null;
    const increase = last.value < before.value ? last.value : last.value - before.value;
    return increase / ((last.timeMs - before.timeMs) / 1000);
  },
  sum_over_time: (window) => (window.length === 0 ? null : window.reduce((sum, { value }) => sum + value, 0)),
  avg_over_time: (window) => (window.length === 0 ? null : window.reduce((sum, { value }) => sum + value, 0) / window.length),
  max_over_time: (window) => (window.length === 0 ? null : Math.max(...window.map(({ value }) => value))),
  count_over_time: (window) => (window.length === 0 ? null : window.length),
  last_over_time: (window) => window.at(-1)?.value ?? null,
  changes: (window) =>
    window.length === 0 ? null : window.filter(({ value }, i) => i > 0 && value !== window[i - 1]?.value).length,
  resets: (window) =>
    window.length === 0 ? null : window.filter(({ value }, i) => i > 0 && value < (window[i - 1]?.value ?? value)).length,
};

/** The definition in Prometheus's documentation, step by step. */
function naiveIncrease(...[window, startMs, endMs]: Parameters<Naive>): number | null {
  const first = window[0];
  const last = window.at(-1);
  if (first === undefined || last === undefined || window.length < 2) return null;
  let increase = last.value - first.value;
  for (const [i, { value }] of window.entries()) {
    const before = window[i - 1]?.value ?? value;
    if (value < before) increase += before;
  }
  const sampled = (last.timeMs - first.timeMs) / 1000;
  const interval = sampled / (window.length - 1);
  let toStart = (first.timeMs - startMs) / 1000;
  let toEnd = (endMs - last.timeMs) / 1000;
  if (toStart >= interval * 1.1) toStart = interval / 2;
  if (toEnd >= interval * 1.1) toEnd = interval / 2;
  if (increase > 0 && first.value >= 0) toStart = Math.min(toStart, (sampled * first.value) / increase);
  return (increase * (sampled + toStart + toEnd)) / sampled;
}

// When this fails, charts over a range show other numbers than the same expression asked for one instant.
for (const [name, compute] of Object.entries(naive)) {
  test(`${name} over sliding windows equals ${name} of each window`, () => {
    fc.assert(
      fc.property(samples, query, (series, { rangeMs, offsetMs, startMs, stepMs }) => {
        const reader = createMemoryReader();
        for (const { timeMs, value } of series) reader.add(labels, timeMs, value);
        const steps = Array.from({ length: 20 }, (_, i) => startMs + i * stepMs);
        const expr = `${name}(m_total[${rangeMs}ms] offset ${offsetMs < 0 ? "-" : ""}${Math.abs(offsetMs)}ms)`;
        const result = createQueryService(reader).range(expr, startMs, startMs + 19 * stepMs, stepMs);
        const expected = steps.flatMap((timeMs) => {
          const endMs = timeMs - offsetMs;
          const window = series.flatMap((sample) =>
            sample.value !== "stale" && sample.timeMs > endMs - rangeMs && sample.timeMs <= endMs
              ? [{ timeMs: sample.timeMs, value: sample.value }]
              : [],
          );
          const value = compute(window, endMs - rangeMs, endMs);
          return value === null ? [] : [[timeMs, value] as const];
        });
        const points =
          result.type === "matrix"
            ? result.series.flatMap(({ timestampsMs, values }) =>
                [...timestampsMs].map((time, i) => [time, values[i] ?? NaN] as const),
              )
            : [];
        assert.deepEqual(
          points.map(([timeMs]) => timeMs),
          expected.map(([timeMs]) => timeMs),
        );
        for (const [i, [, value]] of points.entries()) {
          const wanted = expected[i]?.[1] ?? Number.NaN;
          assert.ok(Math.abs(value - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)), `${value} instead of ${wanted}`);
        }
      }),
      { numRuns: 60 },
    );
  });
}
