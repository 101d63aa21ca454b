/** Samples that a store is fed with: by series, as they are read, and by tick, as they arrive. */
import type { Labels } from "../../src/core/labels.ts";

export interface SeriesColumns {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

export interface SampleSet {
  readonly series: readonly SeriesColumns[];
  /** Over all series. */
  readonly samples: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What arrives at one time: the first `count` of `rows` and `values`, a row being the place of a series in its list. */
export interface Tick {
  readonly timestampMs: number;
  readonly rows: Uint32Array;
  readonly values: Float64Array;
  readonly count: number;
}

export function sampleSet(series: readonly SeriesColumns[]): SampleSet {
  return {
    series,
    samples: series.reduce((sum, { values }) => sum + values.length, 0),
    firstMs: series.reduce((least, { timestampsMs }) => Math.min(least, timestampsMs[0] ?? Infinity), Infinity),
    lastMs: series.reduce((greatest, { timestampsMs }) => Math.max(greatest, timestampsMs.at(-1) ?? -Infinity), -Infinity),
  };
}

/** The set in time order. The arrays are the same for all ticks: what a tick holds is gone with the next one. */
export function* ticksOf({ series }: SampleSet): Generator<Tick> {
  const rows = new Uint32Array(series.length);
  const values = new Float64Array(series.length);
  // As words: a NaN's payload does not pass through a JavaScript number.
  const targetWords = wordsOf(values);
  const sourceWords = series.map((column) => wordsOf(column.values));
  const next = new Uint32Array(series.length);
  for (const timestampMs of distinctTimes(series)) {
    let count = 0;
    for (const [row, { timestampsMs }] of series.entries()) {
      const at = next[row] ?? 0;
      if (timestampsMs[at] !== timestampMs) continue;
      const source = sourceWords[row] ?? targetWords;
      targetWords[2 * count] = source[2 * at] ?? 0;
      targetWords[2 * count + 1] = source[2 * at + 1] ?? 0;
      rows[count] = row;
      next[row] = at + 1;
      count++;
    }
    yield { timestampMs, rows, values, count };
  }
}

/** The doubles' bits: two words for each. */
export function wordsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
}

function distinctTimes(series: readonly SeriesColumns[]): Float64Array {
  const times = new Set<number>();
  for (const { timestampsMs } of series) for (const timeMs of timestampsMs) times.add(timeMs);
  return Float64Array.from(times).sort();
}
