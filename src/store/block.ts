/**
 * The block: the samples of up to 64 neighbouring series over some minutes, as one blob.
 *
 *      0        1         2                 8 bytes
 *      +--------+---------+-----------------+
 *   0  | kind 1 | ver. 1  | 0 × 6           |
 *      +--------+---------+----+------------+
 *   8  | crc32 of all below u32| rows u32   |
 *      +-----------------------+------------+
 *  16  | members: bit i = a column for slot i, u8[8]
 *      +------------------------------------+
 *  24  | time of the first row, ms, f64     |
 *      +------------------------------------+
 *  32  | end offsets in the payload, u32[1 + number of columns]
 *      +------------------------------------+
 *      | zstd level 1 over the payload:     |
 *      |   u32 differences of the times     |    4 byte planes: all lowest bytes, then all second ones …
 *      |   column of the lowest slot …      |
 *      +------------------------------------+
 *
 *      column:  flag u8   0: one value per row · 1: a bitmap of the rows that have one follows, u8[⌈rows / 8⌉]
 *               values    XOR with the value before, 8 byte planes
 *
 * Little-endian throughout. Values are 64-bit words from end to end, never JavaScript numbers: NaN payloads, −0 and stale markers
 * come back bit by bit. Planes put the bytes that do not change next to each other, which is what zstd needs.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { DamagedFileError } from "./database.ts";

/** Series per block: neighbours by number (`ref >> 6`). Larger blocks read more than is asked for, smaller ones compress less. */
export const seriesPerBlock = 64;
/** Bound for what a damaged header can make us allocate; sealing stays far below. */
const maxRows = 16_384;

const kindFloat64 = 1;
const formatVersion = 1;
const headerBytes = 32;

/** One series' values in a block. `words`: two u32 per value, low word first. `present`: bitmap over the rows, `null` when in all. */
export interface ColumnInput {
  /** `ref & 63`; columns come in ascending order of it. */
  readonly slot: number;
  readonly present: Uint8Array | null;
  readonly words: Uint32Array;
}

