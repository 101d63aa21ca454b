/**
 * A native histogram as samples carry it: plain data, bucket counts as absolute floats.
 * Source: Prometheus model/histogram/float_histogram.go; the specification of native histograms at prometheus.io/docs/specs.
 */

/** `offset` is the distance to the bucket before: from the end of the span before, or for the first span from bucket 0. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/**
 * What is known about whether the counts have fallen since the sample before; `gauge`: they may go either way. In the order of their
 * numbers, in remote write and in our own files. Source: Prometheus prompb/types.proto, Histogram.ResetHint.
 */
export const counterResetHints = ["unknown", "reset", "not_reset", "gauge"] as const;

export type CounterResetHint = (typeof counterResetHints)[number];

/** Schema of histograms whose bounds are written out in `customValues`. */
export const customBucketsSchema = -53;

/** Least and greatest schema of exponential buckets: bucket `i` ends at 2^(i × 2^−schema). */
export const exponentialSchemaMin = -4;
export const exponentialSchemaMax = 8;

/** Zero-dimensional facts of a distribution and its buckets. The bucket lists have as many counts as their spans have places. */
export interface NativeHistogram {
  readonly counterReset: CounterResetHint;
  readonly schema: number;
  /** Observations in −zeroThreshold … zeroThreshold are in the zero bucket, ≥ 0. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly BucketSpan[];
  readonly positiveBuckets: readonly number[];
  readonly negativeSpans: readonly BucketSpan[];
  readonly negativeBuckets: readonly number[];
  /** Upper bounds of custom buckets, ascending, without the last one, +Inf; empty for exponential buckets. */
  readonly customValues: readonly number[];
}

/** A histogram at each place of a list of samples; where there is none the sample is a number. `null`: all are numbers. */
export type SampleHistograms = readonly (NativeHistogram | undefined)[] | null;
