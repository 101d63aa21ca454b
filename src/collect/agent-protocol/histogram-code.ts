/** Native histograms in a batch, in the order of the fields of `core/native-histogram.ts`; floats as their 8 bytes, low byte first. */
import type { BucketSpan, CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import {
  type ByteSink,
  type ByteSource,
  readByte,
  readBytes,
  readSignedVarint,
  readVarint,
  writeByte,
  writeBytes,
  writeSignedVarint,
  writeVarint,
} from "../../store/codec/varint.ts";
import { DamagedFileError } from "../../store/database.ts";

const resets = ["unknown", "reset", "not_reset", "gauge"] as const satisfies readonly CounterResetHint[];

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

export function writeHistogram(sink: ByteSink, histogram: NativeHistogram): void {
  writeByte(sink, resets.indexOf(histogram.counterReset));
  writeSignedVarint(sink, histogram.schema);
  for (const number of [histogram.zeroThreshold, histogram.zeroCount, histogram.count, histogram.sum]) writeFloat(sink, number);
  writeSpans(sink, histogram.positiveSpans);
  writeFloats(sink, histogram.positiveBuckets);
  writeSpans(sink, histogram.negativeSpans);
  writeFloats(sink, histogram.negativeBuckets);
  writeFloats(sink, histogram.customValues);
}

/** Throws `DamagedFileError`. Whether spans and buckets fit together is for the store to say, as with every other sender. */
export function readHistogram(source: ByteSource): NativeHistogram {
  const counterReset = resets[readByte(source)];
  if (counterReset === undefined) throw new DamagedFileError("a histogram has an unknown counter reset hint");
  return {
    counterReset,
    schema: readSignedVarint(source),
    zeroThreshold: readFloat(source),
    zeroCount: readFloat(source),
    count: readFloat(source),
    sum: readFloat(source),
    positiveSpans: readSpans(source),
    positiveBuckets: readFloats(source),
    negativeSpans: readSpans(source),
    negativeBuckets: readFloats(source),
    customValues: readFloats(source),
  };
}

function writeFloat(sink: ByteSink, number: number): void {
  float[0] = number;
  writeBytes(sink, floatBytes);
}

function readFloat(source: ByteSource): number {
  floatBytes.set(readBytes(source, 8));
  return float[0] ?? 0;
}

function writeFloats(sink: ByteSink, numbers: readonly number[]): void {
  writeVarint(sink, numbers.length);
  for (const number of numbers) writeFloat(sink, number);
}

function readFloats(source: ByteSource): readonly number[] {
  return Array.from({ length: countOf(source, 8) }, () => readFloat(source));
}

function writeSpans(sink: ByteSink, spans: readonly BucketSpan[]): void {
  writeVarint(sink, spans.length);
  for (const { offset, length } of spans) {
    writeSignedVarint(sink, offset);
    writeVarint(sink, length);
  }
}

function readSpans(source: ByteSource): readonly BucketSpan[] {
  return Array.from({ length: countOf(source, 2) }, () => ({
    offset: readSignedVarint(source),
    length: readVarint(source),
  }));
}

/** A count of things that take at least `bytes` each: more than fit into the rest is a lie, found before anything is allocated. */
export function countOf(source: ByteSource, bytes: number): number {
  const count = readVarint(source);
  if (count * bytes > source.bytes.length - source.at) throw new DamagedFileError("a count is larger than what follows it");
  return count;
}
