/**
 * A native histogram of remote write, which both versions write with the same fields. Source: prometheus/prometheus prompb/types.proto and
 * prompb/io/prometheus/write/v2/types.proto, `Histogram`, `BucketSpan`; what is valid: model/histogram, `Validate`.
 */
import {
  type BucketSpan,
  counterResetHints,
  customBucketsSchema,
  exponentialSchemaMax,
  exponentialSchemaMin,
  type NativeHistogram,
} from "../../../core/native-histogram.ts";
import { staleNaNBits } from "../../../core/storage.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";

/** As many buckets one histogram may have on each side; what is used has some hundreds. */
const bucketsMax = 8192;

export type ReadHistogram =
  | { readonly kind: "histogram"; readonly timeMs: number; readonly histogram: NativeHistogram }
  /** The series has ended here. */
  | { readonly kind: "stale"; readonly timeMs: number }
  | { readonly kind: "invalid"; readonly message: string };

interface Side {
  readonly spans: BucketSpan[];
  readonly deltas: number[];
  readonly counts: number[];
}

/** Reads the message that the reader stands at. Throws `ProtobufError`. */
export function readHistogram(reader: ProtoReader): ReadHistogram {
  const negative: Side = { spans: [], deltas: [], counts: [] };
  const positive: Side = { spans: [], deltas: [], counts: [] };
  const customValues: number[] = [];
  let [count, sum, schema, zeroThreshold, zeroCount, hint, timeMs] = [0, 0, 0, 0, 0, 0, 0];
  let isStale = false;
  let isInteger = false;
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        count = reader.uint64AsNumber();
        isInteger = true;
        break;
      case 2:
        count = reader.double();
        break;
      case 3:
        reader.fixed64();
        isStale = reader.low === staleLow && reader.high === staleHigh;
        sum = doubleOf(reader.low, reader.high);
        break;
      case 4:
        schema = reader.sint32();
        break;
      case 5:
        zeroThreshold = reader.double();
        break;
      case 6:
        zeroCount = reader.uint64AsNumber();
        break;
      case 7:
        zeroCount = reader.double();
        break;
      case 8:
        readSpan(reader, negative.spans);
        break;
      case 9:
        reader.sint64s(negative.deltas, bucketsMax);
        break;
      case 10:
        reader.doubles(negative.counts, bucketsMax);
        break;
      case 11:
        readSpan(reader, positive.spans);
        break;
      case 12:
        reader.sint64s(positive.deltas, bucketsMax);
        break;
      case 13:
        reader.doubles(positive.counts, bucketsMax);
        break;
      case 14:
        hint = reader.int32();
        break;
      case 15:
        timeMs = reader.int64AsNumber();
        break;
      case 16:
        reader.doubles(customValues, bucketsMax);
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
  if (isStale) return { kind: "stale", timeMs };
  const histogram: NativeHistogram = {
    counterReset: counterResetHints[hint] ?? "unknown",
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans: positive.spans,
    positiveBuckets: bucketsOf(positive),
    negativeSpans: negative.spans,
    negativeBuckets: bucketsOf(negative),
    customValues,
  };
  const fault = faultOf(histogram) ?? (isInteger ? countFault(histogram) : null);
  return fault === null ? { kind: "histogram", timeMs, histogram } : { kind: "invalid", message: `a histogram ${fault}` };
}

export const staleLow = Number(staleNaNBits & 0xffffffffn);
/** The stale marker's words. */
export const staleHigh = Number(staleNaNBits >> 32n);
const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);

function doubleOf(low: number, high: number): number {
  doubleWords[0] = low;
  doubleWords[1] = high;
  return double[0] ?? 0;
}

function readSpan(reader: ProtoReader, spans: BucketSpan[]): void {
  let offset = 0;
  let length = 0;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) offset = reader.sint32();
    else if (reader.field === 2) length = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  // More spans than buckets there are only empty ones, and those are counted below.
  if (spans.length <= bucketsMax) spans.push({ offset, length });
}

/** Counts of integer histograms are differences from bucket to bucket. */
function bucketsOf({ deltas, counts }: Side): readonly number[] {
  if (deltas.length === 0) return counts;
  let count = 0;
  return deltas.map((delta) => (count += delta));
}

function faultOf(histogram: NativeHistogram): string | null {
  const { schema, zeroThreshold, zeroCount, count, customValues } = histogram;
  const isCustom = schema === customBucketsSchema;
  if (!isCustom && (schema < exponentialSchemaMin || schema > exponentialSchemaMax)) return `has the schema ${schema}`;
  if (!(count >= 0 && zeroCount >= 0 && zeroThreshold >= 0)) return "has a negative count or threshold";
  const fault =
    sideFault(histogram.positiveSpans, histogram.positiveBuckets, isCustom) ??
    sideFault(histogram.negativeSpans, histogram.negativeBuckets, false);
  if (fault !== null) return fault;
  return isCustom ? customFault(histogram) : customValues.length > 0 ? "with exponential buckets has bounds" : null;
}

/** Only of integers: sums of floats are rounded. Observations that are NaN are in no bucket, and make the sum NaN. */
function countFault({ count, sum, zeroCount, positiveBuckets, negativeBuckets }: NativeHistogram): string | null {
  const inBuckets = [...positiveBuckets, ...negativeBuckets].reduce((total, bucket) => total + bucket, zeroCount);
  if (inBuckets === count || (inBuckets < count && Number.isNaN(sum))) return null;
  return `has ${inBuckets} observations in its buckets, and ${count} in all`;
}

function sideFault(spans: readonly BucketSpan[], buckets: readonly number[], fromZero: boolean): string | null {
  if (spans.length > bucketsMax) return `has more than ${bucketsMax} spans`;
  let length = 0;
  for (const [index, span] of spans.entries()) {
    if (span.offset < 0 && (index > 0 || fromZero)) return "has a span that begins before the one before it";
    length += span.length;
  }
  if (length !== buckets.length) return `has spans for ${length} buckets, and ${buckets.length} buckets`;
  return buckets.every((count) => count >= 0) ? null : "has a bucket with a negative count";
}

function customFault({ customValues, negativeSpans, zeroCount, zeroThreshold, positiveSpans }: NativeHistogram): string | null {
  if (negativeSpans.length > 0 || zeroCount !== 0 || zeroThreshold !== 0) {
    return "with bounds of its own has a zero bucket or negative ones";
  }
  const ascends = customValues.every((bound, index) => index === 0 || bound > (customValues[index - 1] ?? bound));
  if (!ascends || customValues.some((bound) => Number.isNaN(bound) || bound === Infinity))
    return "has bounds that do not ascend";
  const end = positiveSpans.reduce((at, { offset, length }) => at + offset + length, 0);
  return end > customValues.length + 1 ? "has more buckets than bounds" : null;
}
