/**
 * Adds native histograms, each number with compensation. What differs between them is brought together on the way: resolution, zero
 * bucket, custom bounds.
 * Source: Prometheus model/histogram/float_histogram.go (Add, Sub, KahanAdd, reconcileZeroBuckets, adjustCounterReset).
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import type { CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import { compactSpans, hasCustomBuckets, numberedCounts } from "./buckets.ts";
import { commonBounds, equalBounds, indexWithin } from "./custom-bounds.ts";
import { exponentialBound } from "./exponential-bounds.ts";
import { coarserIndex, widenZeroBucket } from "./reconcile.ts";

/** What is to be told of an addition; `compatible` is false, and nothing was added, where only one side has custom buckets. */
export interface AdditionOutcome {
  readonly compatible: boolean;
  /** The custom bounds differed, and only those that both had are left. */
  readonly reconciledBounds: boolean;
  /** One side says that its counts were reset, the other that they were not. */
  readonly conflictingResets: boolean;
}

type Side = Map<number, KahanSum>;

export class HistogramSum {
  #counterReset: CounterResetHint;
  #schema: number;
  #customValues: readonly number[];
  #zeroThreshold: number;
  readonly #zeroCount: KahanSum;
  readonly #count: KahanSum;
  readonly #sum: KahanSum;
  #positive: Side;
  #negative: Side;

  constructor(first: NativeHistogram) {
    this.#counterReset = first.counterReset;
    this.#schema = first.schema;
    this.#customValues = first.customValues;
    this.#zeroThreshold = first.zeroThreshold;
    this.#zeroCount = new KahanSum(first.zeroCount);
    this.#count = new KahanSum(first.count);
    this.#sum = new KahanSum(first.sum);
    this.#positive = sideOf(first.positiveSpans, first.positiveBuckets);
    this.#negative = sideOf(first.negativeSpans, first.negativeBuckets);
  }

