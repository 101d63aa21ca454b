/**
 * Samples on their way from data points to the store: columns, which series they belong to, and what cannot be stored. Series whose
 * numbers are not known yet get them when the batch is handed on; their samples are remembered until then.
 */
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { RefusalReason } from "../../../core/intake.ts";
import type { Labels } from "../../../core/labels.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { type ReceivedHistogram, staleNaNBits } from "../../../core/storage.ts";
import type { IntakeSink } from "../sink.ts";
import { batchNewSeries, batchSamples } from "./otlp-limits.ts";

/** The series that the data points of one stream become: one, or a histogram's several. */
export interface SeriesSet {
  /** `null` until they are known. */
  refs: Uint32Array | null;
  readonly size: number;
  /** Of a histogram's buckets, or a summary's quantiles; empty for others. */
  readonly bounds: readonly number[];
  readonly hasSum: boolean;
}

/** How refused points are told of: by reason, with an example. */
export type Refuse = (reason: RefusalReason, message: string, points?: number) => void;

export interface StoredCounts {
  /** Native histograms among them. */
  readonly samples: number;
  readonly histograms: number;
}

interface NewSet {
  readonly set: SeriesSet;
  readonly labels: readonly Labels[];
  /** Data points of this batch that need it. */
  points: number;
}

interface PlacedHistogram {
  readonly set: SeriesSet;
  readonly timeMs: number;
  readonly histogram: NativeHistogram;
}

const noRef = 2 ** 32 - 1;
const firstCapacity = 1024;
const staleLow = Number(staleNaNBits & 0xffff_ffffn);
const staleHigh = Number(staleNaNBits >> 32n);

export class SampleBatch {
  readonly exemplars: SeriesExemplars[] = [];
  readonly metadata: MetricMetadata[] = [];
  /** Series of this batch alone: given up when it is done. */
  readonly passing: SeriesSet[] = [];
  /** What to do when the batch has not been stored, in reverse. */
  readonly undo: (() => void)[] = [];
  #count = 0;
  #refs = new Uint32Array(firstCapacity);
  #timesMs = new Float64Array(firstCapacity);
  #values = new Float64Array(firstCapacity);
  #words = new Uint32Array(this.#values.buffer);
  readonly #histograms: PlacedHistogram[] = [];
  readonly #newSets = new Map<SeriesSet, NewSet>();
  #newSeries = 0;
  /** Samples whose series have no number yet: which, whose, and the how manieth of it. */
  readonly #waitingAt: number[] = [];
  readonly #waitingFor: SeriesSet[] = [];
  readonly #waitingPlace: number[] = [];

  /** Time to hand it on: what is in there stays bounded. */
  get isFull(): boolean {
    return this.#count >= batchSamples || this.#newSeries >= batchNewSeries || this.#histograms.length >= batchNewSeries;
  }

  /** Whether the set's numbers are asked for already; a data point more needs them then. */
  alsoNeeds(set: SeriesSet): boolean {
    const known = this.#newSets.get(set);
    if (known !== undefined) known.points++;
    return known !== undefined;
  }

  /** Asks for the numbers of a set that has none: before its first sample. As many labels as the set has series. */
  need(set: SeriesSet, labels: readonly Labels[]): void {
    this.#newSets.set(set, { set, labels, points: 1 });
    this.#newSeries += set.size;
  }

  /** Appends a sample of the set's series at `place`. */
  add(set: SeriesSet, place: number, timeMs: number, value: number): void {
    const at = this.#append(set, place, timeMs);
    this.#values[at] = value;
  }

  /** The same, with the bits of the value. */
  addBits(set: SeriesSet, place: number, timeMs: number, low: number, high: number): void {
    const at = this.#append(set, place, timeMs);
    this.#words[2 * at] = low;
    this.#words[2 * at + 1] = high;
  }

  /** Ends all series of the set. */
  addStale(set: SeriesSet, timeMs: number): void {
    for (let place = 0; place < set.size; place++) this.addBits(set, place, timeMs, staleLow, staleHigh);
  }

