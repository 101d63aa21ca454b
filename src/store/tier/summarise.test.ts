import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { staleNaNBits, type SummaryColumns, summaryFlags } from "../../core/storage.ts";
import { coarsen, joinSummaries, mapColumns, summarise } from "./summarise.ts";

interface Samples {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

const values = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 1000 }) },
  { weight: 3, arbitrary: fc.integer({ min: -9999, max: 9999 }).map((n) => n / 100) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 2 ** 53, 2 ** 53 + 2) },
  { weight: 2, arbitrary: fc.constant("stale" as const) },
);

/** Dense stretches with gaps of up to some hours; some times lie on the edge of a window. */
const series = fc
  .array(fc.tuple(fc.constantFrom(1, 999, 1000, 5000, 30_000, minuteMs, hourMs, 3 * hourMs), values), { maxLength: 150 })
  .map((steps): Samples => {
    const timestampsMs = new Float64Array(steps.length);
    const out = new Float64Array(steps.length);
    const bits = new BigUint64Array(out.buffer);
    let timeMs = 30_000;
    for (const [i, [gapMs, value]] of steps.entries()) {
      timestampsMs[i] = timeMs += gapMs;
      if (value === "stale") bits[i] = staleNaNBits;
      else out[i] = value;
    }
    return { timestampsMs, values: out };
  });

