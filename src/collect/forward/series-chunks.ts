/**
 * Records in portions that one request carries, ordered as requests are: by series, and by time within one. A series that comes several
 * times in a portion has its labels written once.
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { SeriesRef } from "../../core/storage.ts";
import type { OutboxRecord } from "../../store/outbox/outbox-record.ts";

/** Samples of one series, in the order of their times; of several at one time the one that came last. */
export interface ChunkSeries {
  readonly ref: SeriesRef;
  /** Places in the columns of the chunk. */
  readonly places: readonly number[];
  readonly histograms: readonly { readonly timeMs: number; readonly histogram: NativeHistogram }[];
}

export interface SampleChunk {
  /** Numbers and histograms. */
  readonly samples: number;
  readonly timesMs: Float64Array;
  /** The values' bits: low and high u32 by turns. */
  readonly words: Uint32Array;
  readonly series: readonly ChunkSeries[];
}

interface GrowingSeries extends ChunkSeries {
  readonly places: number[];
  readonly histograms: { readonly timeMs: number; readonly histogram: NativeHistogram }[];
}

/** Portions of at most `maxSamples` samples, in the order of the records. */
export function* chunksOf(records: readonly OutboxRecord[], maxSamples: number): Generator<SampleChunk> {
  let chunk = new Chunk(maxSamples);
  for (const { samples } of records) {
    const words = new Uint32Array(samples.values.buffer, samples.values.byteOffset, 2 * samples.count);
    for (let i = 0; i < samples.count; i++) {
      chunk.addNumber(samples.refs[i] ?? 0, samples.timesMs[i] ?? 0, words[2 * i] ?? 0, words[2 * i + 1] ?? 0);
      if (chunk.samples < maxSamples) continue;
      yield chunk.finish();
      chunk = new Chunk(maxSamples);
    }
    for (const { ref, timeMs, histogram } of samples.histograms ?? []) {
      chunk.addHistogram(ref, timeMs, histogram);
      if (chunk.samples < maxSamples) continue;
      yield chunk.finish();
      chunk = new Chunk(maxSamples);
    }
  }
  if (chunk.samples > 0) yield chunk.finish();
}

class Chunk {
  readonly #timesMs: Float64Array;
  readonly #words: Uint32Array;
  readonly #series = new Map<SeriesRef, GrowingSeries>();
  #numbers = 0;
  samples = 0;

  constructor(maxSamples: number) {
    this.#timesMs = new Float64Array(maxSamples);
    this.#words = new Uint32Array(2 * maxSamples);
  }

  addNumber(ref: SeriesRef, timeMs: number, low: number, high: number): void {
    const place = this.#numbers++;
    this.samples++;
    this.#timesMs[place] = timeMs;
    this.#words[2 * place] = low;
    this.#words[2 * place + 1] = high;
    this.#of(ref).places.push(place);
  }

  addHistogram(ref: SeriesRef, timeMs: number, histogram: NativeHistogram): void {
    this.samples++;
    this.#of(ref).histograms.push({ timeMs, histogram });
  }

  finish(): SampleChunk {
    const timeOf = (place: number): number => this.#timesMs[place] ?? 0;
    const series = Array.from(this.#series.values(), ({ ref, places, histograms }) => ({
      ref,
      places: inOrder(places, timeOf),
      histograms: inOrder(histograms, ({ timeMs }) => timeMs),
    }));
    return { samples: this.samples, timesMs: this.#timesMs, words: this.#words, series };
  }

  #of(ref: SeriesRef): GrowingSeries {
    let series = this.#series.get(ref);
    if (series === undefined) this.#series.set(ref, (series = { ref, places: [], histograms: [] }));
    return series;
  }
}

/** By time, of equal times the last one. Mostly there is nothing to do. */
function inOrder<T>(items: readonly T[], timeOf: (item: T) => number): readonly T[] {
  const isBehind = (item: T, i: number): boolean => {
    const before = items[i - 1];
    return before === undefined || timeOf(before) < timeOf(item);
  };
  if (items.every(isBehind)) return items;
  const sorted = items.toSorted((a, b) => timeOf(a) - timeOf(b));
  return sorted.filter((item, i) => {
    const next = sorted[i + 1];
    return next === undefined || timeOf(next) !== timeOf(item);
  });
}
