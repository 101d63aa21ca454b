/**
 * What one scrape says, while it is read: its samples as columns of entries (`known-series.ts`), and what is new in it. Both readers,
 * of texts and of protobuf, write here.
 */
import { ChainPulseError } from "../../../core/errors.ts";
import type { Labels } from "../../../core/labels.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { type BoundedType, readSeriesKey, type SeriesKey } from "../../../io/openmetrics/series-key.ts";
import { entryState, type KnownSeries } from "./known-series.ts";

/** A series that this scrape has first. */
export interface FreshSeries {
  readonly entry: number;
  readonly labels: Labels;
}

export interface HistogramSample {
  readonly entry: number;
  /** NaN: the scrape's own time. */
  readonly timeMs: number;
  readonly histogram: NativeHistogram;
}

/** An exemplar as it stands in the body, which is read only where it is a new one. */
export interface RawExemplar {
  readonly entry: number;
  readonly from: number;
  readonly to: number;
  readonly type: BoundedType;
}

export interface ReadingOptions {
  readonly known: KnownSeries;
  /** The scrape's number, above 0 and rising. */
  readonly scrape: number;
  /** The whole labels of a series, `null` where a rule drops it. Throws `SCRAPE_FAILED` for what breaks a limit. */
  readonly labelsOf: (key: SeriesKey) => Labels | null;
  readonly samplesMax: number;
  /** Series and comments that may be new. Each is remembered, also what no rule lets in. */
  readonly newMax: number;
  readonly honorTimestamps: boolean;
  /** Series with times of their own end like others. */
  readonly trackTimes: boolean;
}

/** Exemplars of one scrape that are looked at. */
const exemplarsMax = 10_000;

export class ScrapeReading {
  readonly known: KnownSeries;
  readonly fresh: FreshSeries[] = [];
  readonly histograms: HistogramSample[] = [];
  readonly exemplars: RawExemplar[] = [];
  /** There are lines of metadata that were not there before. */
  metadataChanged = false;
  /** Samples in the body, and those that no rule has dropped. */
  scraped = 0;
  kept = 0;
  /** The entry before, -1 at the begin. */
  before = -1;
  /** Type of the family at hand. */
  type: BoundedType = null;
  count = 0;
  entries: Uint32Array;
  times: Float64Array;
  values: Float64Array;
  /** Series and comments that were not known before, those that a rule drops among them. */
  #new = 0;
  readonly #options: ReadingOptions;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.known = options.known;
    const expected = Math.max(64, options.known.count);
    this.entries = new Uint32Array(expected);
    this.times = new Float64Array(expected);
    this.values = new Float64Array(expected);
  }

  /** The entry whose key stands in the text from `from` to before `to`; a new one where it is not known. */
  entryOf(text: DataView, from: number, to: number): number {
    const found = this.known.find(text, from, to);
    if (found !== -1) return found;
    const { newMax } = this.#options;
    if (++this.#new > newMax) {
      throw new ChainPulseError("SCRAPE_FAILED", `the scrape has more than ${newMax} series and comments that are new`);
    }
    return this.known.add(text, from, to);
  }

  /** The same, where it is likely to be the one that came next the last time; goes on to it. */
  entryAt(text: DataView, from: number, to: number): number {
    const next = this.known.predict(this.before);
    const isNext = next !== -1 && this.known.isKey(next, text, from, to);
    const entry = isNext ? next : this.entryOf(text, from, to);
    this.step(entry);
    return entry;
  }

  /** Goes on to `entry`, which is what comes next in the body. */
  step(entry: number): void {
    this.known.follow(this.before, entry);
    this.before = entry;
  }

  /** Whether the series is wanted; decides it where that was not done yet. The key stands in the bytes. */
  admit(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const { known, scraped } = this;
    this.scraped = scraped + 1;
    let state = known.stateOf(entry);
    if (state === entryState.pending && known.seenIn(entry) !== this.#options.scrape) {
      const labels = this.#options.labelsOf(readSeriesKey(bytes, from, to, this.type));
      if (labels === null) known.decide(entry, (state = entryState.dropped));
      else this.fresh.push({ entry, labels });
    }
    if (state !== entryState.dropped && state !== entryState.refused) return true;
    known.see(entry, this.#options.scrape, false);
    return false;
  }

  /** A sample of an admitted series; `timeMs` NaN where the body gives no time. */
  take(entry: number, timeMs: number, value: number): void {
    const time = this.#admitTime(entry, timeMs);
    if (time === null) return;
    if (this.count === this.entries.length) this.#grow();
    this.entries[this.count] = entry;
    this.times[this.count] = time;
    this.values[this.count] = value;
    this.count++;
  }

  takeHistogram(entry: number, timeMs: number, histogram: NativeHistogram): void {
    const time = this.#admitTime(entry, timeMs);
    if (time !== null) this.histograms.push({ entry, timeMs: time, histogram });
  }

  seeComment(entry: number): void {
    this.known.see(entry, this.#options.scrape, false);
  }

  noteExemplar(entry: number, from: number, to: number): void {
    if (this.exemplars.length < exemplarsMax) this.exemplars.push({ entry, from, to, type: this.type });
  }

  /** The sample's time (NaN: the scrape's); `null` where this series was here already, at no time of its own: the first one counts. */
  #admitTime(entry: number, timeMs: number): number | null {
    const { scrape, honorTimestamps, trackTimes, samplesMax } = this.#options;
    const time = honorTimestamps ? timeMs : Number.NaN;
    const isTimed = !Number.isNaN(time);
    if (!isTimed && this.known.seenIn(entry) === scrape) return null;
    this.known.see(entry, scrape, !isTimed || trackTimes);
    this.kept++;
    if (this.kept > samplesMax) {
      throw new ChainPulseError("SCRAPE_FAILED", `the scrape has more than ${samplesMax} samples, the limit of samples`, {
        fix: "Raise sample_limit, or drop series with metric_relabel_configs.",
      });
    }
    return time;
  }

  #grow(): void {
    const length = this.entries.length * 2;
    const { entries, times, values } = this;
    this.entries = new Uint32Array(length);
    this.entries.set(entries);
    this.times = new Float64Array(length);
    this.times.set(times);
    this.values = new Float64Array(length);
    this.values.set(values);
  }
}
