/**
 * The embedded engine's reader. Any thread may have one of its own: connections are read-only, take no lock that a writer waits for,
 * and see one consistent state of each file.
 *
 * What it serves is fixed by `refresh`: the ticks in the head cache, and before them sealed blocks. The boundary is
 * `coveredFromMs`: every tick up to it is in blocks, every later one in the cache, so that a sealing between two calls is not
 * seen twice and leaves no gap. When the reader has slept through a sealing, or the list of files has changed, the cache starts anew.
 */
import type { Annotation } from "../core/annotation.ts";
import { type LabelMatcher, type Labels, labelValue } from "../core/labels.ts";
import type { Logger } from "../core/logger.ts";
import type { SampleReader, SeriesRef, SeriesSamples } from "../core/storage.ts";
import { readAnnotations } from "./annotations.ts";
import { storeError } from "./database.ts";
import { HeadCache, type Target } from "./head-cache.ts";
import { SealedSamples } from "./sealed-samples.ts";
import { SeriesIndex } from "./series-index.ts";

export interface ReaderOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Ticks kept in memory. Default: 600, ten minutes at 1 Hz: 7 MB for 1,500 series. */
  readonly cacheTicks?: number;
  /** Bound of the cache of decoded sealed samples. Default: 16 MiB. */
  readonly cacheBytes?: number;
}

/** Opens the data directory for reading; an empty or missing one is an empty store until `refresh` finds more. Throws `STORE_TOO_NEW`, `STORE_UNUSABLE`. */
export function openReader(options: ReaderOptions): SampleReader {
  const reader = new EmbeddedReader(options);
  reader.refresh();
  return reader;
}

class EmbeddedReader implements SampleReader {
  readonly #dataDir: string;
  readonly #index: SeriesIndex;
  readonly #head: HeadCache;
  readonly #sealed: SealedSamples;

  constructor(options: ReaderOptions) {
    this.#dataDir = options.dataDir;
    this.#index = new SeriesIndex(options.dataDir);
    this.#head = new HeadCache(options.cacheTicks ?? 600);
    this.#sealed = new SealedSamples({
      dataDir: options.dataDir,
      logger: options.logger,
      cacheBytes: options.cacheBytes ?? 16 * 1024 * 1024,
    });
  }

  refresh(): void {
    this.#guard(() => {
      const changed = this.#sealed.listFiles();
      const newestMs = changed ? -Infinity : (this.#head.newestMs ?? this.#head.coveredFromMs);
      const { sealedToMs, ticks } = this.#sealed.head(newestMs);
      if (changed || sealedToMs > newestMs) this.#head.reset(sealedToMs, ticks);
      else this.#head.append(ticks, sealedToMs);
      // The catalogue may have been replaced together with the files.
      if (changed) this.#index.close();
      // After the ticks: series are on the disk before the first tick that has them.
      this.#index.refresh();
    });
  }

  latestMs(): number | null {
    return this.#head.newestMs ?? finite(this.#head.coveredFromMs);
  }

  oldestMs(): number | null {
    return this.#guard(() => this.#sealed.oldestMs());
  }

  select(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    admit: (samples: number) => void = () => undefined,
  ): readonly SeriesSamples[] {
    return this.#guard(() => {
      const refs = this.#index.match(matchers);
      const range = this.#head.range(startMs, endMs);
      const counts = this.#head.counts(refs, range);
      admit(counts.reduce((sum, count) => sum + count, 0));
      const sealed = this.#sealed.select(refs, startMs, Math.min(endMs, this.#head.coveredFromMs), admit);
      const targets = refs.map((_, i) => targetOf(sealed[i] ?? [], counts[i] ?? 0));
      this.#head.fill(refs, range, targets);
      return refs.flatMap((ref, i) => this.#samplesOf(ref, targets[i]));
    });
  }

  series(matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly Labels[] {
    return this.#guard(() => {
      const refs = this.#index.match(matchers);
      const counts = this.#head.counts(refs, this.#head.range(startMs, endMs));
      const absent = refs.filter((_, i) => counts[i] === 0);
      const sealed = this.#sealed.present(absent, startMs, Math.min(endMs, this.#head.coveredFromMs));
      const found = refs.filter((ref, i) => counts[i] !== 0 || sealed.has(ref));
      return found.map((ref) => this.#index.labelsOf(ref)).filter((labels) => labels !== undefined);
    });
  }

  labelNames(matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly string[] {
    return sortedSet(this.series(matchers, startMs, endMs).flatMap((labels) => Object.keys(labels)));
  }

  labelValues(name: string, matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly string[] {
    return sortedSet(this.series(matchers, startMs, endMs).flatMap((labels) => labelValue(labels, name) || []));
  }

  annotations(startMs: number, endMs: number): readonly Annotation[] {
    return this.#guard(() => readAnnotations(this.#dataDir, startMs, endMs));
  }

  close(): void {
    this.#sealed.close();
    this.#index.close();
  }

  #samplesOf(ref: SeriesRef, target: Target | undefined): SeriesSamples[] {
    const labels = this.#index.labelsOf(ref);
    if (labels === undefined || target === undefined || target.at === 0) return [];
    return [{ ref, labels, timestampsMs: target.timestampsMs, values: new Float64Array(target.words.buffer) }];
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#dataDir, "read");
    }
  }
}

/** Fresh arrays, the sealed samples copied in, with room for `more`. */
function targetOf(
  sealed: readonly { readonly timestampsMs: Float64Array; readonly values: Float64Array }[],
  more: number,
): Target {
  const length = sealed.reduce((sum, piece) => sum + piece.values.length, more);
  const timestampsMs = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const piece of sealed) {
    timestampsMs.set(piece.timestampsMs, at);
    // Between arrays of one type `set` copies bytes (ECMAScript, SetTypedArrayFromTypedArray), so NaN payloads stay.
    values.set(piece.values, at);
    at += piece.values.length;
  }
  return { timestampsMs, words: new Uint32Array(values.buffer), at };
}

function sortedSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
