/**
 * What `bench/query` asks about: four hours at 30 seconds of a service in a thousand pods of three containers each. The same in every
 * run, but for the times, which end where the caller says.
 */
import type { Labels } from "../../src/core/labels.ts";
import { sampleSet, type SampleSet, type SeriesColumns } from "./store-samples.ts";

const pods = 1000;
const containers = ["app", "proxy", "sidecar"] as const;
export const intervalMs = 30_000;
export const samplesPerSeries = 480;

/** A counter; its histogram, of every tenth pod, so that it has as many series; and a gauge. */
export const counter = "http_requests_total";
export const histogram = "http_request_duration_seconds";
export const gauge = "memory_usage_bytes";

const bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"] as const;
const podsWithHistogram = pods / 10;
const pageBytes = 4096;
/** About one in each series. */
const resetChance = 1 / samplesPerSeries;

/** Times are multiples of the interval, the last one at most `endMs`. */
export function querySet(endMs: number): SampleSet {
  const lastMs = Math.floor(endMs / intervalMs) * intervalMs;
  const timestampsMs = Float64Array.from(
    { length: samplesPerSeries },
    (_, i) => lastMs - (samplesPerSeries - 1 - i) * intervalMs,
  );
  const random = randomNumbers(1);
  const counters = targets(pods).map((target) => ({
    labels: { __name__: counter, ...target },
    timestampsMs,
    values: counterValues(random, 1 + 10_000 * random()),
  }));
  const buckets = targets(podsWithHistogram).flatMap((target) => histogramSeries(target, timestampsMs, random));
  const gauges = targets(pods).map((target) => ({
    labels: { __name__: gauge, ...target },
    timestampsMs,
    values: gaugeValues(random),
  }));
  return sampleSet([...counters, ...buckets, ...gauges]);
}

function targets(count: number): readonly Labels[] {
  return Array.from({ length: count }, (_, pod) =>
    containers.map((container) => ({ container, instance: `10.0.${pod >> 8}.${pod & 255}:8080`, job: "api", pod: `p${pod}` })),
  ).flat();
}

function counterValues(random: () => number, perSample: number): Float64Array {
  const values = new Float64Array(samplesPerSeries);
  let value = Math.floor(1e6 * random());
  for (let i = 0; i < values.length; i++) {
    // Not 0, which divided by itself is a value in one engine and none in the other.
    value = random() < resetChance ? 1 + Math.floor(perSample * random()) : value + Math.floor(2 * perSample * random());
    values[i] = value;
  }
  return values;
}

/** Buckets are cumulative and start anew together. */
function histogramSeries(target: Labels, timestampsMs: Float64Array, random: () => number): readonly SeriesColumns[] {
  const columns = bounds.map((le) => ({
    labels: {
      __name__: `${histogram}_bucket`,
      container: target["container"] ?? "",
      instance: target["instance"] ?? "",
      job: "api",
      le,
      pod: target["pod"] ?? "",
    },
    timestampsMs,
    values: new Float64Array(samplesPerSeries),
  }));
  const counts = new Float64Array(bounds.length);
  for (let i = 0; i < samplesPerSeries; i++) {
    if (random() < resetChance) counts.fill(0);
    let observed = 0;
    for (const [index, { values }] of columns.entries()) {
      observed += Math.floor(20 * random());
      counts[index] = (counts[index] ?? 0) + observed;
      values[i] = counts[index] ?? 0;
    }
  }
  return columns;
}

function gaugeValues(random: () => number): Float64Array {
  const values = new Float64Array(samplesPerSeries);
  let pages = 10_000 + Math.floor(50_000 * random());
  for (let i = 0; i < values.length; i++) {
    pages = Math.max(1000, pages + Math.floor(200 * random()) - 100);
    values[i] = pages * pageBytes;
  }
  return values;
}

/** Xorshift, Marsaglia 2003, with his triple 13, 17, 5: numbers from 0 up to, not including, 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
