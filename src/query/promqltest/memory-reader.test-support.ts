/**
 * A store in memory for tests of the evaluator and for Prometheus's test scripts. It keeps the contract of `SampleReader` and
 * nothing else of a store: no limits, no durability.
 */
import { ChainPulseError } from "../../core/errors.ts";
import { type LabelMatcher, type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import {
  type Cardinality,
  type CountOf,
  type ReadObserver,
  type SampleReader,
  type SeriesSamples,
  type SeriesSummaries,
  staleNaNBits,
  type TierStepMs,
} from "../../core/storage.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import { summarise } from "../../store/tier/summarise.ts";

/** What one series has at one time. `stale` is the marker; `histogram` a native histogram, which the evaluator cannot read. */
export type MemoryValue = number | "stale" | "histogram";

interface MemorySeries {
  readonly ref: number;
  readonly labels: Labels;
  readonly samples: Map<number, MemoryValue>;
}

export interface MemoryReader extends SampleReader {
  /** A second value at the same time replaces the first. */
  add(labels: Labels, timestampMs: number, value: MemoryValue): void;
}

export function createMemoryReader(): MemoryReader {
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
    return matching(matchers).flatMap((series) => {
      const times = [...series.samples.keys()].filter((time) => time > startMs && time <= endMs).sort((a, b) => a - b);
      if (times.length === 0) return [];
      observer?.admit(times.length);
      const values = times.map((time) => series.samples.get(time) ?? "stale");
      return [{ ref: series.ref, labels: series.labels, timestampsMs: Float64Array.from(times), values: encode(values) }];
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
      observer?.admit(columns.endsMs.length);
      return columns.endsMs.length === 0 ? [] : [{ ref: samples.ref, labels: samples.labels, ...columns }];
    });
  }

  const labelSets = (matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly Labels[] =>
    select(matchers, startMs, endMs).map(({ labels }) => labels);

  const times = (): readonly number[] => [...all.values()].flatMap(({ samples }) => [...samples.keys()]).sort((a, b) => a - b);

  return {
    add(labels, timestampMs, value) {
      const key = labelsKey(labels);
      let series = all.get(key);
      if (series === undefined) all.set(key, (series = { ref: all.size, labels, samples: new Map() }));
      series.samples.set(timestampMs, value);
    },
    refresh() {
      // Everything added is visible at once.
    },
    latestMs: () => times().at(-1) ?? null,
    oldestMs: () => times()[0] ?? null,
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
    if (value === "histogram") throw new ChainPulseError("QUERY_UNSUPPORTED", "native histograms are not supported");
    if (value === "stale") bits[index] = staleNaNBits;
    else encoded[index] = value;
  }
  return encoded;
}
