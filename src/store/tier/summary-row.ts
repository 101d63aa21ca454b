/**
 * The rows of a tier: up to a chunk of one series' summaries, as two blobs. When the windows end and how many samples they have is
 * the same for most series, so it is a blob of its own that they share.
 *
 *      +-----------+--------+--------------------------------------------+
 *      | crc32 u32 | form u8| payload: plain (form 0) or zstd (form 1)   |
 *      +-----------+--------+--------------------------------------------+
 *
 *      times     n u32 | ends | count | ends − firstMs | ends − lastMs
 *      values    first | last | min | max | sum | drops | dropped | flags
 *
 *      column    how u8   0: as below · 1: equal to first · 2: equal to last · 3: count × first
 *                length u32, encoded column (codec/column.ts)            only where how is 0
 *
 * Little-endian. The checksum is over form and payload, and begins with the row's key, so that a row which turns up in another's
 * place is damaged too. Counters have min = first and max = last, constants sum = count × first: 1 to 3 store those once.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { SummaryColumn, SummaryColumns } from "../../core/storage.ts";
import { decodeValues, encodeColumn } from "../codec/column.ts";
import { DamagedFileError } from "../database.ts";
import { chunkMs, tiers } from "./tiers.ts";

export type SummaryTimes = Pick<SummaryColumns, "endsMs" | "count" | "firstMs" | "lastMs">;
export type SummaryValues = Omit<SummaryColumns, keyof SummaryTimes>;

const frameBytes = 5;
/** Windows in a chunk of the finest tier; nothing larger is stored. */
const maxWindows = chunkMs / Math.min(...tiers.map(({ stepMs }) => stepMs));
/** Bound for what a damaged row can make us allocate: eight columns of words, with room for the codec's own headers. */
const maxPayload = 8 * (maxWindows * 16 + 1024);

const valueColumns = ["first", "last", "min", "max", "sum", "drops", "dropped", "flags"] as const;

const own = 0;
const asFirst = 1;
const asLast = 2;
const countTimesFirst = 3;

export function encodeTimes({ endsMs, count, firstMs, lastMs }: SummaryTimes): Uint8Array {
  const parts = [endsMs, count, difference(endsMs, firstMs), difference(endsMs, lastMs)].flatMap((column) =>
    columnBytes(column),
  );
  return frame([Uint8Array.from(new Uint8Array(Uint32Array.of(endsMs.length).buffer)), ...parts], 0);
}

/** Throws `DamagedFileError`. */
export function decodeTimes(bytes: Uint8Array): SummaryTimes {
  const payload = openFrame(bytes, 0);
  if (payload.byteLength < 4) throw new DamagedFileError("a tier's times are too short");
  const windows = viewOf(payload).getUint32(0, true);
  if (windows > maxWindows) throw new DamagedFileError("a tier's times are too long");
  const cursor = { at: 4 };
  const next = (): Float64Array => {
    const values = new Float64Array(windows);
    decodeValues(readColumn(payload, cursor), windows, values);
    return values;
  };
  // In the order in which they are stored.
  const [endsMs, count, beforeFirst, beforeLast] = [next(), next(), next(), next()];
  return { endsMs, count, firstMs: difference(endsMs, beforeFirst), lastMs: difference(endsMs, beforeLast) };
}

/** `id`: the row's number. */
export function encodeSummaries(columns: SummaryColumns, id: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const name of valueColumns) {
    const how = name === "first" ? own : howToStore(columns, name);
    parts.push(Uint8Array.of(how));
    if (how === own) parts.push(...columnBytes(columns[name]));
  }
  return frame(parts, id);
}

/** Columns that are not `wanted` may be all 0. Throws `DamagedFileError`. */
export function decodeSummaries(
  bytes: Uint8Array,
  id: number,
  { count }: SummaryTimes,
  wanted: readonly SummaryColumn[] = valueColumns,
): SummaryValues {
  const stored = storedColumns(openFrame(bytes, id));
  const decoded = new Map<StoredColumn, Float64Array>();
  const decode = (column: StoredColumn): Float64Array => {
    const known = decoded.get(column);
    if (known !== undefined) return known;
    const values = new Float64Array(count.length);
    decodeValues(column, count.length, values);
    decoded.set(column, values);
    return values;
  };
  const zeros = new Float64Array(count.length);
  const [first, last] = [ownOf(stored.first), stored.last.how === own ? ownOf(stored.last) : ownOf(stored.first)];
  const read = (name: keyof SummaryValues): Float64Array => {
    if (!wanted.includes(name)) return zeros;
    const column = stored[name];
    if (column.how === asFirst) return decode(first);
    if (column.how === asLast) return decode(last);
    return column.how === countTimesFirst ? product(count, decode(first)) : decode(ownOf(column));
  };
  return {
    first: read("first"),
    last: read("last"),
    min: read("min"),
    max: read("max"),
    sum: read("sum"),
    drops: read("drops"),
    dropped: read("dropped"),
    flags: read("flags"),
  };
}