/** The contract of `SummaryColumns`, read literally, window by window. */
function naive(
  { timestampsMs, values: all }: Samples,
  stepMs: number,
): readonly Readonly<Record<keyof SummaryColumns, number>>[] {
  const bits = new BigUint64Array(all.buffer, all.byteOffset, all.length);
  const indexes = [...timestampsMs.keys()];
  const windows = Map.groupBy(indexes, (i) => Math.ceil((timestampsMs[i] ?? 0) / stepMs) * stepMs);
  return [...windows].flatMap(([endsMs, inside]) => {
    const live = inside.filter((i) => bits[i] !== staleNaNBits);
    const [first, last] = [live[0], live.at(-1)];
    if (first === undefined || last === undefined) return [];
    const of = live.map((i) => all[i] ?? 0);
    const numbers = of.filter((value) => !Number.isNaN(value));
    const before = of.slice(0, -1).filter((value, i) => (of[i + 1] ?? 0) < value);
    const flags =
      (of.every((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 53) ? summaryFlags.integers : 0) +
      (numbers.length < of.length ? summaryFlags.nan : 0) +
      (inside.at(-1) === last ? 0 : summaryFlags.ended);
    return {
      endsMs,
      count: of.length,
      sum: neumaier(of),
      min: numbers.find((value) => value === Math.min(...numbers)) ?? NaN,
      max: numbers.find((value) => value === Math.max(...numbers)) ?? NaN,
      first: all[first] ?? 0,
      firstMs: timestampsMs[first] ?? 0,
      last: all[last] ?? 0,
      lastMs: timestampsMs[last] ?? 0,
      drops: before.length,
      dropped: before.slice(1).reduce((sum, value) => sum + value, before[0] ?? 0),
      flags,
    };
  });
}

/** Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974; infinities as in Prometheus. */
function neumaier(of: readonly number[]): number {
  let [sum, lost] = [0, 0];
  for (const value of of) {
    const total = sum + value;
    if (!Number.isFinite(total)) lost = 0;
    else lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

const names = Object.keys(mapColumns(() => new Float64Array())) as readonly (keyof SummaryColumns)[]; // It has just these keys.

function rowsOf(columns: SummaryColumns): readonly Readonly<Record<string, number>>[] {
  return [...columns.endsMs.keys()].map((row) => Object.fromEntries(names.map((name) => [name, columns[name][row] ?? 0])));
}

/** As `deepEqual`, which tells −0 from 0; the named columns may differ by rounding. */
function assertRows(
  actual: SummaryColumns,
  expected: readonly Readonly<Record<string, number>>[],
  rounded: readonly string[] = [],
): void {
  const rows = rowsOf(actual);
  for (const [row, wanted] of expected.entries()) {
    const { min = 0, max = 0, count = 0, flags = 0 } = wanted;
    const bound = (Math.abs(min) + Math.abs(max)) * count;
    const isExact = (flags & summaryFlags.integers) !== 0 && bound <= 2 ** 53;
    const taken = rounded.filter((name) => {
      const difference = Math.abs((rows[row]?.[name] ?? NaN) - (wanted[name] ?? NaN));
      return !isExact && (difference <= 1e-12 * bound || !Number.isFinite(bound));
    });
    assert.deepEqual(rows[row], { ...wanted, ...Object.fromEntries(taken.map((name) => [name, rows[row]?.[name]])) });
  }
  assert.equal(rows.length, expected.length);
}

// When this fails, charts over wide ranges and everything older than raw retention show other numbers than were measured.
test("a summary says of each window what its samples say", () => {
  fc.assert(
    fc.property(series, fc.constantFrom(minuteMs, hourMs), (samples, stepMs) => {
      assertRows(summarise(samples, stepMs, 0, Infinity), naive(samples, stepMs));
    }),
    { numRuns: 300 },
  );
});

// When this fails, a tier has a window twice, or lacks one, where two reads of the store meet.
test("only windows that end in the range are summarised", () => {
  fc.assert(
    fc.property(series, fc.nat(30), fc.nat(30), (samples, from, windows) => {
      const [startMs, endMs] = [from * minuteMs, (from + windows) * minuteMs];
      const wanted = naive(samples, minuteMs).filter((row) => row.endsMs > startMs && row.endsMs <= endMs);
      assertRows(summarise(samples, minuteMs, startMs, endMs), wanted);
    }),
  );
});

// When this fails, the tier of hours contradicts the tier of minutes.
test("minutes made into hours are the hours of the samples", () => {
  fc.assert(
    fc.property(series, (samples) => {
      const minutes = summarise(samples, minuteMs, 0, Infinity);
      const ended = new Map(rowsOf(minutes).map((row) => [Math.ceil((row["endsMs"] ?? 0) / hourMs) * hourMs, row["flags"]]));
      const wanted = naive(samples, hourMs).map((row) => {
        // The one difference: a marker alone in its minute has left no row.
        const flags = (row.flags & ~summaryFlags.ended) | ((ended.get(row.endsMs) ?? 0) & summaryFlags.ended);
        return { ...row, flags };
      });
      assertRows(coarsen(minutes, hourMs), wanted, ["sum", "dropped"]);
    }),
    { numRuns: 300 },
  );
});

// When this fails, a minute that is spread over two blocks loses samples, a reset, or its end.
test("pieces joined are as if they had never been apart", () => {
  fc.assert(
    fc.property(series, fc.array(fc.nat(150), { maxLength: 4 }), (samples, cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), samples.values.length];
      const pieces = edges.slice(1).map((end, i) => {
        const cut = { timestampsMs: samples.timestampsMs.slice(edges[i], end), values: samples.values.slice(edges[i], end) };
        return summarise(cut, minuteMs, 0, Infinity);
      });
      const joined = joinSummaries(pieces);
      const lone = new Map(rowsOf(joined).map((row) => [row["endsMs"], row["flags"] ?? 0]));
      const wanted = naive(samples, minuteMs).map((row) => {
        // A piece that is nothing but a marker has left no row either.
        const flags = (row.flags & ~summaryFlags.ended) | ((lone.get(row.endsMs) ?? 0) & summaryFlags.ended);
        return { ...row, flags };
      });
      assertRows(joined, wanted, ["sum", "dropped"]);
    }),
    { numRuns: 300 },
  );
  assert.equal(joinSummaries([]).endsMs.length, 0);
});

// When this fails, a series that ended within a block's last seconds looks alive, or a living one ended.
test("a marker ends the window where nothing follows it", () => {
  const at = (...bits: readonly (number | "stale")[]): number => {
    const samples = { timestampsMs: Float64Array.from(bits, (_, i) => i + 1), values: new Float64Array(bits.length) };
    const words = new BigUint64Array(samples.values.buffer);
    for (const [i, value] of bits.entries()) if (value === "stale") words[i] = staleNaNBits;
    return (summarise(samples, minuteMs, 0, minuteMs).flags[0] ?? NaN) & summaryFlags.ended;
  };
  assert.deepEqual([at(1, "stale"), at(1, "stale", 1), at("stale", 1), at(1, "stale", "stale")], [4, 0, 0, 4]);
  assert.ok(Number.isNaN(summarise({ timestampsMs: new Float64Array(), values: new Float64Array() }, 1, 0, 1).flags[0] ?? NaN));
});
