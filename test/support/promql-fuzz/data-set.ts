/**
 * The samples that random queries are asked of: two hours of counters with resets, gauges, values that are none, gaps, series that
 * come and go, and classic histograms; the same in every run.
 *
 * Half open or closed windows: Prometheus 2 takes the sample at both edges of a window, Prometheus 3 leaves out the one at its
 * beginning. Here no sample lies at an edge, so that the answers are the same: samples are off the half seconds, and all times and
 * lengths in queries are multiples of them (see `queries.ts`).
 */
import type { SampleSet, SeriesColumns } from "../../../bench/support/store-samples.ts";
import { sampleSet } from "../../../bench/support/store-samples.ts";
import type { Labels } from "../../../src/core/labels.ts";
import { staleNaNBits } from "../../../src/core/storage.ts";

export const dataStartMs = Date.UTC(2026, 0, 10, 12);
export const dataEndMs = dataStartMs + 2 * 3_600_000;

/** Names and values that queries use; `code` and `le` are only on some. */
export const labelValues = {
  job: ["api", "web"],
  instance: ["a", "b", "c"],
  code: ["200", "500"],
  zone: ["eu", "us"],
} as const;

export const counters = ["requests_total", "bytes_total"] as const;
/** All their values are numbers. */
export const finiteGauges = ["temperature", "queue", "gappy", "brief", "slow", "lone"] as const;
/** NaN and infinities among its values. */
export const odd = "odd";
/** At no time do two of its series have the same value, or two values that add up to the same. */
export const distinct = "distinct";
export const buckets = "latency_seconds_bucket";
export const infos = "build_info";
/** Value of the label `note` of those. */
export const oddText = 'quoted "x" \\ µ';

type Value = number | "stale" | null;

/** Gives the value at the time of sample `index`; `random` is evenly from [0, 1). */
type Shape = (random: () => number) => (index: number) => Value;

/**
 * A counter that grows by 0 to `most`, and starts anew every so often. It begins far from 0: how `rate` goes on where a series
 * begins near 0 has changed (see `differences.ts`).
 */
const counter =
  (most: number): Shape =>
  (random) => {
    let total = 1000 * most;
    return () => {
      total = random() < 0.02 ? 0 : total + Math.floor(random() * most);
      return total;
    };
  };

/** Sums of quarters are exact: the order of adding cannot be seen in the answers. */
const quarters: Shape = (random) => () => Math.floor(random() * 400) / 4 - 20;

/** A walk in tenths, which are not exact. */
const walk: Shape = (random) => {
  let at = 50;
  return () => (at = Math.round(at * 10 + (random() - 0.5) * 20) / 10);
};

/** Sums of those that are numbers are exact. */
const oddValues = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5];
const oddShape: Shape = (random) => () => oddValues[Math.floor(random() * oddValues.length)] ?? 0;

/** Some minutes there, some minutes not; every second time with the marker that Prometheus sets when a target is gone. */
const gappy: Shape = (random) => {
  let left = 20;
  let there = true;
  return (index) => {
    if (--left <= 0) {
      left = 5 + Math.floor(random() * 60);
      there = !there;
      if (!there && left % 2 === 0) return "stale";
    }
    return there ? index % 7 : null;
  };
};

/** There only between two samples' numbers, with the marker behind the last one. */
const between =
  (first: number, last: number): Shape =>
  (random) =>
  (index) => {
    if (index === last) return "stale";
    return index < first || index > last ? null : Math.floor(random() * 10);
  };

interface Family {
  readonly name: string;
  readonly labels: readonly Labels[];
  readonly stepMs: number;
  readonly shape: (number: number) => Shape;
}

const { job, instance, code, zone } = labelValues;
const targets = job.flatMap((job) => instance.map((instance) => ({ job, instance })));
const stepMs = 15_000;

