/**
 * The block: the samples of up to 64 neighbouring series over some time, as one blob.
 *
 *      0        1         2         3         4            8 bytes
 *      +--------+---------+---------+---------+------------+
 *   0  | kind 1 | ver. 2  | flags   | 0       | crc32 u32  |     flag 1: the payload is under zstd · flag 2: coded in haste, to be
 *      +--------+---------+---------+---------+------------+     merged later · crc of all other bytes
 *   8  | members: bit i = a column for slot i, u8[8]       |
 *      +---------------------------------------------------+
 *  16  | rows, varint · bytes of the payload, varint       |
 *      +---------------------------------------------------+
 *      | payload:                                          |
 *      |   bytes of the times, varint · times, as a column |     `codec/column.ts`
 *      |   number of patterns, varint · patterns           |     which rows a column has: `codec/presence.ts`
 *      |   directory, per column:                          |
 *      |     [pattern, varint: 0 = all rows, 1 the first]  |     only where there are patterns
 *      |     bytes of the head, varint                     |
 *      |     bytes of the tail × 2, varint, or 1 + 2 × how many columns back the same tail is
 *      |   heads                                           |
 *      |   tails                                           |
 *      +---------------------------------------------------+
 *
 * Equal tails are kept once: copies of a series, and one thing in bytes and in pages. The tails are entropy-coded already, so that zstd
 * finds something only where values repeat in long patterns; a plain block gives one column without touching the others.
 *
 * Numbers are little-endian. Values are 64-bit words from end to end wherever they are not exact integers: NaN payloads, −0 and stale
 * markers come back bit by bit.
 *
 * The recorded hour in blocks of 3,600 rows × 64 series, B/sample, everything counted (`npm run bench -- codec`): .386; times alone .004.
 * With 900 rows .395, 300 rows .419. What else was tried, of the same blocks: all under zstd 1 or 3 .385 and 30 µs more per read;
 * 32 series .391, 128 series .384; only m / 10^e as scale .43; no common factor .466; no order 2 .387; bit lengths as bytes under
 * zstd, which codes them too, .418; mini-blocks of 64 bit-packed with exceptions, under zstd .413, without .457; XOR in byte planes under
 * zstd (version 1) 1.09; XOR in bits as Gorilla's 1.29. Not built: differences to a neighbouring column would save another 3 %.
 */
import { constants, crc32, zstdCompressSync } from "node:zlib";
import { type BlockV1, decodeColumnV1, openBlockV1 } from "./block-v1.ts";
import { decodeColumnParts, decodeValues, type Effort, encodeColumn, encodeColumnParts } from "./column.ts";
import { inflate } from "./inflate.ts";
import { readPresence, writePresence } from "./presence.ts";
import { areSlices, type BlockOfSlices, decodeSlices, openSlices } from "./slices.ts";
import {
  type ByteRange,
  type ByteSource,
  byteSink,
  readBytes,
  readVarint,
  skipBytes,
  sunkBytes,
  writeBytes,
  writeVarint,
} from "./varint.ts";
import { DamagedFileError } from "../database.ts";

/** Series per block: neighbours by number (`ref >> 6`). Larger blocks read more than is asked for, smaller ones compress less. */
export const seriesPerBlock = 64;
/** Bound for what a damaged header can make us allocate: four hours and a half at 1 Hz. */
const maxRows = 16_384;
/** No column is longer than its values and a head; exceptions, at most as many as rows, are in the head. */
const maxColumnBytes = 64 + 24 * maxRows;

const kindFloat64 = 1;
const formatVersion = 2;
const crcAt = 4;
const membersAt = 8;
const headerBytes = 16;
const compressedFlag = 1;
const hastyFlag = 2;
/** Inflating takes 30 µs even for little, and of all columns: only where it saves this part. */
const leastSaving = 0.25;

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

