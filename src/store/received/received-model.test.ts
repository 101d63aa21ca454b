import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import {
  type ReceivedHistogram,
  type ReceivedSamples,
  type SampleReader,
  staleNaNBits,
  type SummaryColumns,
  tierStepsMs,
} from "../../core/storage.ts";
import { bitsOf, doublesOf, maintainAll, newestOf, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs } from "../ticks.test-support.ts";
import { mapColumns, summarise } from "../tier/summarise.ts";

/** Series 0 to 3 have small integers only, which summaries add up exactly; the others any bits, and native histograms. */
const plainSeries = 4;
/** Of two buckets. */
const seriesCount = 70;

interface Received {
  readonly series: number;
  readonly timeMs: number;
  readonly value: bigint | NativeHistogram;
}

/** The store as plain data: per series what counts at each time. */
type Model = Map<number, Map<number, bigint | NativeHistogram>>;

type Step =
  | { readonly do: "receive"; readonly samples: readonly Received[] }
  | { readonly do: "commit"; readonly count: number; readonly value: number }
  | { readonly do: "maintain"; readonly slices: number }
  | { readonly do: "wait"; readonly minutes: number }
  | { readonly do: "reopen writer" | "reopen reader" | "kill" | "refresh" }
  | { readonly do: "look"; readonly fromMs: number; readonly lengthMs: number };

const histogram: fc.Arbitrary<NativeHistogram> = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }))
  .map(([schema, buckets]) => ({
    counterReset: "unknown",
    schema,
    zeroThreshold: 0.001,
    zeroCount: schema,
    count: buckets.reduce((sum, one) => sum + one, schema),
    sum: schema / 3,
    positiveSpans: [{ offset: -1, length: buckets.length }],
    positiveBuckets: buckets,
    negativeSpans: [],
    negativeBuckets: [],
    customValues: [],
  }));

/** A minute's raster, so that samples meet; in the last two days, mostly in the last hours. */
const timeMs = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((minute) => noonMs + minute * 60_000),
  fc.integer({ min: -48, max: 2 }).map((hour) => noonMs + hour * hourMs),
  fc.integer({ min: -30 * 60, max: 120 }).map((minute) => noonMs + minute * 60_000 + 1),
);

const received: fc.Arbitrary<Received> = fc.oneof(
  fc.record({
    series: fc.integer({ min: 0, max: plainSeries - 1 }),
    timeMs,
    value: fc.integer({ min: 0, max: 50 }).map((value) => bitsOfNumber(value)),
  }),
  fc.record({
    series: fc.integer({ min: plainSeries, max: seriesCount - 1 }),
    timeMs,
    value: fc.oneof<fc.Arbitrary<bigint | NativeHistogram>[]>(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constant(staleNaNBits),
      histogram,
    ),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("receive" as const), samples: fc.array(received, { minLength: 1, maxLength: 30 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      count: fc.constantFrom(1, plainSeries),
      value: fc.integer({ min: 0, max: 50 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("maintain" as const), slices: fc.constantFrom(1, 3, 10, 1000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.constantFrom(1, 6, 60, 400) }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ do: "reopen writer" }, { do: "reopen reader" }, { do: "refresh" }, { do: "kill" }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("look" as const),
      fromMs: fc.integer({ min: -49, max: 2 }).map((hour) => hour * hourMs),
      lengthMs: fc.integer({ min: 0, max: 50 }).map((hour) => hour * hourMs),
    }),
  },
);

describe("received samples against a model", () => {
  it("answer as a plain map would, whatever comes in which order and whatever happens in between", () => {
    // A hub would lose, double or change what its agents and senders were told is stored.
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: "max" }), (steps) => run(steps)),
      { numRuns: Number(process.env["CHAINPULSE_MODEL_RUNS"] ?? 4), interruptAfterTimeLimit: 60_000 },
    );
  });
});