export interface ColumnSamples {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** Times ascend strictly and span less than 2³² ms. */
export function encodeBlock(timestampsMs: Float64Array, columns: readonly ColumnInput[]): Uint8Array {
  const rows = timestampsMs.length;
  const bitmapBytes = Math.ceil(rows / 8);
  const payload = new Uint8Array(rows * 4 + columns.length * (1 + bitmapBytes + rows * 8));
  const ends = new Uint32Array(1 + columns.length);
  let end = encodeTimes(timestampsMs, payload);
  ends[0] = end;
  for (const [index, column] of columns.entries()) {
    payload[end++] = column.present === null ? 0 : 1;
    if (column.present !== null) {
      payload.set(column.present, end);
      end += bitmapBytes;
    }
    end = encodeWords(column.words, payload, end);
    ends[index + 1] = end;
  }

  const packed = zstdCompressSync(payload.subarray(0, end), { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const block = new Uint8Array(headerBytes + ends.byteLength + packed.byteLength);
  const view = new DataView(block.buffer);
  block[0] = kindFloat64;
  block[1] = formatVersion;
  view.setUint32(12, rows, true);
  block.set(membersOf(columns), 16);
  view.setFloat64(24, timestampsMs[0] ?? 0, true);
  block.set(new Uint8Array(ends.buffer), headerBytes);
  block.set(packed, headerBytes + ends.byteLength);
  view.setUint32(8, crc32(block.subarray(12)), true);
  return block;
}

/** Bit i of byte i >> 3: slot i has a column. Kept beside the blob too, so that membership is known without reading it. */
export function membersOf(columns: readonly ColumnInput[]): Uint8Array {
  const members = new Uint8Array(seriesPerBlock / 8);
  for (const { slot } of columns) members[slot >> 3] = (members[slot >> 3] ?? 0) | (1 << (slot & 7));
  return members;
}

export function hasMember(members: Uint8Array, slot: number): boolean {
  return (((members[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1;
}

/** An inflated block, from which single columns are decoded. */
export interface Block {
  readonly members: Uint8Array;
  readonly timestampsMs: Float64Array;
  readonly ends: Uint32Array;
  readonly payload: Uint8Array;
}

/** Checks and inflates; throws `DamagedFileError`. */
export function openBlock(bytes: Uint8Array): Block {
  if (bytes.byteLength < headerBytes) throw new DamagedFileError("a block is shorter than its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8, true) !== crc32(bytes.subarray(12))) throw new DamagedFileError("a block's checksum is wrong");
  if (bytes[0] !== kindFloat64 || bytes[1] !== formatVersion) {
    throw new DamagedFileError(`a block has the unknown kind ${bytes[0]}, version ${bytes[1]}`);
  }
  const rows = view.getUint32(12, true);
  const members = bytes.slice(16, 24);
  const columnCount = countMembersBelow(members, seriesPerBlock);
  const payloadStart = headerBytes + 4 * (1 + columnCount);
  if (rows === 0 || rows > maxRows || bytes.byteLength < payloadStart) throw new DamagedFileError("a block's header is wrong");
  const ends = new Uint32Array(bytes.slice(headerBytes, payloadStart).buffer);
  const length = ends[columnCount] ?? 0;
  if (length > columnCount * (1 + Math.ceil(rows / 8) + rows * 8) + rows * 4) throw new DamagedFileError("a block is too long");
  const payload = inflate(bytes.subarray(payloadStart), length);
  return { members, timestampsMs: decodeTimes(payload, rows, view.getFloat64(24, true)), ends, payload };
}

/** The samples of one slot, `null` where the series has none in this block. Times may be shared with other columns. */
export function decodeColumn(block: Block, slot: number): ColumnSamples | null {
  if (!hasMember(block.members, slot)) return null;
  const index = countMembersBelow(block.members, slot);
  let start = block.ends[index] ?? 0;
  const end = block.ends[index + 1] ?? 0;
  const rows = block.timestampsMs.length;
  const sparse = block.payload[start++] === 1;
  const bitmap = sparse ? block.payload.subarray(start, start + Math.ceil(rows / 8)) : null;
  if (bitmap !== null) start += bitmap.byteLength;
  const timestampsMs = bitmap === null ? block.timestampsMs : pickTimes(block.timestampsMs, bitmap);
  const count = timestampsMs.length;
  if (end - start !== count * 8) throw new DamagedFileError("a block's column has a wrong length");
  return { timestampsMs, values: decodeWords(block.payload.subarray(start, end), count) };
}

function inflate(packed: Uint8Array, length: number): Uint8Array {
  let payload: Uint8Array;
  try {
    payload = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, length) });
  } catch (error) {
    throw new DamagedFileError(`a block does not inflate: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (payload.byteLength !== length) throw new DamagedFileError("a block inflates to another length");
  return payload;
}

function encodeTimes(timestampsMs: Float64Array, out: Uint8Array): number {
  const rows = timestampsMs.length;
  let previous = timestampsMs[0] ?? 0;
  for (let row = 0; row < rows; row++) {
    const time = timestampsMs[row] ?? 0;
    const difference = time - previous;
    previous = time;
    for (let plane = 0; plane < 4; plane++) out[plane * rows + row] = difference >>> (plane * 8);
  }
  return rows * 4;
}

function decodeTimes(payload: Uint8Array, rows: number, firstMs: number): Float64Array {
  const times = new Float64Array(rows);
  let time = firstMs;
  for (let row = 0; row < rows; row++) {
    time += byte(payload, row) + byte(payload, rows + row) * 0x100 + byte(payload, 2 * rows + row) * 0x1_0000;
    time += byte(payload, 3 * rows + row) * 0x100_0000;
    times[row] = time;
  }
  return times;
}

function encodeWords(words: Uint32Array, out: Uint8Array, start: number): number {
  const count = words.length >> 1;
  let previousLow = 0;
  let previousHigh = 0;
  for (let i = 0; i < count; i++) {
    // In bounds: 2i + 1 < words.length.
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    let at = start + i;
    for (let word = low ^ previousLow, plane = 0; plane < 4; plane++, at += count) out[at] = word >>> (plane * 8);
    for (let word = high ^ previousHigh, plane = 0; plane < 4; plane++, at += count) out[at] = word >>> (plane * 8);
    previousLow = low;
    previousHigh = high;
  }
  return start + count * 8;
}

function decodeWords(planes: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  let low = 0;
  let high = 0;
  for (let i = 0; i < count; i++) {
    low ^=
      byte(planes, i) |
      (byte(planes, count + i) << 8) |
      (byte(planes, 2 * count + i) << 16) |
      (byte(planes, 3 * count + i) << 24);
    const at = 4 * count + i;
    high ^=
      byte(planes, at) |
      (byte(planes, count + at) << 8) |
      (byte(planes, 2 * count + at) << 16) |
      (byte(planes, 3 * count + at) << 24);
    words[2 * i] = low;
    words[2 * i + 1] = high;
  }
  return values;
}

function byte(bytes: Uint8Array, index: number): number {
  // Callers stay inside the lengths that were checked on opening.
  return bytes[index] as number;
}

function pickTimes(timestampsMs: Float64Array, bitmap: Uint8Array): Float64Array {
  return timestampsMs.filter((_, row) => (((bitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 1);
}

function countMembersBelow(members: Uint8Array, slot: number): number {
  let count = 0;
  for (let i = 0; i < slot; i++) if (hasMember(members, i)) count++;
  return count;
}
