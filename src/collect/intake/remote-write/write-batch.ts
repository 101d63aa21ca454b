/** One request while it is read: its samples on their way to the store, what is new, what is refused. Both versions of the protocol fill it. */
import type { IngestConfig } from "../../../core/config-ingest.ts";
import type { Exemplar, SeriesExemplars } from "../../../core/exemplar.ts";
import { type Labels, labelsKey } from "../../../core/labels.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import { readLabels } from "./read-labels.ts";
import type { SeriesKey } from "./series-key.ts";
import { type Refusal, Refusals } from "./refusals.ts";
import { SampleColumns } from "./sample-columns.ts";
import type { SeriesCache } from "./series-cache.ts";

/** A series that has no number yet, and the bytes that name it. */
export interface NewSeries {
  readonly labels: Labels;
  readonly key: Uint8Array<ArrayBuffer>;
}

export interface WriteBatchOptions {
  readonly cache: SeriesCache;
  readonly limits: IngestConfig;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Samples that there may be. */
  readonly expectedSamples: number;
  /** Series that the store has refused, by `labelsKey`; `null` as long as it was not asked. */
  readonly refused: ReadonlyMap<string, Refusal> | null;
}

export class WriteBatch {
  readonly columns: SampleColumns;
  readonly exemplars: SeriesExemplars[] = [];
  readonly metadata: MetricMetadata[] = [];
  readonly missing: NewSeries[] = [];
  readonly refusals = new Refusals();
  samples = 0;
  histograms = 0;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly limits: IngestConfig;
  readonly cache: SeriesCache;
  readonly #refused: WriteBatchOptions["refused"];
  /** Why the series that was looked for last has no number. */
  #refusal: Refusal = pending;

  constructor(options: WriteBatchOptions) {
    this.columns = new SampleColumns(options.expectedSamples);
    this.oldestMs = options.oldestMs;
    this.newestMs = options.newestMs;
    this.limits = options.limits;
    this.cache = options.cache;
    this.#refused = options.refused;
  }

  /** The number of the series of this name; -1 where it has none (yet). */
  refOf({ bytes, view, from, to }: SeriesKey): SeriesRef {
    const ref = this.cache.find(view, from, to);
    if (ref >= 0) return ref;
    const read = readLabels(bytes, from, to, this.limits);
    if ("refusal" in read) this.#refusal = read.refusal;
    else if (this.#refused === null) this.missing.push({ labels: read.labels, key: Uint8Array.from(bytes.subarray(from, to)) });
    else this.#refusal = this.#refused.get(labelsKey(read.labels)) ?? forgotten;
    return -1;
  }

  /** So many samples of the series without a number are left out. */
  refuseSeries(samples: number): void {
    this.refusals.add(this.#refusal, samples);
  }

  /** A sample whose time has been found to be no good. */
  refuseTime(timeMs: number): void {
    this.refusals.add(this.#timeRefusal(timeMs), 1);
  }

  addHistogram(ref: SeriesRef, timeMs: number, histogram: NativeHistogram): void {
    if (timeMs < this.oldestMs || timeMs > this.newestMs) return this.refuseTime(timeMs);
    this.columns.histograms.push({ ref, timeMs, histogram });
    this.histograms++;
  }

  addExemplars({ bytes, from, to }: SeriesKey, exemplars: readonly Exemplar[]): void {
    const read = readLabels(bytes, from, to, this.limits);
    if ("labels" in read) this.exemplars.push({ series: read.labels, exemplars });
  }

  #timeRefusal(timeMs: number): Refusal {
    return timeMs < this.oldestMs
      ? {
          reason: "too_old",
          message: `${timeText(timeMs)} is older than what is kept (retention_period_days, storage.max_bytes)`,
        }
      : { reason: "too_new", message: `${timeText(timeMs)} lies too far in the future: look at the sender's clock` };
  }
}

/** Nobody reads it: where a series is new, everything is read again once it has its number. */
const pending: Refusal = { reason: "series_limit", message: "the series has no number yet" };
/** A cache that is too small for one request cannot be: its limits say so. */
const forgotten: Refusal = { reason: "series_limit", message: "the series was forgotten while the request was read" };

function timeText(timeMs: number): string {
  // Beyond this a Date has no text. Source: ECMA-262, "Time Values and Time Range".
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : `${timeMs} ms`;
}