function run(steps: readonly Step[]): void {
  using store = temporaryStore();
  const options = { sealReceivedSamples: 60, sealTicks: 5 };
  let writer = store.writer(options);
  let reader = store.reader();
  const model: Model = new Map();
  let tickMs = noonMs - hourMs;
  const refOf = (series: number): number => writer.resolve({ __name__: `m${series}`, id: String(series) });
  for (const one of steps) {
    switch (one.do) {
      case "receive":
        writer.receive(samplesOf(one.samples, refOf));
        for (const { series, timeMs: atMs, value } of inOrderOfStore(one.samples)) put(model, series, atMs, value);
        break;
      case "commit": {
        // A tick is of the present: where none waits, upkeep takes what is ten minutes old for complete.
        tickMs = Math.max(tickMs + 60_000, store.clock.wallMs - 5 * 60_000);
        const refs = Uint32Array.from({ length: one.count }, (_, series) => refOf(series));
        writer.commit(tickMs, refs, new Float64Array(one.count).fill(one.value), one.count);
        for (let series = 0; series < one.count; series++)
          if (model.get(series)?.has(tickMs) !== true) put(model, series, tickMs, bitsOfNumber(one.value));
        break;
      }
      case "maintain":
        for (let i = 0; i < one.slices; i++) if (!writer.maintain(store.clock.wallMs, 0)) break;
        break;
      case "wait":
        store.clock.wallMs += one.minutes * 60_000;
        store.clock.steadyMs += one.minutes * 60_000;
        break;
      case "reopen writer":
        writer.close();
        writer = store.writer(options);
        break;
      case "kill":
        store.copyTo((copy) => check(copy.reader(), model, -Infinity, Infinity));
        break;
      case "reopen reader":
        reader.close();
        reader = store.reader();
        break;
      case "refresh":
        reader.refresh();
        break;
      case "look":
        reader.refresh();
        check(reader, model, noonMs + one.fromMs, noonMs + one.fromMs + one.lengthMs);
    }
  }
  store.clock.wallMs += 7 * hourMs;
  store.clock.steadyMs += 7 * hourMs;
  for (let turn = 0; turn < 4; turn++) maintainAll(writer, store.clock.wallMs);
  reader.refresh();
  check(reader, model, noonMs - 60 * hourMs, noonMs + 60 * hourMs);
  assert.deepEqual(
    store.lines.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
}

/** Of what one call brings, a histogram counts more than a number. */
function inOrderOfStore(samples: readonly Received[]): readonly Received[] {
  return [
    ...samples.filter(({ value }) => typeof value === "bigint"),
    ...samples.filter(({ value }) => typeof value !== "bigint"),
  ];
}

function samplesOf(samples: readonly Received[], refOf: (series: number) => number): ReceivedSamples {
  const numbers = samples.flatMap(({ series, timeMs: atMs, value }) =>
    typeof value === "bigint" ? { series, atMs, value } : [],
  );
  const histograms = samples.flatMap(({ series, timeMs: atMs, value }): ReceivedHistogram[] =>
    typeof value === "bigint" ? [] : [{ ref: refOf(series), timeMs: atMs, histogram: value }],
  );
  return {
    count: numbers.length,
    refs: Uint32Array.from(numbers, ({ series }) => refOf(series)),
    timesMs: Float64Array.from(numbers, ({ atMs }) => atMs),
    values: doublesOf(numbers.map(({ value }) => value)),
    histograms,
  };
}

function put(model: Model, series: number, atMs: number, value: bigint | NativeHistogram): void {
  const samples = model.get(series) ?? new Map<number, bigint | NativeHistogram>();
  samples.set(atMs, value);
  model.set(series, samples);
}

function check(reader: SampleReader, model: Model, startMs: number, endMs: number): void {
  const expected = Array.from(model, ([series, samples]) => ({
    series,
    samples: [...samples].filter(([atMs]) => atMs > startMs && atMs <= endMs).sort(([a], [b]) => a - b),
  }))
    .filter(({ samples }) => samples.length > 0)
    .sort((a, b) => a.series - b.series);
  const found = reader
    .select([], startMs, endMs)
    .map(({ labels, timestampsMs, values, histograms }) => {
      const bits = bitsOf(values);
      return {
        series: Number(labels["id"]),
        samples: Array.from(timestampsMs, (atMs, i) => [atMs, histograms?.[i] ?? bits[i]]),
      };
    })
    .sort((a, b) => a.series - b.series);
  const asText = (value: bigint | NativeHistogram): string | NativeHistogram =>
    typeof value === "bigint" ? value.toString(16) : value;
  assert.deepEqual(
    found,
    expected.map(({ series, samples }) => ({ series, samples: samples.map(([atMs, value]) => [atMs, asText(value)]) })),
  );
  assert.deepEqual(newestOf(reader, [], startMs, endMs, true), newestOf(reader, [], startMs, endMs, false));
  const ids = reader.labelValues("id", [], startMs, endMs).toSorted((a, b) => Number(a) - Number(b));
  assert.deepEqual(
    ids,
    expected.map(({ series }) => String(series)),
  );
  if (Number.isFinite(startMs)) checkSummaries(reader, model, startMs, endMs);
}

function checkSummaries(reader: SampleReader, model: Model, startMs: number, endMs: number): void {
  for (const stepMs of tierStepsMs) {
    const found = new Map(
      Array.from(reader.summaries([], startMs, endMs, stepMs), ({ labels, ref: _, ...columns }) => [
        Number(labels["id"]),
        columns,
      ]),
    );
    for (let series = 0; series < plainSeries; series++) {
      const samples = [...(model.get(series) ?? [])].sort(([a], [b]) => a - b);
      const bits = samples.map(([, value]) => (typeof value === "bigint" ? value : 0n));
      const columns = summarise(
        { timestampsMs: Float64Array.from(samples, ([atMs]) => atMs), values: doublesOf(bits) },
        stepMs,
        startMs,
        endMs,
      );
      assert.deepEqual(
        asLists(found.get(series)),
        columns.endsMs.length === 0 ? null : asLists(columns),
        `${stepMs} m${series}`,
      );
    }
  }
}

function asLists(columns: SummaryColumns | undefined): object | null {
  if (columns === undefined) return null;
  return mapColumns((name) => columns[name]);
}

function bitsOfNumber(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}
