/** Every pair of function and summary against the same function of the samples: the bits must be the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../core/clock.ts";
import { type SampleReader, tierStepsMs } from "../../core/storage.ts";
import { CallBudget, defaultLimits, QueryBudget } from "../limits.ts";
import { createMemoryReader, type MemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";
import { overTimeFunctions } from "./over-time.ts";
import { type RangeFunction, slide } from "./range-window.ts";
import { rateFunctions } from "./rate.ts";
import { withoutStale } from "./read-samples.ts";
import { summaryFunctions } from "./summary-functions.ts";

interface Sample {
  readonly timeMs: number;
  readonly value: number | "stale";
}

const labels = { __name__: "m_total", job: "a" };
const functions = new Map<string, RangeFunction>(Object.entries({ ...rateFunctions, ...overTimeFunctions }));

const marker = fc.constant("stale" as const);
/** Values of one kind, as series have them. Counters that reset many times a minute are among them. */
const kinds: Readonly<Record<string, fc.Arbitrary<number | "stale">>> = {
  integers: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: -100, max: 1000 }) }, { weight: 1, arbitrary: marker }),
  counter: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 0, max: 2 ** 40 }) }, { weight: 1, arbitrary: marker }),
  decimals: fc.integer({ min: -1000, max: 100_000 }).map((n) => n / 1000),
  large: fc.maxSafeInteger(),
  special: fc.oneof(fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 0.1, 1e308, -1e308, 2 ** 53), fc.double(), marker),
};

/** Of one kind, with gaps; `scale` stretches the times, so that windows of each step hold some samples. */
function seriesOf(scale: number): fc.Arbitrary<readonly Sample[]> {
  const gap = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
    { weight: 2, arbitrary: fc.constantFrom(1000, 60_000, 400_000) },
  );
  return fc
    .constantFrom(...Object.values(kinds))
    .chain((value) => fc.array(fc.tuple(gap, value), { minLength: 1, maxLength: 120 }))
    .map((steps) => {
      let timeMs = 0;
      return steps.map(([gapMs, value]) => ({ timeMs: (timeMs += Math.ceil(gapMs * scale)), value }));
    });
}

function readerOf(...all: readonly (readonly Sample[])[]): MemoryReader {
  const reader = createMemoryReader();
  for (const [i, series] of all.entries())
    for (const { timeMs, value } of series) reader.add(i === 0 ? labels : { ...labels, pod: `${i}` }, timeMs, value);
  return reader;
}

/** How often samples and summaries were asked for. */
function counting(reader: SampleReader): {
  readonly reader: SampleReader;
  readonly asked: { samples: number; summaries: number };
} {
  const asked = { samples: 0, summaries: 0 };
  const counted: SampleReader = {
    ...reader,
    select(...range) {
      asked.samples += 1;
      return reader.select(...range);
    },
    summaries(...range) {
      asked.summaries += 1;
      return reader.summaries(...range);
    },
  };
  return { reader: counted, asked };
}

type Points = readonly (readonly [timeMs: number, bits: bigint])[];

/** NaN is one value here: results do not carry its payload. */
function pointsOf(timesMs: Iterable<number>, values: Float64Array): Points {
  const bits = new BigUint64Array(values.map((value) => (Number.isNaN(value) ? Number.NaN : value)).buffer);
  return [...timesMs].map((timeMs, i) => [timeMs, bits[i] ?? 0n]);
}

interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

function answer(reader: SampleReader, expr: string, { startMs, stepMs, count }: Grid): readonly Points[] {
  const service = createQueryService(reader, { experimentalFunctions: true });
  const result = service.range(expr, startMs, startMs + (count - 1) * stepMs, stepMs);
  assert.ok(result.type === "matrix");
  assert.deepEqual(result.warnings, []);
  return result.series.map(({ timestampsMs, values }) => pointsOf(timestampsMs, values));
}

/** The function slid over the samples themselves. */
function expected(
  reader: SampleReader,
  compute: RangeFunction,
  rangeMs: number,
  offsetMs: number,
  grid: Grid,
): readonly Points[] {
  const evalTimesMs = Float64Array.from({ length: grid.count }, (_, i) => grid.startMs + i * grid.stepMs);
  const endsMs = evalTimesMs.map((timeMs) => timeMs - offsetMs);
  const budget = new QueryBudget(new CallBudget(defaultLimits, systemClock));
  const series = reader.select([], -Infinity, Infinity).map(withoutStale);
  return slide({ series, rangeMs, endsMs }, compute, { evalTimesMs, scalars: [], keepName: false, budget }).map(
    ({ values, present }) => {
      const shown = [...present.keys()].filter((i) => present[i] === 1);
      return pointsOf(
        shown.map((i) => evalTimesMs[i] ?? 0),
        Float64Array.from(shown, (i) => values[i] ?? 0),
      );
    },
  );
}

