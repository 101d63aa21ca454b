/**
 * A native histogram as both versions of remote write carry it: as one of floats, which is what it is here.
 * Source: Prometheus prompb/types.proto and prompb/io/prometheus/write/v2/types.proto, message Histogram (the same fields in both).
 */
import type { CounterResetHint, NativeHistogram } from "../../../core/native-histogram.ts";
import type { ProtoWriter } from "../../../io/protobuf/writer.ts";

const field = {
  countFloat: 2,
  sum: 3,
  schema: 4,
  zeroThreshold: 5,
  zeroCountFloat: 7,
  negativeSpans: 8,
  negativeCounts: 10,
  positiveSpans: 11,
  positiveCounts: 13,
  resetHint: 14,
  timestamp: 15,
  customValues: 16,
} as const;
const spanField = { offset: 1, length: 2 } as const;
const resetHints: Readonly<Record<CounterResetHint, number>> = { unknown: 0, reset: 1, not_reset: 2, gauge: 3 };

/** Writes it as the field `within` of the message that is being written. */
export function writeHistogram(writer: ProtoWriter, within: number, timeMs: number, histogram: NativeHistogram): void {
  const start = writer.begin(within);
  writer.double(field.countFloat, histogram.count);
  writer.double(field.sum, histogram.sum);
  writer.sint(field.schema, histogram.schema);
  writer.double(field.zeroThreshold, histogram.zeroThreshold);
  writer.double(field.zeroCountFloat, histogram.zeroCount);
  writeSpans(writer, field.negativeSpans, histogram.negativeSpans);
  writeDoubles(writer, field.negativeCounts, histogram.negativeBuckets);
  writeSpans(writer, field.positiveSpans, histogram.positiveSpans);
  writeDoubles(writer, field.positiveCounts, histogram.positiveBuckets);
  writer.uint(field.resetHint, resetHints[histogram.counterReset]);
  writer.int(field.timestamp, timeMs);
  writeDoubles(writer, field.customValues, histogram.customValues);
  writer.end(start);
}

function writeSpans(writer: ProtoWriter, within: number, spans: NativeHistogram["positiveSpans"]): void {
  for (const { offset, length } of spans) {
    const start = writer.begin(within);
    writer.sint(spanField.offset, offset);
    writer.uint(spanField.length, length);
    writer.end(start);
  }
}

function writeDoubles(writer: ProtoWriter, within: number, values: readonly number[]): void {
  if (values.length === 0) return;
  const start = writer.begin(within);
  for (const value of values) writer.packedDouble(value);
  writer.end(start);
}
