/**
 * The native histograms of a batch, and those of one series in a sealed hour, as blobs.
 *
 *      of a batch:  series, varint, then per series: its number, varint · bytes of the run, varint · run (histogram-run.ts)
 *      sealed:      bytes of the run, varint · run under zstd
 */
import { constants, zstdCompressSync } from "node:zlib";
import type { ReceivedHistogram, SeriesRef } from "../../core/storage.ts";
import { inflate } from "../codec/inflate.ts";
import { byteSink, type ByteSource, readBytes, readVarint, sunkBytes, writeBytes, writeVarint } from "../codec/varint.ts";
import { DamagedFileError } from "../database.ts";
import { decodeHistogramRun, encodeHistogramRun, type TimedHistogram } from "./histogram-run.ts";

/** Bound for what a damaged blob can make us allocate; what one seals together is far below it. */
const maxRunBytes = 2 ** 28;

/** `histograms` are of one file's time. */
export function encodeHistogramBatch(fileStartMs: number, histograms: readonly ReceivedHistogram[]): Uint8Array {
  if (histograms.length === 0) return new Uint8Array();
  const sink = byteSink(256);
  const bySeries = Map.groupBy(histograms, ({ ref }) => ref);
  writeVarint(sink, bySeries.size);
  for (const [ref, samples] of bySeries) {
    const run = encodeHistogramRun(fileStartMs, samples);
    writeVarint(sink, ref);
    writeVarint(sink, run.length);
    writeBytes(sink, run);
  }
  return sunkBytes(sink);
}

/** Series → where its run is. Throws `DamagedFileError`. */
export function runsOfBatch(bytes: Uint8Array): ReadonlyMap<SeriesRef, Uint8Array> {
  const runs = new Map<SeriesRef, Uint8Array>();
  if (bytes.length === 0) return runs;
  const source: ByteSource = { bytes, at: 0 };
  for (let left = readVarint(source); left > 0; left--) {
    const ref = readVarint(source);
    runs.set(ref, readBytes(source, readVarint(source)));
  }
  if (source.at !== bytes.length) throw new DamagedFileError("a batch of histograms has a wrong length");
  return runs;
}

export function packRun(fileStartMs: number, samples: readonly TimedHistogram[]): Uint8Array {
  const run = encodeHistogramRun(fileStartMs, samples);
  const sink = byteSink(16 + run.length / 4);
  writeVarint(sink, run.length);
  writeBytes(sink, zstdCompressSync(run, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }));
  return sunkBytes(sink);
}

/** Throws `DamagedFileError`. */
export function unpackRun(fileStartMs: number, bytes: Uint8Array): TimedHistogram[] {
  const source: ByteSource = { bytes, at: 0 };
  const length = readVarint(source);
  if (length > maxRunBytes) throw new DamagedFileError("a run of histograms is too long");
  return decodeHistogramRun(fileStartMs, inflate(bytes.subarray(source.at), length));
}
