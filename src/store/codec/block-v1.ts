/**
 * Blocks of version 1, as the first releases wrote them: XOR with the value before, in byte planes, under zstd. Read only; a data
 * directory keeps them until they leave with their partition.
 *
 *      0        1         2                 8 bytes
 *      +--------+---------+-----------------+
 *   0  | kind 1 | ver. 1  | not read        |
 *      +--------+---------+----+------------+
 *   8  | crc32 of all below u32| rows u32   |
 *      +-----------------------+------------+
 *  16  | members: bit i = a column for slot i, u8[8]
 *      +------------------------------------+
 *  24  | time of the first row, ms, f64     |
 *      +------------------------------------+
 *  32  | end offsets in the payload, u32[1 + number of columns]
 *      +------------------------------------+
 *      | zstd over the payload:             |
 *      |   u32 differences of the times     |    4 byte planes: all lowest bytes, then all second ones …
 *      |   column of the lowest slot …      |
 *      +------------------------------------+
 *
 *      column:  flag u8   0: one value per row · 1: a bitmap of the rows that have one follows, u8[⌈rows / 8⌉]
 *               values    XOR with the value before, 8 byte planes
 */
import { crc32 } from "node:zlib";
import { DamagedFileError } from "../database.ts";
import { inflate } from "./inflate.ts";

const headerBytes = 32;
const membersAt = 16;

export interface BlockV1 {
  readonly version: 1;
  readonly members: Uint8Array;
  readonly timestampsMs: Float64Array;
  readonly ends: Uint32Array;
  readonly payload: Uint8Array;
}

/** Checks and inflates a block that begins with kind 1, version 1. At most `maxRows` rows. Throws `DamagedFileError`. */
export function openBlockV1(bytes: Uint8Array, maxRows: number, countMembers: (members: Uint8Array) => number): BlockV1 {
  if (bytes.byteLength < headerBytes) throw new DamagedFileError("a block is shorter than its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8, true) !== crc32(bytes.subarray(12))) throw new DamagedFileError("a block's checksum is wrong");
  const rows = view.getUint32(12, true);
  const members = new Uint8Array(bytes.subarray(membersAt, membersAt + 8));
  const columns = countMembers(members);
  const payloadStart = headerBytes + 4 * (1 + columns);
  if (rows === 0 || rows > maxRows || bytes.byteLength < payloadStart) throw new DamagedFileError("a block's header is wrong");
  const ends = new Uint32Array(new Uint8Array(bytes.subarray(headerBytes, payloadStart)).buffer);
  const length = ends[columns] ?? 0;
  if (length > columns * (1 + Math.ceil(rows / 8) + rows * 8) + rows * 4) throw new DamagedFileError("a block is too long");
  const payload = inflate(bytes.subarray(payloadStart), length);
  return { version: 1, members, timestampsMs: decodeTimes(payload, rows, view.getFloat64(24, true)), ends, payload };
}

/** The column that comes `index`th in the block. */
export function decodeColumnV1(
  block: BlockV1,
  index: number,
): { readonly timestampsMs: Float64Array; readonly values: Float64Array } {
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

function decodeWords(planes: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  let low = 0;
  let high = 0;
  for (let i = 0; i < count; i++) {
    low ^= planesAt(planes, i, count);
    high ^= planesAt(planes, 4 * count + i, count);
    words[2 * i] = low;
    words[2 * i + 1] = high;
  }
  return values;
}

function planesAt(planes: Uint8Array, at: number, count: number): number {
  return (
    byte(planes, at) |
    (byte(planes, count + at) << 8) |
    (byte(planes, 2 * count + at) << 16) |
    (byte(planes, 3 * count + at) << 24)
  );
}

function byte(bytes: Uint8Array, index: number): number {
  // Callers stay inside the lengths that were checked on opening.
  return bytes[index] ?? 0;
}

function pickTimes(timestampsMs: Float64Array, bitmap: Uint8Array): Float64Array {
  return timestampsMs.filter((_, row) => (((bitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 1);
}