/** A column as a block holds it. Making it is most of the work of encoding, so who must not stop for long does it step by step. */
export interface EncodedColumn extends Pick<ColumnInput, "slot" | "present"> {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** `effort`: see `encodeColumnParts`. */
export function encodeBlockColumn({ slot, present, words }: ColumnInput, effort: Effort = "best"): EncodedColumn {
  return { slot, present, ...encodeColumnParts(new Float64Array(words.buffer, words.byteOffset, words.length >> 1), effort) };
}

/** Times are whole ms and ascend strictly; at least one. */
export function encodeBlock(timestampsMs: Float64Array, columns: readonly ColumnInput[]): Uint8Array {
  return assembleBlock(
    timestampsMs,
    columns.map((column) => encodeBlockColumn(column)),
  );
}

/** The same from columns that are encoded already, with that effort. */
export function assembleBlock(
  timestampsMs: Float64Array,
  columns: readonly EncodedColumn[],
  effort: Effort = "best",
): Uint8Array {
  const rows = timestampsMs.length;
  const plain = payloadOf(encodeColumn(timestampsMs, effort), rows, columns);
  if (effort === "quick") return framed({ flags: hastyFlag, rows, columns, plain, stored: plain });
  const packed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  const isSmaller = packed.length <= plain.length * (1 - leastSaving);
  return framed({ flags: isSmaller ? compressedFlag : 0, rows, columns, plain, stored: isSmaller ? packed : plain });
}

/** Whether a block, of which these are the first bytes, is not coded as it is to stay. */
export function isHasty(bytes: Uint8Array): boolean {
  return areSlices(bytes) || ((bytes[2] ?? 0) & hastyFlag) !== 0;
}

function framed(block: {
  readonly flags: number;
  readonly rows: number;
  readonly columns: readonly Pick<ColumnInput, "slot">[];
  readonly plain: Uint8Array;
  readonly stored: Uint8Array;
}): Uint8Array {
  const sink = byteSink(headerBytes + 16 + block.stored.length);
  writeBytes(sink, Uint8Array.of(kindFloat64, formatVersion, block.flags, 0, 0, 0, 0, 0));
  writeBytes(sink, membersOf(block.columns));
  writeVarint(sink, block.rows);
  writeVarint(sink, block.plain.length);
  writeBytes(sink, block.stored);
  const bytes = sunkBytes(sink);
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(crcAt, checksum(bytes), true);
  return bytes;
}

function payloadOf(times: Uint8Array, rows: number, columns: readonly EncodedColumn[]): Uint8Array {
  const patterns = new Map<string, number>();
  const patternBytes = byteSink();
  const directory = byteSink();
  const heads = byteSink();
  const tails = byteSink();
  const tailIndex = new Map<string, number>();
  const patternOf = columns.map(({ present }) => {
    if (present === null) return 0;
    const key = Buffer.from(present).toString("latin1");
    const known = patterns.get(key);
    if (known !== undefined) return known;
    writePresence(patternBytes, present, rows);
    patterns.set(key, patterns.size + 1);
    return patterns.size;
  });
  for (const [index, { head, tail }] of columns.entries()) {
    if (patterns.size > 0) writeVarint(directory, patternOf[index] ?? 0);
    writeVarint(directory, head.length);
    writeBytes(heads, head);
    const key = tail.length === 0 ? "" : Buffer.from(tail.buffer, tail.byteOffset, tail.length).toString("latin1");
    const same = tailIndex.get(key);
    if (same === undefined || key === "") {
      tailIndex.set(key, index);
      writeVarint(directory, 2 * tail.length);
      writeBytes(tails, tail);
    } else writeVarint(directory, 1 + 2 * (index - same));
  }
  const payload = byteSink(times.length + patternBytes.length + directory.length + heads.length + tails.length + 16);
  writeVarint(payload, times.length);
  writeBytes(payload, times);
  writeVarint(payload, patterns.size);
  for (const part of [patternBytes, directory, heads, tails]) writeBytes(payload, sunkBytes(part));
  return sunkBytes(payload);
}

/** Bit i of byte i >> 3: slot i has a column. Kept beside the blob too, so that membership is known without reading it. */
export function membersOf(columns: readonly Pick<ColumnInput, "slot">[]): Uint8Array {
  const members = new Uint8Array(seriesPerBlock / 8);
  for (const { slot } of columns) members[slot >> 3] = (members[slot >> 3] ?? 0) | (1 << (slot & 7));
  return members;
}

export function hasMember(members: Uint8Array, slot: number): boolean {
  return (((members[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1;
}

/** An opened block, from which single columns are decoded. */
export type Block = BlockV1 | BlockV2 | BlockOfSlices;

interface BlockV2 {
  readonly version: 2;
  readonly members: Uint8Array;
  readonly timestampsMs: Float64Array;
  readonly payload: Uint8Array;
  /** By slot, `null` where it has none. */
  readonly columns: readonly (ColumnPart | null)[];
}

/** The range is that of its tail. */
interface ColumnPart extends ByteRange {
  /** Of the rows that the column has. */
  readonly timestampsMs: Float64Array;
  /** Where in the payload its head begins. */
  readonly headAt: number;
}

/** Checks, and inflates what is under zstd; throws `DamagedFileError`. */
export function openBlock(bytes: Uint8Array): Block {
  if (bytes.byteLength < headerBytes) throw new DamagedFileError("a block is shorter than its header");
  if (areSlices(bytes)) return openSlices(bytes);
  const [kind, version, flags] = bytes;
  if (kind === kindFloat64 && version === 1)
    return openBlockV1(bytes, maxRows, (members) => countMembersBelow(members, seriesPerBlock));
  if (kind !== kindFloat64 || version !== formatVersion) {
    throw new DamagedFileError(`a block has the unknown kind ${kind}, version ${version}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(crcAt, true) !== checksum(bytes)) throw new DamagedFileError("a block's checksum is wrong");
  const members = new Uint8Array(bytes.subarray(membersAt, headerBytes));
  const header: ByteSource = { bytes, at: headerBytes };
  const rows = readVarint(header);
  const length = readVarint(header);
  if (rows === 0 || rows > maxRows || length > (seriesPerBlock + 1) * maxColumnBytes)
    throw new DamagedFileError("a block's header is wrong");
  const stored = bytes.subarray(header.at);
  const payload = flags === compressedFlag ? inflate(stored, length) : stored;
  if (payload.length !== length) throw new DamagedFileError("a block has a wrong length");
  return { version: 2, members, ...openPayload({ bytes: payload, at: 0 }, rows, members) };
}

function openPayload(source: ByteSource, rows: number, members: Uint8Array): Omit<BlockV2, "version" | "members"> {
  const times = new Float64Array(rows);
  decodeValues(readBytes(source, readVarint(source)), rows, times);
  const timestampsMs = sharedTimes(times);
  const patterns = [timestampsMs];
  const patternCount = readVarint(source);
  if (patternCount > seriesPerBlock) throw new DamagedFileError("a block has more patterns than columns");
  for (let i = 0; i < patternCount; i++) {
    // Rows are below `rows`.
    patterns.push(Float64Array.from(readPresence(source, rows), (row) => timestampsMs[row] ?? 0));
  }
  const columns = readDirectory(source, patterns, members);
  if (source.at !== source.bytes.length) throw new DamagedFileError("a block has a wrong length");
  return { timestampsMs, payload: source.bytes, columns };
}

function readDirectory(source: ByteSource, patterns: readonly Float64Array[], members: Uint8Array): (ColumnPart | null)[] {
  const slots: number[] = [];
  const times: Float64Array[] = [];
  const headLengths: number[] = [];
  const tailCodes: number[] = [];
  for (let slot = 0; slot < seriesPerBlock; slot++) {
    if (!hasMember(members, slot)) continue;
    const timestampsMs = patterns[patterns.length === 1 ? 0 : readVarint(source)];
    if (timestampsMs === undefined) throw new DamagedFileError("a block's column refers to a pattern that is not there");
    slots.push(slot);
    times.push(timestampsMs);
    headLengths.push(readVarint(source));
    tailCodes.push(readVarint(source));
  }
  const heads = headLengths.map((length) => skipBytes(source, length));
  const columns = Array.from({ length: seriesPerBlock }, (): ColumnPart | null => null);
  const parts: ColumnPart[] = [];
  for (let i = 0; i < slots.length; i++) {
    const code = tailCodes[i] ?? 0;
    const same = code % 2 === 0 ? null : parts[i - (code - 1) / 2];
    if (same === undefined) throw new DamagedFileError("a block's column refers to one that is not there");
    const from = same === null ? skipBytes(source, code / 2) : same.from;
    const part = { timestampsMs: times[i] ?? noTimes, headAt: heads[i] ?? 0, from, to: same === null ? source.at : same.to };
    parts.push(part);
    columns[slots[i] ?? 0] = part;
  }
  return columns;
}

const noTimes = new Float64Array();

/** Time columns of the blocks that were opened last, by their first time. */
const recentTimes = new Map<number, Float64Array>();
const recentTimesMax = 64;

/**
 * The array of another block with the same times, where one was opened lately: all series were sampled at once, and who computes with
 * thousands of them need look at their times only once. Nobody changes what is in there.
 */
function sharedTimes(timestampsMs: Float64Array): Float64Array {
  const [firstMs = 0] = timestampsMs;
  const known = recentTimes.get(firstMs);
  if (known !== undefined && isEqual(known, timestampsMs)) return known;
  recentTimes.delete(firstMs);
  recentTimes.set(firstMs, timestampsMs);
  const [oldest] = recentTimes.keys();
  if (recentTimes.size > recentTimesMax && oldest !== undefined) recentTimes.delete(oldest);
  return timestampsMs;
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The samples of one slot, `null` where the series has none in this block. Times may be shared with other columns. */
export function decodeColumn(
  block: Block,
  slot: number,
  allocate: (length: number) => Float64Array = (length) => new Float64Array(length),
): ColumnSamples | null {
  if (block.version === "slices") return decodeSlices(block, slot, allocate);
  if (block.version === 1) {
    return hasMember(block.members, slot) ? decodeColumnV1(block, countMembersBelow(block.members, slot)) : null;
  }
  const column = block.columns[slot];
  if (column === null || column === undefined) return null;
  const values = allocate(column.timestampsMs.length);
  decodeColumnParts({ bytes: block.payload, at: column.headAt }, column, values.length, values);
  return { timestampsMs: column.timestampsMs, values };
}

function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(membersAt), crc32(bytes.subarray(0, crcAt)));
}

function countMembersBelow(members: Uint8Array, slot: number): number {
  let count = 0;
  for (let i = 0; i < slot; i++) if (hasMember(members, i)) count++;
  return count;
}
