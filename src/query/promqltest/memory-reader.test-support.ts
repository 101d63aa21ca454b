/**
 * A store in memory for tests of the evaluator and for Prometheus's test scripts. It keeps the contract of `SampleReader` and
 * nothing else of a store: no limits, no durability.
 */
import { ChainPulseError } from "../../core/errors.ts";
import { type LabelMatcher, type Labels, labelsKey, labelValue } from "../../core/labels.ts";
import { type SampleReader, type SeriesSamples, staleNaNBits } from "../../core/storage.ts";
import { compileMatcher } from "../../store/matcher.ts";

/** What one series has at one time. `stale` is the marker; `histogram` a native histogram, which the evaluator cannot read. */
export type MemoryValue = number | "stale" | "histogram";

interface MemorySeries {
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
    admit?: (samples: number) => void,
  ): readonly SeriesSamples[] {
    return matching(matchers).flatMap((series, ref) => {
      const times = [...series.samples.keys()].filter((time) => time > startMs && time <= endMs).sort((a, b) => a - b);
      if (times.length === 0) return [];
      admit?.(times.length);
      const values = times.map((time) => series.samples.get(time) ?? "stale");
      return [{ ref, labels: series.labels, timestampsMs: Float64Array.from(times), values: encode(values) }];
    });
  }

  const labelSets = (matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly Labels[] =>
    select(matchers, startMs, endMs).map(({ labels }) => labels);

  const times = (): readonly number[] => [...all.values()].flatMap(({ samples }) => [...samples.keys()]).sort((a, b) => a - b);

  return {
    add(labels, timestampMs, value) {
      const key = labelsKey(labels);
      let series = all.get(key);
      if (series === undefined) all.set(key, (series = { labels, samples: new Map() }));
      series.samples.set(timestampMs, value);
    },
    refresh() {
      // Everything added is visible at once.
    },
    latestMs: () => times().at(-1) ?? null,
    oldestMs: () => times()[0] ?? null,
    select,
    series: labelSets,
    labelNames: (matchers, startMs, endMs) => sortedSet(labelSets(matchers, startMs, endMs).flatMap(Object.keys)),
    labelValues: (name, matchers, startMs, endMs) =>
      sortedSet(labelSets(matchers, startMs, endMs).flatMap((labels) => labelValue(labels, name) || [])),
    annotations: () => [],
    close() {
      all.clear();
    },
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
