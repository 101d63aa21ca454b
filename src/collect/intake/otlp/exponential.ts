/**
 * Exponential histograms: coarser scales, sums of two, and the native histogram that one becomes. Bucket `i` holds observations in
 * base^i … base^(i+1) with base = 2^(2^−scale).
 * Sources: OpenTelemetry specification, metrics/data-model.md, "ExponentialHistogram"; compatibility/prometheus_and_openmetrics.md,
 * "Exponential Histograms"; Prometheus model/histogram/float_histogram.go (reconcileZeroBuckets).
 */
import {
  type BucketSpan,
  type CounterResetHint,
  exponentialSchemaMax,
  exponentialSchemaMin,
  type NativeHistogram,
} from "../../../core/native-histogram.ts";
import { bucketsMax } from "./otlp-limits.ts";

/** Counts of buckets one after another; `offset` is the index of the first. */
export interface Buckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface Exponential {
  readonly scale: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  /** NaN where it was not said. */
  readonly sum: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
}

/** SDKs go up to 20. */
const scaleMax = 32;

/** Where none is said. Source: the specification, "Exponential Histograms". */
const zeroThresholdDefault = 1e-128;

/** Empty buckets that are written out before a new span is cheaper. Source: Prometheus, convertBucketsLayout. */
const gapMax = 2;

/** Why it cannot be a native histogram; `null` where it can. */
export function exponentialFault(histogram: Exponential): string | null {
  const { scale, zeroThreshold, zeroCount, count, sum, positive, negative } = histogram;
  if (scale < exponentialSchemaMin || scale > scaleMax)
    return `scale ${scale} is not within ${exponentialSchemaMin} and ${scaleMax}`;
  if (!(zeroThreshold >= 0 && zeroThreshold < Infinity)) return "its zero threshold is no distance from 0";
  const total = zeroCount + totalOf(positive) + totalOf(negative);
  // An observation that is NaN is in no bucket.
  if (Number.isNaN(sum) ? total > count : total !== count)
    return `its buckets hold ${total} observations, its count says ${count}`;
  return null;
}

/** As coarse as it must be, and no coarser. */
export function nativeOf(histogram: Exponential, counterReset: CounterResetHint): NativeHistogram {
  const { zeroThreshold, zeroCount, count, sum, positive, negative, scale } = atScale(
    histogram,
    Math.min(histogram.scale, exponentialSchemaMax),
  );
  // A native histogram's bucket is numbered by its upper bound.
  const [positiveSide, negativeSide] = [sparse(positive, 1), sparse(negative, 1)];
  return {
    counterReset,
    schema: scale,
    zeroThreshold: zeroThreshold === 0 ? zeroThresholdDefault : zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans: positiveSide.spans,
    positiveBuckets: positiveSide.counts,
    negativeSpans: negativeSide.spans,
    negativeBuckets: negativeSide.counts,
    customValues: [],
  };
}

/** Both together, at the finest scale that both can be shown at; `null` where no scale can hold them. */
export function addExponentials(a: Exponential, b: Exponential): Exponential | null {
  let scale = Math.min(a.scale, b.scale, exponentialSchemaMax);
  for (; scale >= exponentialSchemaMin; scale--) {
    const [left, right] = sameZero(atScale(a, scale), atScale(b, scale));
    const positive = addBuckets(left.positive, right.positive);
    const negative = addBuckets(left.negative, right.negative);
    if (positive === null || negative === null) continue;
    return {
      scale,
      zeroThreshold: left.zeroThreshold,
      zeroCount: left.zeroCount + right.zeroCount,
      count: a.count + b.count,
      sum: a.sum + b.sum,
      positive,
      negative,
    };
  }
  return null;
}

/** Counts with the empty ones left out; `first` is added to the indices. */
export function sparse(
  { offset, counts }: Buckets,
  first: number,
): { readonly spans: readonly BucketSpan[]; readonly counts: readonly number[] } {
  const spans: { offset: number; length: number }[] = [];
  const kept: number[] = [];
  let end = 0;
  for (const [at, count] of counts.entries()) {
    if (count === 0) continue;
    const index = offset + first + at;
    const last = spans.at(-1);
    const gap = index - end;
    if (last === undefined || gap > gapMax) spans.push({ offset: gap, length: 1 });
    else {
      last.length += gap + 1;
      for (let empty = 0; empty < gap; empty++) kept.push(0);
    }
    kept.push(count);
    end = index + 1;
  }
  return { spans, counts: kept };
}

function atScale(histogram: Exponential, scale: number): Exponential {
  const { scale: before, positive, negative } = histogram;
  if (scale >= before) return histogram;
  return { ...histogram, scale, positive: coarser(positive, before - scale), negative: coarser(negative, before - scale) };
}

/** 2^by neighbouring buckets become one. Divided, not shifted: an index may be longer than 32 bits. */
function coarser({ offset, counts }: Buckets, by: number): Buckets {
  if (counts.length === 0) return { offset: 0, counts };
  const together = 2 ** by;
  const first = Math.floor(offset / together);
  const merged: number[] = Array.from({ length: Math.floor((offset + counts.length - 1) / together) - first + 1 }, () => 0);
  for (const [at, count] of counts.entries()) {
    const into = Math.floor((offset + at) / together) - first;
    merged[into] = (merged[into] ?? 0) + count;
  }
  return { offset: first, counts: merged };
}

function addBuckets(a: Buckets, b: Buckets): Buckets | null {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const length = Math.max(a.offset + a.counts.length, b.offset + b.counts.length) - offset;
  if (length > bucketsMax) return null;
  const counts: number[] = Array.from({ length }, () => 0);
  for (const side of [a, b]) {
    for (const [at, count] of side.counts.entries()) {
      const into = side.offset - offset + at;
      counts[into] = (counts[into] ?? 0) + count;
    }
  }
  return { offset, counts };
}

/** Both with the wider zero bucket, which takes in what lies in it of the other. */
function sameZero(a: Exponential, b: Exponential): readonly [Exponential, Exponential] {
  if (a.zeroThreshold === b.zeroThreshold) return [a, b];
  let threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  // A bucket that lies in it with a part only widens it further.
  for (const { scale, positive, negative } of [a, b]) {
    for (const side of [positive, negative]) threshold = Math.max(threshold, endOfBucketAt(side, scale, threshold));
  }
  return [withZero(a, threshold), withZero(b, threshold)];
}

/** The upper bound of the filled bucket that begins below the value and ends above it; the value where there is none. */
function endOfBucketAt({ offset, counts }: Buckets, scale: number, value: number): number {
  for (const [at, count] of counts.entries()) {
    const index = offset + at;
    if (count > 0 && boundOf(index, scale) < value && boundOf(index + 1, scale) > value) return boundOf(index + 1, scale);
  }
  return value;
}

function withZero(histogram: Exponential, zeroThreshold: number): Exponential {
  const positive = outside(histogram.positive, histogram.scale, zeroThreshold);
  const negative = outside(histogram.negative, histogram.scale, zeroThreshold);
  const taken = totalOf(histogram.positive) + totalOf(histogram.negative) - totalOf(positive) - totalOf(negative);
  return { ...histogram, zeroThreshold, zeroCount: histogram.zeroCount + taken, positive, negative };
}

function outside({ offset, counts }: Buckets, scale: number, threshold: number): Buckets {
  return { offset, counts: counts.map((count, at) => (boundOf(offset + at + 1, scale) <= threshold ? 0 : count)) };
}

function boundOf(index: number, scale: number): number {
  return 2 ** (index * 2 ** -scale);
}

function totalOf({ counts }: Buckets): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
