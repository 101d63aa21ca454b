/**
 * A store in memory: for unit tests of rules, for Prometheus's test scripts and for tests of the evaluator. It keeps the contract of
 * `SampleReader` and nothing else of a store: no limits, no durability.
 */
import { type LabelMatcher, type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import {
  type Cardinality,
  type CountOf,
  type ReadObserver,
  type SampleReader,
  type SeriesSamples,
  type SeriesSummaries,
  staleNaNBits,
  summaryFlags,
  type TierStepMs,
} from "../../core/storage.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import { summarise } from "../../store/tier/summarise.ts";
import { withStoredHints } from "./stored-hints.ts";

/** What one series has at one time; `stale` is the marker. */
export type MemoryValue = number | "stale" | NativeHistogram;

interface MemorySample {
  readonly timeMs: number;
  readonly value: MemoryValue;
  /** As in `SeriesSamples`. */
  readonly startMs: number;
}

interface MemorySeries {
  readonly ref: number;
  readonly labels: Labels;
  /** In time order. */
  readonly samples: MemorySample[];
}

export interface MemoryReader extends SampleReader {
  /** A second value at the same time replaces the first. */
  add(labels: Labels, timestampMs: number, value: MemoryValue, startMs?: number): void;
}

/** How histograms come back: as they were added, or with the hints that Prometheus's storage would have for them. */
export interface MemoryReaderOptions {
  readonly hints: "as added" | "as stored";
}

export function createMemoryReader({ hints }: MemoryReaderOptions = { hints: "as added" }): MemoryReader {
  const all = new Map<string, MemorySeries>();

  function matching(matchers: readonly LabelMatcher[]): readonly MemorySeries[] {
    const compiled = matchers.map(compileMatcher);
    return [...all.values()].filter(({ labels }) =>
      compiled.every((matcher) => matcher.matches(labelValue(labels, matcher.name))),
    );
  }

  function select(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer?: ReadObserver,
  ): readonly SeriesSamples[] {
    return matching(matchers).flatMap(({ ref, labels, samples }) => {
      const [fromStart, end] = [firstAfter(samples, startMs), firstAfter(samples, endMs)];
      if (fromStart >= end) return [];
      const first = observer?.newestOnly === true ? end - 1 : fromStart;
      observer?.admit(end - first);
      const found = samples.slice(first, end);
      const timestampsMs = Float64Array.from(found, ({ timeMs }) => timeMs);
      const values = encode(found.map(({ value }) => value));
      const hasHistograms = found.some(({ value }) => typeof value === "object");
      const histograms = hasHistograms ? histogramsOf(samples, hints).slice(first, end) : [];
      const startsMs = Float64Array.from(found, (sample) => sample.startMs);
      const hasStarts = startsMs.some((startMs) => startMs !== 0);
      return [{ ref, labels, timestampsMs, values, ...(hasHistograms && { histograms }), ...(hasStarts && { startsMs }) }];
    });
  }

  function summaries(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    stepMs: TierStepMs,
    observer?: ReadObserver,
  ): readonly SeriesSummaries[] {
    return select(matchers, startMs, endMs).flatMap((samples): readonly SeriesSummaries[] => {
      const columns = summarise(samples, stepMs, startMs, endMs);
      if (samples.histograms !== undefined) columns.flags.fill(summaryFlags.histograms);
      else if (samples.startsMs !== undefined) columns.flags.fill(summaryFlags.starts);
      observer?.admit(columns.endsMs.length);
      return columns.endsMs.length === 0 ? [] : [{ ref: samples.ref, labels: samples.labels, ...columns }];
    });
  }

  const labelSets = (matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly Labels[] =>
    select(matchers, startMs, endMs).map(({ labels }) => labels);

  /** The time of each series' sample at this index, which `at` counts from the end where it is negative. */
  const timesAt = (index: 0 | -1): readonly number[] =>
    [...all.values()].flatMap(({ samples }) => samples.at(index)?.timeMs ?? []);

  return {
    add(labels, timestampMs, value, startMs = 0) {
      const key = labelsKey(labels);
      let series = all.get(key);
      if (series === undefined) all.set(key, (series = { ref: all.size, labels, samples: [] }));
      const { samples } = series;
      const at = firstAfter(samples, timestampMs - 1);
      samples.splice(at, samples[at]?.timeMs === timestampMs ? 1 : 0, { timeMs: timestampMs, value, startMs });
    },
    refresh() {
      // Everything added is visible at once.
    },
    latestMs: () => (all.size === 0 ? null : Math.max(...timesAt(-1))),
    oldestMs: () => (all.size === 0 ? null : Math.min(...timesAt(0))),
    stepAtMs: () => 0,
    select,
    summaries,
    series: labelSets,
    labelNames: (matchers, startMs, endMs) => sortedSet(labelSets(matchers, startMs, endMs).flatMap(Object.keys)),
    labelValues: (name, matchers, startMs, endMs) =>
      sortedSet(labelSets(matchers, startMs, endMs).flatMap((labels) => labelValue(labels, name) || [])),
    cardinality: (limit) =>
      cardinalityOf(
        [...all.values()].map(({ labels }) => labels),
        limit,
      ),
    annotations: () => [],
    close() {
      all.clear();
    },
  };
}

/** Index of the first sample after a time; times are whole. */
function firstAfter(samples: readonly MemorySample[], timeMs: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.timeMs ?? Infinity) > timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One for each sample: what is known of resets depends on the one before. */
function histogramsOf(
  samples: readonly MemorySample[],
  hints: MemoryReaderOptions["hints"],
): readonly (NativeHistogram | undefined)[] {
  const written = samples.map(({ value }) => (typeof value === "object" ? value : undefined));
  return hints === "as added" ? written : withStoredHints(written);
}

function cardinalityOf(labelSets: readonly Labels[], limit: number): Cardinality {
  const pairs = labelSets.flatMap((labels) => Object.entries(labels));
  const distinct = [...new Map(pairs.map((pair) => [pair.join("="), pair])).values()];
  const count = (names: readonly string[], weights?: readonly number[]): readonly CountOf[] => {
    const counts = new Map<string, number>();
    for (const [i, name] of names.entries()) counts.set(name, (counts.get(name) ?? 0) + (weights?.[i] ?? 1));
    const sorted = [...counts].map(([name, total]) => ({ name, count: total })).sort((a, b) => b.count - a.count);
    return sorted.slice(0, limit);
  };
  const labelNames = distinct.map(([name]) => name);
  return {
    series: labelSets.length,
    labelPairs: distinct.length,
    seriesByMetric: count(labelSets.map((labels) => labelValue(labels, metricNameLabel))),
    valuesByLabel: count(labelNames),
    bytesByLabel: count(
      labelNames,
      distinct.map(([, value]) => Buffer.byteLength(value)),
    ),
    seriesByPair: count(pairs.map((pair) => pair.join("="))),
    seriesByNode: count(labelSets.map((labels) => labelValue(labels, "node"))),
  };
}

function sortedSet(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** Stale markers are written as the two words of their bits: a JavaScript number may lose them. */
function encode(values: readonly MemoryValue[]): Float64Array {
  const encoded = new Float64Array(values.length);
  const bits = new BigUint64Array(encoded.buffer);
  for (const [index, value] of values.entries()) {
    if (value === "stale") bits[index] = staleNaNBits;
    else encoded[index] = typeof value === "number" ? value : Number.NaN;
  }
  return encoded;
}
