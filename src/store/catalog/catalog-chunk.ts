/**
 * How the catalogue keeps label sets: in chunks of neighbouring series, because neighbours share most of their labels. On the recorded
 * hour's 507 series (37,573 bytes as JSON) chunks of 64 come to 6,092 bytes, of 128 to 5,619, of 256 to 5,150, of 512 to 4,971; larger
 * ones are more to rewrite for each new series. Rejected: a row for each series with its labels as JSON and a unique index, as in the
 * first format, which is a file of 118,784 bytes.
 *
 * ```
 * id      chunk: the series refs from id × 256 on, 256 at most
 * labels  zstd of JSON  { "pairs": ["__name__", "up", "node", "n", …],      each pair of the chunk's series, once
 *                         "series": [[0, 0, 1], [1, …], …] }                ref − id × 256, then places in `pairs`
 * seen    JSON          [[2, 1764072000000], …]                             runs: so many series, newest partition's start, ms
 * ```
 * Both columns end in a checksum that covers the id too. Labels never change; `seen` does, and so is apart.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { SeriesRef } from "../../core/storage.ts";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { DamagedFileError } from "../database.ts";
import type { LabelTable, Row } from "./label-table.ts";

/** Series in one chunk. */
export const seriesPerChunk = 256;

/** A chunk as it lies in the file. */
export interface StoredChunk {
  readonly id: number;
  readonly labels: Uint8Array;
  readonly seen: Uint8Array;
}

/** zstd's level: 3 takes as long for 7 % more bytes, 19 saves 9 % and takes fourteen times as long (measured on the same series). */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 9 } };
/** Characters that all names and values of one series may have: 16 times what other stores take of one value (VictoriaMetrics 4 KB). */
export const labelCharsMax = 65_536;
/** Bytes that a chunk's JSON can have: 6 for an escaped character, and room for the rest. */
const textBytesMax = 2 * 6 * labelCharsMax * seriesPerChunk;

export function chunkOf(ref: SeriesRef): number {
  return Math.floor(ref / seriesPerChunk);
}

/** The labels of these rows of the table, all of one chunk, ascending. */
export function encodeLabels(id: number, table: LabelTable, rows: readonly Row[]): Uint8Array {
  const places = new Map<number, number>();
  const pairs: string[] = [];
  const placeOf = (pair: number): number => {
    const known = places.get(pair);
    if (known !== undefined) return known;
    pairs.push(table.names[table.nameIds[pair] ?? -1]?.name ?? "", table.valueOf(pair));
    places.set(pair, places.size);
    return places.size - 1;
  };
  const series = rows.map((row) => [table.refOf(row) - id * seriesPerChunk, ...Array.from(table.pairsOf(row), placeOf)]);
  return withChecksum(labelsPlace(id), zstdCompressSync(JSON.stringify({ pairs, series }), compression));
}

/** Appends the chunk's series from `firstRef` on to the table. Throws `DamagedFileError` before the first of them, or not at all. */
export function decodeLabels({ id, labels }: StoredChunk, table: LabelTable, firstRef: SeriesRef = 0): void {
  const bytes = checkedBytes(labelsPlace(id), labels);
  const text = zstdDecompressSync(bytes, { maxOutputLength: textBytesMax }).toString();
  const { pairs, series } = parseChunk(id, JSON.parse(text));
  const pairOf: number[] = [];
  for (const [offset = 0, ...places] of series) {
    const ref = id * seriesPerChunk + offset;
    if (ref < firstRef) continue;
    for (const place of places) pairOf[place] ??= table.pair(pairs[2 * place] ?? "", pairs[2 * place + 1] ?? "");
    table.append(
      ref,
      places.map((place) => pairOf[place] ?? 0),
    );
  }
}

/** `seenMs` by series, in the order of the chunk's series. */
export function encodeSeen(id: number, seenMs: readonly number[]): Uint8Array {
  const runs: [count: number, seenMs: number][] = [];
  for (const ms of seenMs) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === ms) last[0]++;
    else runs.push([1, ms]);
  }
  return withChecksum(seenPlace(id), Buffer.from(JSON.stringify(runs)));
}

/** What `encodeSeen` was given. Throws `DamagedFileError`. */
export function decodeSeen({ id, seen }: StoredChunk): number[] {
  const runs: unknown = JSON.parse(Buffer.from(checkedBytes(seenPlace(id), seen)).toString());
  if (!isRows(runs)) throw new DamagedFileError(`chunk ${id} of the catalogue has times in an unknown form`);
  return runs.flatMap(([count = 0, ms = 0]) => Array.from({ length: Math.min(count, seriesPerChunk) }, () => ms));
}

/** The number of the chunk's series. Throws `DamagedFileError` where one of the checksums is wrong: then nothing of the chunk is to be trusted. */
export function checkChunk(chunk: StoredChunk): number {
  checkedBytes(labelsPlace(chunk.id), chunk.labels);
  return decodeSeen(chunk).length;
}

/** The numbers of the chunk's series, for people. */
export function rangeOfChunk(id: number): string {
  return `${id * seriesPerChunk} to ${(id + 1) * seriesPerChunk - 1}`;
}

function labelsPlace(id: number): string {
  return `labels of series ${rangeOfChunk(id)}`;
}

function seenPlace(id: number): string {
  return `times of series ${rangeOfChunk(id)}`;
}

interface ChunkText {
  readonly pairs: readonly string[];
  readonly series: readonly (readonly number[])[];
}

/** With a right checksum only our own bug can bring another form here; it must not become wrong labels. */
function parseChunk(id: number, value: unknown): ChunkText {
  if (typeof value === "object" && value !== null && "pairs" in value && "series" in value) {
    const { pairs, series } = value;
    if (Array.isArray(pairs) && pairs.every((text) => typeof text === "string") && isRows(series)) return { pairs, series };
  }
  throw new DamagedFileError(`chunk ${id} of the catalogue has labels in an unknown form`);
}

function isRows(value: unknown): value is readonly (readonly number[])[] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(Number.isSafeInteger));
}
