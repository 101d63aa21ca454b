/**
 * What a door has received, as columns of bits; zstd where it is worth a call.
 *
 * ```
 * numbers u32 | histograms u32 | refs u32 × numbers | times f64 × numbers | values f64 × numbers | per histogram its bytes
 * ```
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import type { ReceivedHistogram, ReceivedSamples } from "../../core/storage.ts";
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

const headerBytes = 8;
/** Below it the call costs more than the bytes. */
const compressedFrom = 512;
/** What the columns may come to; doors take far less in at once. */
const bytesMax = 512 * 1024 * 1024;
const resetHints: readonly CounterResetHint[] = ["unknown", "reset", "not_reset", "gauge"];

/** How the payload is stored: `detail` of its frame. */
export const receivedAs = { plain: 0, zstd: 1 } as const;

export function encodeReceived({ count, refs, timesMs, values, histograms = [] }: ReceivedSamples): {
  readonly detail: number;
  readonly payload: Uint8Array;
} {
  const plain = byteSink(headerBytes + 20 * count);
  writeBytes(plain, bitsOf(new Uint32Array([count, histograms.length])));
  writeBytes(plain, bitsOf(refs.subarray(0, count)));
  writeBytes(plain, bitsOf(timesMs.subarray(0, count)));
  writeBytes(plain, bitsOf(values.subarray(0, count)));
  for (const histogram of histograms) writeHistogram(plain, histogram);
  const payload = sunkBytes(plain);
  if (payload.length < compressedFrom) return { detail: receivedAs.plain, payload };
  const compressed = zstdCompressSync(payload, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  return { detail: receivedAs.zstd, payload: compressed };
}

/** Throws `DamagedFileError` where the bytes are not what `encodeReceived` writes. */
export function decodeReceived(detail: number, payload: Uint8Array): ReceivedSamples {
  const source: ByteSource = { bytes: detail === receivedAs.zstd ? inflate(payload) : payload, at: 0 };
  const [count = 0, histogramCount = 0] = new Uint32Array(readBytes(source, headerBytes).slice().buffer);
  // A copy each, because the columns are read as what they are only where they are aligned.
  const refs = new Uint32Array(readBytes(source, 4 * count).slice().buffer);
  const timesMs = new Float64Array(readBytes(source, 8 * count).slice().buffer);
  const values = new Float64Array(readBytes(source, 8 * count).slice().buffer);
  if (histogramCount === 0) return { count, refs, timesMs, values };
  const histograms: ReceivedHistogram[] = [];
  for (let i = 0; i < histogramCount; i++) histograms.push(readHistogram(source));
  return { count, refs, timesMs, values, histograms };
}

function inflate(payload: Uint8Array): Uint8Array {
  try {
    return zstdDecompressSync(payload, { maxOutputLength: bytesMax });
  } catch (error) {
    throw new DamagedFileError(error instanceof Error ? error.message : String(error));
  }
}

function writeHistogram(sink: ByteSink, { ref, timeMs, histogram: h }: ReceivedHistogram): void {
  writeVarint(sink, ref);
  writeByte(sink, resetHints.indexOf(h.counterReset));
  writeSignedVarint(sink, h.schema);
  writeNumbers(sink, [timeMs, h.zeroThreshold, h.zeroCount, h.count, h.sum]);
  for (const [spans, buckets] of [
    [h.positiveSpans, h.positiveBuckets],
    [h.negativeSpans, h.negativeBuckets],
  ] as const) {
    writeVarint(sink, spans.length);
    for (const { offset, length } of spans) {
      writeSignedVarint(sink, offset);
      writeVarint(sink, length);
    }
    writeVarint(sink, buckets.length);
    writeNumbers(sink, buckets);
  }
  writeVarint(sink, h.customValues.length);
  writeNumbers(sink, h.customValues);
}

function readHistogram(source: ByteSource): ReceivedHistogram {
  const ref = readVarint(source);
  const counterReset = resetHints[readByte(source)];
  if (counterReset === undefined) throw new DamagedFileError("a histogram has no known reset hint");
  const schema = readSignedVarint(source);
  const [timeMs = 0, zeroThreshold = 0, zeroCount = 0, count = 0, sum = 0] = readNumbers(source, 5);
  const positive = readBuckets(source);
  const negative = readBuckets(source);
  const histogram: NativeHistogram = {
    counterReset,
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
    customValues: readNumbers(source, readVarint(source)),
  };
  return { ref, timeMs, histogram };
}

function readBuckets(source: ByteSource): Pick<Side, "spans" | "buckets"> {
  const spans = [];
  for (let left = readVarint(source); left > 0; left--)
    spans.push({ offset: readSignedVarint(source), length: readVarint(source) });
  return { spans, buckets: readNumbers(source, readVarint(source)) };
}

interface Side {
  readonly spans: NativeHistogram["positiveSpans"];
  readonly buckets: NativeHistogram["positiveBuckets"];
}

function writeNumbers(sink: ByteSink, numbers: readonly number[]): void {
  writeBytes(sink, bitsOf(Float64Array.from(numbers)));
}

function readNumbers(source: ByteSource, count: number): readonly number[] {
  return Array.from(new Float64Array(readBytes(source, 8 * count).slice().buffer));
}

function bitsOf(column: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
