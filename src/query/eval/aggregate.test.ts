import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { KahanSum } from "../../core/kahan-sum.ts";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";
import { accumulators } from "./accumulators.ts";
import { KahanMean } from "./kahan-mean.ts";

/** One step's values, in the order of the series. */
const reduceAt: Readonly<Record<keyof typeof accumulators, (values: readonly number[]) => number>> = {
  sum(values) {
    const sum = new KahanSum();
    for (const value of values) sum.add(value);
    return sum.total;
  },
  avg(values) {
    const mean = new KahanMean();
    for (const value of values) mean.add(value);
    return mean.mean;
  },
  min: (values) => values.reduce((best, value) => (value < best || Number.isNaN(best) ? value : best)),
  max: (values) => values.reduce((best, value) => (value > best || Number.isNaN(best) ? value : best)),
  count: (values) => values.length,
  group: () => 1,
  stdvar: variance,
  stddev: (values) => Math.sqrt(variance(values)),
};

function variance(values: readonly number[]): number {
  let [mean, squares] = [0, 0];
  for (const [index, value] of values.entries()) {
    const difference = value - mean;
    mean += difference / (index + 1);
    squares += difference * (value - mean);
  }
  return squares / values.length;
}

const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1e308, -1e308, Infinity, -Infinity, Number.NaN, 1e-300, 1e16, 1),
);

describe("aggregations", () => {
  it("give at every step the bits of adding that step's values alone", () => {
    // Wrong: sums differ from Prometheus's in their last digits, or lose small addends beside large ones.
    const series = fc.array(fc.array(fc.option(value), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(reduceAt)), series, (name, columns) => {
        // The names are those of the table.
        const operator = name as keyof typeof reduceAt;
        const accumulator = accumulators[operator](5);
        for (const column of columns) {
          const present = Uint8Array.from(column, (one) => (one === null ? 0 : 1));
          accumulator.add(
            Float64Array.from(column, (one) => one ?? 123),
            present,
          );
        }
        const result = accumulator.result();
        for (let step = 0; step < 5; step++) {
          const values = columns.flatMap((column) => column[step] ?? []);
          if (values.length > 0) assert.equal(result[step], reduceAt[operator](values), `${operator} at ${step}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("are the same straight over a selector and over what was computed before", () => {
    // Wrong: an aggregation takes the values of one series for those of the next.
    const reader = createMemoryReader();
    for (let tick = 0; tick < 40; tick++) {
      for (let index = 0; index < 9; index++) {
        const labels = { __name__: "a_total", group: String(index % 3), number: String(index) };
        if ((tick * 7 + index * 5) % 11 > 1)
          reader.add(labels, tick * 1000, tick % 13 === index ? "stale" : (tick * index) % 17);
      }
    }
    const service = createQueryService(reader);
    for (const inner of ["a_total", "rate(a_total[5s])", "max_over_time(a_total[3s])", "a_total offset 2s"]) {
      for (const operator of Object.keys(accumulators)) {
        for (const grouping of ["", "by (group)", "without (number)", "by (group, number)", "by (none)"]) {
          const [fused, apart] = [inner, `${inner} or none`].map((arg) =>
            service.range(`${operator} ${grouping} (${arg})`, 3000, 42_000, 1500),
          );
          assert.deepEqual(fused, apart, `${operator} ${grouping} (${inner})`);
          assert.ok(fused?.type === "matrix" && fused.series.length > 0);
        }
      }
    }
  });
});