  /** Adds `sign` times the histogram. */
  add(histogram: NativeHistogram, sign: 1 | -1 = 1): AdditionOutcome {
    const isCustom = hasCustomBuckets(histogram);
    if (isCustom !== hasCustomBuckets({ schema: this.#schema })) {
      return { compatible: false, reconciledBounds: false, conflictingResets: false };
    }
    const conflictingResets = this.#joinHints(histogram.counterReset);
    this.#count.add(sign * histogram.count);
    this.#sum.add(sign * histogram.sum);
    const reconciledBounds = isCustom && !equalBounds(this.#customValues, histogram.customValues);
    if (isCustom) this.#addCustom(histogram, sign, reconciledBounds);
    else this.#addExponential(histogram, sign);
    return { compatible: true, reconciledBounds, conflictingResets };
  }

  /** Multiplies everything, the compensations too. */
  scale(factor: number): void {
    for (const number of this.#numbers()) {
      number.sum *= factor;
      number.compensation *= factor;
    }
  }

  /** Whether any of the sums has left the range of finite numbers. */
  get overflows(): boolean {
    return this.#numbers().some(({ sum }) => sum === Number.POSITIVE_INFINITY || sum === Number.NEGATIVE_INFINITY);
  }

  /** The sum so far, without empty buckets. */
  get total(): NativeHistogram {
    const positive = compactSpans(totals(this.#positive));
    const negative = compactSpans(totals(this.#negative));
    return {
      counterReset: this.#counterReset,
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount.total,
      count: this.#count.total,
      sum: this.#sum.total,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      customValues: this.#customValues,
    };
  }

  /** Returns whether the hints contradict each other. */
  #joinHints(other: CounterResetHint): boolean {
    const own = this.#counterReset;
    if (own === other) return false;
    if (own === "gauge" || other === "gauge") this.#counterReset = "gauge";
    else this.#counterReset = "unknown";
    return (own === "reset" && other === "not_reset") || (own === "not_reset" && other === "reset");
  }

  #addCustom({ positiveSpans, positiveBuckets, customValues }: NativeHistogram, sign: 1 | -1, differs: boolean): void {
    const bounds = differs ? commonBounds(this.#customValues, customValues) : this.#customValues;
    if (differs) {
      const before = this.#customValues;
      this.#positive = renumbered(this.#positive, (index) => indexWithin(bounds, before[index]));
      this.#customValues = bounds;
    }
    const { indexes, counts } = numberedCounts(positiveSpans, positiveBuckets);
    for (const [place, index] of indexes.entries()) {
      addTo(this.#positive, differs ? indexWithin(bounds, customValues[index]) : index, sign * (counts[place] ?? 0));
    }
  }

  #addExponential(histogram: NativeHistogram, sign: 1 | -1): void {
    this.#zeroCount.add(sign * this.#reconcileZeroBucket(histogram));
    if (histogram.schema < this.#schema) this.#coarsen(histogram.schema);
    this.#addSide(this.#positive, histogram, "positive", sign);
    this.#addSide(this.#negative, histogram, "negative", sign);
  }

  /** Widens the zero bucket until none of both histograms' buckets is cut by it; returns what the other one has in it. */
  #reconcileZeroBucket(other: NativeHistogram): number {
    let theirs = { threshold: other.zeroThreshold, count: other.zeroCount };
    while (theirs.threshold !== this.#zeroThreshold) {
      if (theirs.threshold < this.#zeroThreshold) theirs = widenZeroBucket(other, this.#zeroThreshold);
      if (theirs.threshold > this.#zeroThreshold) this.#widenTo(theirs.threshold);
    }
    return theirs.count;
  }

  #widenTo(threshold: number): void {
    this.#zeroThreshold = widenZeroBucket(this.total, threshold).threshold;
    for (const side of [this.#positive, this.#negative]) {
      for (const [index, count] of side) {
        if (exponentialBound(this.#schema, index) > this.#zeroThreshold) continue;
        this.#zeroCount.add(count.total);
        side.delete(index);
      }
    }
  }

  #coarsen(schema: number): void {
    const before = this.#schema;
    const coarser = (index: number): number => coarserIndex(index, before, schema);
    this.#positive = renumbered(this.#positive, coarser);
    this.#negative = renumbered(this.#negative, coarser);
    this.#schema = schema;
  }

  /** What lies in the zero bucket has been added to it. */
  #addSide(side: Side, histogram: NativeHistogram, name: "positive" | "negative", sign: 1 | -1): void {
    const { indexes, counts } = numberedCounts(histogram[`${name}Spans`], histogram[`${name}Buckets`]);
    for (const [place, index] of indexes.entries()) {
      if (exponentialBound(histogram.schema, index) <= this.#zeroThreshold) continue;
      addTo(side, coarserIndex(index, histogram.schema, this.#schema), sign * (counts[place] ?? 0));
    }
  }

  #numbers(): readonly KahanSum[] {
    return [this.#zeroCount, this.#count, this.#sum, ...this.#positive.values(), ...this.#negative.values()];
  }
}

function sideOf(spans: NativeHistogram["positiveSpans"], buckets: readonly number[]): Side {
  const { indexes, counts } = numberedCounts(spans, buckets);
  return new Map(indexes.map((index, place) => [index, new KahanSum(counts[place])]));
}

function addTo(side: Side, index: number, count: number): void {
  const sum = side.get(index);
  if (sum === undefined) side.set(index, new KahanSum(count));
  else sum.add(count);
}

function renumbered(side: Side, numberOf: (index: number) => number): Side {
  const merged: Side = new Map();
  for (const [index, { sum, compensation }] of side) {
    const number = numberOf(index);
    addTo(merged, number, sum);
    const target = merged.get(number);
    if (target !== undefined) target.compensation += compensation;
  }
  return merged;
}

function totals(side: Side): { readonly indexes: readonly number[]; readonly counts: readonly number[] } {
  const sorted = [...side].sort(([a], [b]) => a - b);
  return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count.total) };
}