type StoredColumn = Uint8Array;

interface Stored {
  readonly how: number;
  /** Only where `how` is `own`. */
  readonly bytes: StoredColumn | null;
}

function storedColumns(payload: Uint8Array): Readonly<Record<keyof SummaryValues, Stored>> {
  const cursor = { at: 0 };
  const next = (): Stored => {
    const how = payload[cursor.at++] ?? -1;
    if (how !== own && how !== asFirst && how !== asLast && how !== countTimesFirst)
      throw new DamagedFileError("a tier's row has an unknown column");
    return { how, bytes: how === own ? readColumn(payload, cursor) : null };
  };
  // In the order in which they are stored.
  return { first: next(), last: next(), min: next(), max: next(), sum: next(), drops: next(), dropped: next(), flags: next() };
}

function ownOf({ bytes }: Stored): StoredColumn {
  if (bytes === null) throw new DamagedFileError("a tier's row refers to a column that it does not have");
  return bytes;
}

function howToStore(columns: SummaryColumns, name: Exclude<(typeof valueColumns)[number], "first">): number {
  const column = columns[name];
  if (sameBits(column, columns.first)) return asFirst;
  if (name !== "last" && sameBits(column, columns.last)) return asLast;
  if (name === "sum" && sameBits(column, product(columns.count, columns.first))) return countTimesFirst;
  return own;
}

function columnBytes(column: Float64Array): Uint8Array[] {
  const encoded = encodeColumn(column);
  return [new Uint8Array(Uint32Array.of(encoded.byteLength).buffer), encoded];
}

function readColumn(payload: Uint8Array, cursor: { at: number }): Uint8Array {
  const start = cursor.at + 4;
  if (start > payload.byteLength) throw new DamagedFileError("a tier's row ends within a column");
  const end = start + viewOf(payload).getUint32(cursor.at, true);
  if (end > payload.byteLength) throw new DamagedFileError("a tier's row ends within a column");
  cursor.at = end;
  return payload.subarray(start, end);
}

function frame(parts: readonly Uint8Array[], key: number): Uint8Array {
  const payload = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    payload.set(part, at);
    at += part.byteLength;
  }
  const packed = zstdCompressSync(payload, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const form = packed.byteLength < payload.byteLength ? 1 : 0;
  const body = form === 1 ? packed : payload;
  const bytes = new Uint8Array(frameBytes + body.byteLength);
  bytes[4] = form;
  bytes.set(body, frameBytes);
  viewOf(bytes).setUint32(0, crc32(bytes.subarray(4), crcOf(key)), true);
  return bytes;
}

function openFrame(bytes: Uint8Array, key: number): Uint8Array {
  if (bytes.byteLength < frameBytes) throw new DamagedFileError("a tier's row is shorter than its header");
  if (viewOf(bytes).getUint32(0, true) !== crc32(bytes.subarray(4), crcOf(key)))
    throw new DamagedFileError("the checksum of a tier's row is wrong");
  const body = bytes.subarray(frameBytes);
  if (bytes[4] === 0) return body;
  try {
    return zstdDecompressSync(body, { maxOutputLength: maxPayload });
  } catch (error) {
    throw new DamagedFileError(`a tier's row does not inflate: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function crcOf(key: number): number {
  return crc32(new Uint8Array(Float64Array.of(key).buffer));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] ?? 0));
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value * (b[i] ?? 0));
}

/** As words, because NaN equals nothing and −0 equals 0. */
export function sameBits(a: Float64Array, b: Float64Array): boolean {
  const left = new Uint32Array(a.buffer, a.byteOffset, 2 * a.length);
  const right = new Uint32Array(b.buffer, b.byteOffset, 2 * b.length);
  return left.length === right.length && left.every((word, i) => word === right[i]);
}
