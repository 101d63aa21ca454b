/**
 * Native histograms of one series as bytes, every field of them; each says how it differs from the one before.
 *
 *      count, varint, then per histogram:
 *      time, svarint      ms since the one before, or since the file's start
 *      flags u8           counter reset :2 · 4: the layout is that of the one before · 8: counts are integers
 *      [layout]           schema, svarint · zero threshold f64 · spans and number of buckets, positive and negative · custom values
 *      sum f64
 *      counts             zero count, count, buckets: svarint, what they have grown by; or f64 where not all are integers
 *
 * Counts of neighbouring samples hardly differ, so that what is left is mostly bytes of 0, which zstd takes in one.
 */
import { type BucketSpan, counterResetHints, type NativeHistogram } from "../../core/native-histogram.ts";
import {
  type ByteSink,
  byteSink,
  type ByteSource,
  readByte,
  readBytes,
  readSignedVarint,
  readVarint,
  sunkBytes,
  writeByte,
  writeBytes,
  writeSignedVarint,
  writeVarint,
} from "../codec/varint.ts";
import { DamagedFileError } from "../database.ts";

export interface TimedHistogram {
  readonly timeMs: number;
  readonly histogram: NativeHistogram;
}

const sameLayout = 4;
const integerCounts = 8;

/** In the order given; times are whole ms. */
export function encodeHistogramRun(fileStartMs: number, samples: readonly TimedHistogram[]): Uint8Array {
  const sink = byteSink(256);
  writeVarint(sink, samples.length);
  let before: NativeHistogram | null = null;
  let beforeMs = fileStartMs;
  for (const { timeMs, histogram } of samples) {
    writeSignedVarint(sink, timeMs - beforeMs);
    writeHistogram(sink, histogram, before);
    before = histogram;
    beforeMs = timeMs;
  }
  return sunkBytes(sink);
}

/** Throws `DamagedFileError`. */
export function decodeHistogramRun(fileStartMs: number, bytes: Uint8Array): TimedHistogram[] {
  const source: ByteSource = { bytes, at: 0 };
  const samples: TimedHistogram[] = [];
  let timeMs = fileStartMs;
  for (let left = boundedCount(source); left > 0; left--) {
    timeMs += readSignedVarint(source);
    samples.push({ timeMs, histogram: readHistogram(source, samples.at(-1)?.histogram ?? null) });
  }
  if (source.at !== bytes.length) throw new DamagedFileError("a run of histograms has a wrong length");
  return samples;
}

function writeHistogram(sink: ByteSink, histogram: NativeHistogram, before: NativeHistogram | null): void {
  const isSame = before !== null && hasSameLayout(histogram, before);
  const counts = countsOf(histogram);
  // Without a predecessor of the same layout they have grown from nothing.
  const base = isSame ? countsOf(before) : counts.map(() => 0);
  const growth = counts.map((count, i) => count - (base[i] ?? 0));
  const areIntegers = [...counts, ...base].every(isPlainInteger) && growth.every(Number.isSafeInteger);
  const flags = (isSame ? sameLayout : 0) | (areIntegers ? integerCounts : 0);
  writeByte(sink, counterResetHints.indexOf(histogram.counterReset) | flags);
  if (!isSame) writeLayout(sink, histogram);
  writeDoubles(sink, [histogram.sum]);
  if (areIntegers) for (const one of growth) writeSignedVarint(sink, one);
  else writeDoubles(sink, counts);
}

function readHistogram(source: ByteSource, before: NativeHistogram | null): NativeHistogram {
  const flags = readByte(source);
  const isSame = (flags & sameLayout) !== 0;
  if (isSame && before === null) throw new DamagedFileError("a histogram refers to one that is not there");
  const layout = isSame && before !== null ? layoutOf(before) : readLayout(source);
  const [sum = 0] = readDoubles(source, 1);
  const length = 2 + layout.positiveCount + layout.negativeCount;
  const counts =
    (flags & integerCounts) === 0
      ? readDoubles(source, length)
      : readGrowth(source, length, isSame && before !== null ? countsOf(before) : []);
  const [zeroCount = 0, count = 0, ...buckets] = counts;
  const { positiveCount, negativeCount: _, ...rest } = layout;
  return {
    counterReset: counterResetHints[flags & 3] ?? "unknown",
    ...rest,
    zeroCount,
    count,
    sum,
    positiveBuckets: buckets.slice(0, positiveCount),
    negativeBuckets: buckets.slice(positiveCount),
  };
}