const families: readonly Family[] = [
  {
    name: counters[0],
    labels: targets.flatMap((target) => code.map((code) => ({ ...target, code }))),
    stepMs,
    shape: () => counter(20),
  },
  { name: counters[1], labels: targets, stepMs, shape: () => counter(1_000_000) },
  {
    name: "temperature",
    labels: targets.map((target, i) => ({ ...target, zone: zone[i % 2] ?? "" })),
    stepMs,
    shape: () => walk,
  },
  { name: "queue", labels: targets, stepMs, shape: () => quarters },
  { name: odd, labels: instance.map((instance) => ({ instance })), stepMs, shape: () => oddShape },
  {
    name: distinct,
    labels: targets.flatMap((target) => zone.map((zone) => ({ ...target, zone }))),
    stepMs,
    shape: (number) => (random) => () => Math.floor(random() * 100) + 2 ** -(number + 1),
  },
  { name: "gappy", labels: targets, stepMs, shape: () => gappy },
  {
    name: "brief",
    labels: targets,
    stepMs,
    shape: (number) => between(40 + 50 * number, 40 + 50 * number + [1, 3, 30, 90, 200, 240][number % 6]!),
  },
  { name: "slow", labels: instance.map((instance) => ({ instance, zone: "eu" })), stepMs: 140_000, shape: () => quarters },
  { name: "lone", labels: [{}], stepMs, shape: () => quarters },
  {
    name: infos,
    labels: targets.map((target, i) => ({ ...target, version: `1.${i % 3}`, note: oddText })),
    stepMs,
    shape: () => () => () => 1,
  },
];

const bounds = [0.1, 0.5, 1, 2.5];

/** The set, in the same order in every run. */
export function fuzzData(): SampleSet {
  const random = createRandom(20_260_110);
  const plain = families.flatMap(({ name, labels, stepMs, shape }) =>
    labels.map((labels, number) => {
      const valueAt = shape(number)(random);
      return columnsOf({ __name__: name, ...labels }, phaseMs(number), stepMs, valueAt);
    }),
  );
  return sampleSet([...plain, ...targets.flatMap((target, number) => histogramOf(target, number, random))]);
}

/** A classic histogram: a counter for each bound, for the count and for the sum. */
function histogramOf(target: Labels, number: number, random: () => number): readonly SeriesColumns[] {
  const observed = Array.from({ length: dataEndMs / stepMs - dataStartMs / stepMs }, () => {
    const count = Math.floor(random() * 12);
    return Array.from({ length: count }, () => Math.floor(random() ** 2 * 16) / 4);
  });
  const total = (of: (seconds: number) => number) => {
    let sum = 10_000;
    return (index: number): number => (sum += (observed[index] ?? []).reduce((all, seconds) => all + of(seconds), 0));
  };
  const column = (suffix: string, labels: Labels, of: (seconds: number) => number): SeriesColumns =>
    columnsOf({ __name__: `latency_seconds_${suffix}`, ...target, ...labels }, phaseMs(number), stepMs, total(of));
  return [
    ...[...bounds, Infinity].map((bound) =>
      column("bucket", { le: bound === Infinity ? "+Inf" : String(bound) }, (seconds) => (seconds <= bound ? 1 : 0)),
    ),
    column("count", {}, () => 1),
    column("sum", {}, (seconds) => seconds),
  ];
}

/** Some phases, all off the half seconds. */
function phaseMs(number: number): number {
  return 137 + 4111 * (number % 3);
}

function columnsOf(labels: Labels, phaseMs: number, stepMs: number, valueAt: (index: number) => Value): SeriesColumns {
  const times: number[] = [];
  const values: Exclude<Value, null>[] = [];
  for (let index = 0, timeMs = dataStartMs + phaseMs; timeMs < dataEndMs; index++, timeMs += stepMs) {
    const value = valueAt(index);
    if (value === null) continue;
    times.push(timeMs);
    values.push(value);
  }
  return { labels, timestampsMs: Float64Array.from(times), values: withMarkers(values) };
}

/** Stale markers are written as bits: a JavaScript number may lose a NaN's payload. */
function withMarkers(values: readonly (number | "stale")[]): Float64Array {
  const encoded = new Float64Array(values.length);
  const bits = new BigUint64Array(encoded.buffer);
  for (const [index, value] of values.entries()) {
    if (value === "stale") bits[index] = staleNaNBits;
    else encoded[index] = value;
  }
  return encoded;
}

/** Evenly from [0, 1). Xorshift, Marsaglia 2003, with his triple 13, 17, 5. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