  addHistogram(set: SeriesSet, timeMs: number, histogram: NativeHistogram): void {
    this.#histograms.push({ set, timeMs, histogram });
  }

  /** Numbers the new series, and stores the samples; returns how many those were. Rejects with the sink's errors. Once only. */
  async storeSamples(sink: IntakeSink, refuse: Refuse): Promise<StoredCounts> {
    try {
      return await this.#store(sink, refuse);
    } finally {
      sink.release(this.passing.flatMap(({ refs }) => [...(refs ?? [])]));
    }
  }

  async #store(sink: IntakeSink, refuse: Refuse): Promise<StoredCounts> {
    await this.#resolve(sink, refuse);
    if (!this.#fillIn()) this.#closeGaps();
    const histograms = this.#histograms.flatMap((placed) => received(placed));
    const counts = { samples: this.#count + histograms.length, histograms: histograms.length };
    if (counts.samples === 0) return counts;
    const samples = { count: this.#count, refs: this.#refs, timesMs: this.#timesMs, values: this.#values };
    await sink.store(histograms.length === 0 ? samples : { ...samples, histograms });
    return counts;
  }

  /** The batch has not been stored: everything is as if it had not been read. */
  rollBack(): void {
    for (const undo of this.undo.toReversed()) undo();
  }

  #append(set: SeriesSet, place: number, timeMs: number): number {
    const at = this.#count;
    if (at === this.#refs.length) this.#grow();
    if (set.refs === null) {
      this.#waitingAt.push(at);
      this.#waitingFor.push(set);
      this.#waitingPlace.push(place);
    } else {
      this.#refs[at] = set.refs[place] ?? noRef;
    }
    this.#timesMs[at] = timeMs;
    this.#count = at + 1;
    return at;
  }

  #grow(): void {
    const capacity = 2 * this.#refs.length;
    const refs = new Uint32Array(capacity);
    refs.set(this.#refs);
    this.#refs = refs;
    const timesMs = new Float64Array(capacity);
    timesMs.set(this.#timesMs);
    this.#timesMs = timesMs;
    const words = new Uint32Array(2 * capacity);
    words.set(this.#words);
    this.#words = words;
    this.#values = new Float64Array(words.buffer);
  }

  async #resolve(sink: IntakeSink, refuse: Refuse): Promise<void> {
    const sets = [...this.#newSets.values()];
    if (sets.length === 0) return;
    const answers = await sink.resolve(sets.flatMap(({ labels }) => labels));
    let from = 0;
    for (const { set, points } of sets) {
      const own = answers.slice(from, from + set.size);
      from += set.size;
      const refs = own.filter((answer) => typeof answer === "number");
      const refused = own.find((answer) => typeof answer !== "number");
      if (refused !== undefined) refuse(refused.reason, refused.refusal, points);
      // Another request may have been faster.
      if (refused !== undefined || set.refs !== null) sink.release(refs);
      else set.refs = Uint32Array.from(refs);
    }
  }

  /** Puts in the numbers that were not known; false where some are still not. */
  #fillIn(): boolean {
    let isWhole = true;
    for (const [index, at] of this.#waitingAt.entries()) {
      const ref = this.#waitingFor[index]?.refs?.[this.#waitingPlace[index] ?? 0];
      this.#refs[at] = ref ?? noRef;
      if (ref === undefined) isWhole = false;
    }
    return isWhole;
  }

  /** Leaves out the samples of refused series. */
  #closeGaps(): void {
    let kept = 0;
    for (let at = 0; at < this.#count; at++) {
      if (this.#refs[at] === noRef) continue;
      this.#refs[kept] = this.#refs[at] ?? noRef;
      this.#timesMs[kept] = this.#timesMs[at] ?? 0;
      this.#words[2 * kept] = this.#words[2 * at] ?? 0;
      this.#words[2 * kept + 1] = this.#words[2 * at + 1] ?? 0;
      kept++;
    }
    this.#count = kept;
  }
}

function received({ set, timeMs, histogram }: PlacedHistogram): readonly ReceivedHistogram[] {
  const ref = set.refs?.[0];
  return ref === undefined ? [] : [{ ref, timeMs, histogram }];
}
