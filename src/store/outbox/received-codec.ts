/**
 * What a door has received, as columns of bits; zstd where it is worth a call.
 *
 * ```
 * numbers u32 | histograms u32 | refs u32 × numbers | times f64 × numbers | values f64 × numbers | per histogram its bytes
 * ```
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { ReceivedHistogram, ReceivedSamples } from "../../core/storage.ts";
import { readHistogram, writeHistogram } from "../codec/histogram-code.ts";
import {
  byteSink,
  type ByteSource,
  readBytes,
  readSignedVarint,
  readVarint,
  sunkBytes,
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
  for (const { ref, timeMs, histogram } of histograms) {
    writeVarint(plain, ref);
    writeSignedVarint(plain, timeMs);
    writeHistogram(plain, histogram);
  }
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
  for (let i = 0; i < histogramCount; i++) histograms.push(readReceived(source));
  return { count, refs, timesMs, values, histograms };
}

/** Not as the `Buffer` that it is: the `slice` of one copies nothing, and its memory may be a pool that others use. */
function inflate(payload: Uint8Array): Uint8Array {
  try {
    const { buffer, byteOffset, length } = zstdDecompressSync(payload, { maxOutputLength: bytesMax });
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    throw new DamagedFileError(error instanceof Error ? error.message : String(error));
  }
}

function readReceived(source: ByteSource): ReceivedHistogram {
  return { ref: readVarint(source), timeMs: readSignedVarint(source), histogram: readHistogram(source) };
}

function bitsOf(column: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
