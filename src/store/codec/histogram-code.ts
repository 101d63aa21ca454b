/**
 * A native histogram by itself as bytes, in the outbox and in an agent's batch: in the order of the fields of `core/native-histogram.ts`;
 * floats as their 8 bytes, low byte first.
 */
import { type BucketSpan, counterResetHints, type NativeHistogram } from "../../core/native-histogram.ts";
import {
  type ByteSink,
  type ByteSource,
  readByte,
  readBytes,
  readCount,
  readSignedVarint,
  readVarint,
  writeByte,
  writeBytes,
  writeSignedVarint,
  writeVarint,
} from "./varint.ts";
import { DamagedFileError } from "../database.ts";

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

export function writeHistogram(sink: ByteSink, histogram: NativeHistogram): void {
  writeByte(sink, counterResetHints.indexOf(histogram.counterReset));
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
  const counterReset = counterResetHints[readByte(source)];
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
  return Array.from({ length: readCount(source, 8) }, () => readFloat(source));
}

function writeSpans(sink: ByteSink, spans: readonly BucketSpan[]): void {
  writeVarint(sink, spans.length);
  for (const { offset, length } of spans) {
    writeSignedVarint(sink, offset);
    writeVarint(sink, length);
  }
}

function readSpans(source: ByteSource): readonly BucketSpan[] {
  return Array.from({ length: readCount(source, 2) }, () => ({
    offset: readSignedVarint(source),
    length: readVarint(source),
  }));
}