function readGrowth(source: ByteSource, length: number, base: readonly number[]): number[] {
  return Array.from({ length }, (_, i) => (base[i] ?? 0) + readSignedVarint(source));
}

type Layout = Pick<NativeHistogram, "schema" | "zeroThreshold" | "positiveSpans" | "negativeSpans" | "customValues"> & {
  readonly positiveCount: number;
  readonly negativeCount: number;
};

function layoutOf(histogram: NativeHistogram): Layout {
  const { schema, zeroThreshold, positiveSpans, negativeSpans, customValues, positiveBuckets, negativeBuckets } = histogram;
  return {
    schema,
    zeroThreshold,
    positiveSpans,
    negativeSpans,
    customValues,
    positiveCount: positiveBuckets.length,
    negativeCount: negativeBuckets.length,
  };
}

function writeLayout(sink: ByteSink, histogram: NativeHistogram): void {
  const layout = layoutOf(histogram);
  writeSignedVarint(sink, layout.schema);
  writeDoubles(sink, [layout.zeroThreshold]);
  writeSpans(sink, layout.positiveSpans);
  writeVarint(sink, layout.positiveCount);
  writeSpans(sink, layout.negativeSpans);
  writeVarint(sink, layout.negativeCount);
  writeVarint(sink, layout.customValues.length);
  writeDoubles(sink, layout.customValues);
}

function readLayout(source: ByteSource): Layout {
  const schema = readSignedVarint(source);
  const [zeroThreshold = 0] = readDoubles(source, 1);
  const positiveSpans = readSpans(source);
  const positiveCount = boundedCount(source);
  const negativeSpans = readSpans(source);
  const negativeCount = boundedCount(source);
  const customValues = readDoubles(source, boundedCount(source));
  return { schema, zeroThreshold, positiveSpans, positiveCount, negativeSpans, negativeCount, customValues };
}

function writeSpans(sink: ByteSink, spans: readonly BucketSpan[]): void {
  writeVarint(sink, spans.length);
  for (const { offset, length } of spans) {
    writeSignedVarint(sink, offset);
    writeVarint(sink, length);
  }
}

function readSpans(source: ByteSource): BucketSpan[] {
  return Array.from({ length: boundedCount(source) }, () => ({ offset: readSignedVarint(source), length: readVarint(source) }));
}

/** A number of things that take at least a byte each: more than there are bytes cannot be. */
function boundedCount(source: ByteSource): number {
  const count = readVarint(source);
  if (count > source.bytes.length - source.at) throw new DamagedFileError("a histogram ends before its end");
  return count;
}

function writeDoubles(sink: ByteSink, values: readonly number[]): void {
  writeBytes(sink, new Uint8Array(Float64Array.from(values).buffer));
}

function readDoubles(source: ByteSource, count: number): number[] {
  return Array.from(new Float64Array(new Uint8Array(readBytes(source, 8 * count)).buffer));
}

function countsOf({ zeroCount, count, positiveBuckets, negativeBuckets }: NativeHistogram): number[] {
  return [zeroCount, count, ...positiveBuckets, ...negativeBuckets];
}

/** −0 is none: it would come back as 0. */
function isPlainInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function hasSameLayout(a: NativeHistogram, b: NativeHistogram): boolean {
  const isSameSpan = (span: BucketSpan, i: number, other: readonly BucketSpan[]): boolean =>
    span.offset === other[i]?.offset && span.length === other[i].length;
  const haveSameSpans = (left: readonly BucketSpan[], right: readonly BucketSpan[]): boolean =>
    left.length === right.length && left.every((span, i) => isSameSpan(span, i, right));
  return (
    a.schema === b.schema &&
    Object.is(a.zeroThreshold, b.zeroThreshold) &&
    a.positiveBuckets.length === b.positiveBuckets.length &&
    a.negativeBuckets.length === b.negativeBuckets.length &&
    haveSameSpans(a.positiveSpans, b.positiveSpans) &&
    haveSameSpans(a.negativeSpans, b.negativeSpans) &&
    a.customValues.length === b.customValues.length &&
    a.customValues.every((value, i) => Object.is(value, b.customValues[i]))
  );
}