// When this fails, a chart over a month shows other numbers than the samples that were stored.
for (const stepMs of tierStepsMs) {
  for (const name of summaryFunctions.keys()) {
    test(`${name} of summaries of ${stepMs / 60_000} min is ${name} of the samples`, () => {
      const compute = functions.get(name);
      assert.ok(compute);
      let fromSummariesAlone = 0;
      const grids = fc.record({ startMs: fc.integer({ min: 0, max: 30 }), stepMs: fc.integer({ min: 1, max: 9 }) });
      const windows = fc.record({ range: fc.integer({ min: 5, max: 20 }), offset: fc.integer({ min: -3, max: 3 }) });
      fc.assert(
        fc.property(seriesOf(stepMs / 60_000), grids, windows, (series, steps, { range, offset }) => {
          const grid = { startMs: steps.startMs * stepMs, stepMs: steps.stepMs * stepMs, count: 12 };
          const [rangeMs, offsetMs] = [range * stepMs, offset * stepMs];
          const { reader, asked } = counting(readerOf(series));
          const expr = `${name}(m_total[${rangeMs}ms] offset ${offset < 0 ? "-" : ""}${Math.abs(offsetMs)}ms)`;
          assert.deepEqual(answer(reader, expr, grid), expected(readerOf(series), compute, rangeMs, offsetMs, grid));
          assert.equal(asked.summaries, 1);
          if (asked.samples === 0) fromSummariesAlone += 1;
        }),
        { numRuns: 150 },
      );
      // Otherwise all answers came from the samples, and nothing was proved.
      assert.ok(fromSummariesAlone >= 15, `only ${fromSummariesAlone} of 150 from summaries alone`);
    });
  }
}

// When this fails, a chart of a gauge over a month shows values at which the gauge never was, or an ended series as alive.
test("the newest sample from summaries is the newest sample", () => {
  const grids = fc.record({ startMs: fc.integer({ min: 0, max: 30 }), stepMs: fc.integer({ min: 5, max: 90 }) });
  let fromSummariesAlone = 0;
  fc.assert(
    fc.property(seriesOf(1), grids, fc.constantFrom("m_total", "timestamp(m_total)"), (series, steps, expr) => {
      const grid = { startMs: steps.startMs * 60_000, stepMs: steps.stepMs * 60_000, count: 12 };
      const { reader, asked } = counting(readerOf(series));
      const wanted = Array.from({ length: grid.count }, (_, i) => grid.startMs + i * grid.stepMs).flatMap((timeMs) => {
        const newest = series.findLast((sample) => sample.timeMs <= timeMs);
        if (newest === undefined || newest.timeMs <= timeMs - 300_000 || newest.value === "stale") return [];
        return [{ timeMs, value: expr === "m_total" ? newest.value : newest.timeMs / 1000 }];
      });
      const points = pointsOf(
        wanted.map(({ timeMs }) => timeMs),
        Float64Array.from(wanted, ({ value }) => value),
      );
      assert.deepEqual(answer(reader, expr, grid), points.length === 0 ? [] : [points]);
      assert.equal(asked.summaries, 1);
      if (asked.samples === 0) fromSummariesAlone += 1;
    }),
    { numRuns: 300 },
  );
  assert.ok(fromSummariesAlone >= 30, `only ${fromSummariesAlone} of 300 from summaries alone`);
});

// When this fails, one noisy series makes a month of all others be read sample by sample, or sums come out in another order.
test("only the series that summaries do not say are read sample by sample", () => {
  const line = (value: (i: number) => number): readonly Sample[] =>
    Array.from({ length: 200 }, (_, i) => ({ timeMs: 10_000 * (i + 1), value: value(i) }));
  const reader = readerOf(
    line((i) => i),
    line((i) => i / 10),
    line((i) => i * 2),
    line((i) => i * 3),
  );
  const read: string[] = [];
  const watched: SampleReader = {
    ...reader,
    select(matchers, ...range) {
      read.push(matchers.map(({ name, operator, value }) => `${name}${operator}${value}`).join(","));
      return reader.select(matchers, ...range);
    },
  };
  const grid = { startMs: 600_000, stepMs: 60_000, count: 5 };
  const order = createQueryService(watched).instant("sum_over_time(m_total[10m])", 1_200_000);
  assert.deepEqual(read, ["__name__=m_total,job=a,pod=1"]);
  assert.ok(order.type === "vector");
  assert.deepEqual(
    order.samples.map((sample) => sample.labels["pod"]),
    [undefined, "1", "2", "3"],
  );
  const sum = overTimeFunctions.sum_over_time;
  assert.deepEqual(answer(watched, "sum_over_time(m_total[10m])", grid), expected(reader, sum, 600_000, 0, grid));
});

test("windows that are not those of a tier, and short ones, are read sample by sample", () => {
  // Wrong: an answer is computed from windows that are not the query's.
  const series = Array.from({ length: 100 }, (_, i) => ({ timeMs: 10_000 * (i + 1), value: i }));
  for (const expr of ["max_over_time(m_total[301s])", "max_over_time(m_total[4m])", "max_over_time(m_total[5m] offset 1s)"]) {
    const { reader, asked } = counting(readerOf(series));
    createQueryService(reader).instant(expr, 600_000);
    assert.deepEqual(asked, { samples: 1, summaries: 0 }, expr);
  }
  const { reader, asked } = counting(readerOf(series));
  createQueryService(reader).range("m_total + max_over_time(m_total[2m])", 0, 719 * 60_000, 60_000);
  assert.deepEqual(asked, { samples: 2, summaries: 0 });
  createQueryService(reader).range("m_total + max_over_time(m_total[2m])", 0, 720 * 60_000, 60_000);
  assert.equal(asked.summaries, 2);
});
