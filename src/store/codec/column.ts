/**
 * A column: the values of one series, as few bytes as they need, every bit of them kept.
 *
 *      +-----------------------------------------------------+---------------------+
 *      | head: what the column is, and its few odd values    | tail: the residuals |
 *      +-----------------------------------------------------+---------------------+
 *
 *      head byte: kind :2 · scale :3 · exceptions follow :1
 *      kind 0 constant   bits u32 low, u32 high
 *           1 integers   [scale's exponent, varint] [exceptions] head of the integers     value = integer, scaled (`decimal.ts`)
 *           2 words      heads of the high and of the low words, as integers · bytes of the high words' tail, varint
 *           3 raw        tail: bits u32 low, u32 high per value
 *
 * A head says itself where it ends. Words are for true doubles, whose high words differ little and whose low words are noise. B/value on
 * a sine, on ratios of integers, on exponentials: 4.8, 6.9, 7.0; XOR with the value before, in bits (Gorilla, Pelkonen 2015) 6.8, 8.1, 7.5,
 * in byte planes under zstd 6.0, 7.2, 7.4.
 */
import { DamagedFileError } from "../database.ts";
import { checkScale, type Scale, scaleKinds, toIntegers, unscale } from "./decimal.ts";
import { patchExceptions, skipExceptions, writeExceptions } from "./exceptions.ts";
import { decodeIntegers, encodeIntegers, readIntegersHead } from "./integers.ts";
import {
  type ByteRange,
  type ByteSink,
  type ByteSource,
  byteSink,
  readByte,
  readVarint,
  readWord,
  sunkBytes,
  writeByte,
  writeVarint,
  writeWord,
} from "./varint.ts";

/**
 * Of fewer values the residuals are packed instead of coded: the recorded hour takes 4 % more in blocks of 60 rows, 4 % less in ones of 30,
 * and a fifth of the time; in blocks of 120 rows it would take 10 % more.
 */
const packedValues = 100;

const kinds = { constant: 0, integers: 1, words: 2, raw: 3 } as const;
const exceptionsFlag = 0x20;

/** Head and tail of one column. */
export interface EncodedColumn {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** `best`: as few bytes as can be found. `quick`: in a fifth of the time, for what is coded anew within an hour. */
export type Effort = "best" | "quick";

/** Any float64 values, NaN payloads and −0 included. */
export function encodeColumn(values: Float64Array, effort: Effort = "best"): Uint8Array {
  const { head, tail } = encodeColumnParts(values, effort);
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

/**
 * Fills out[0 … count) from all of `bytes`, which may begin at any address and come from anywhere: what is not what `encodeColumn`
 * makes of `count` values is a `DamagedFileError` or some other values, and takes no more time and memory than those.
 */
export function decodeValues(bytes: Uint8Array, count: number, out: Float64Array): void {
  const source: ByteSource = { bytes, at: 0 };
  decodeColumnParts(source, null, count, out);
}

export function encodeColumnParts(values: Float64Array, effort: Effort = "best"): EncodedColumn {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  if (values.length === 0) return { head: new Uint8Array(), tail: new Uint8Array() };
  // One of equal values says it all, and most columns of a machine are constant.
  const distinct = isConstant(words) ? 1 : values.length;
  const integers = asIntegers(values.subarray(0, distinct), words, effort);
  if (distinct === 1) return integers ?? asConstant(words);
  // Nothing else is worth trying where integers take less than half of the values.
  if (integers !== null && sizeOf(integers) < 4 * values.length) return integers;
  if (effort === "quick") return integers !== null && sizeOf(integers) < 8 * values.length ? integers : asRaw(words);
  const candidates = [asRaw(words), asWords(words), ...(integers === null ? [] : [integers])];
  return candidates.reduce((best, one) => (sizeOf(one) <= sizeOf(best) ? one : best));
}

/** Compares everything with itself one value further on, which the machine does fastest; the first few values mostly tell already. */
function isConstant(words: Uint32Array): boolean {
  for (let i = 2; i < words.length && i < 16; i++) if (words[i] !== words[i & 1]) return false;
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return Buffer.compare(bytes.subarray(8), bytes.subarray(0, -8)) === 0;
}

function sizeOf({ head, tail }: EncodedColumn): number {
  return head.length + tail.length;
}

function asConstant(words: Uint32Array): EncodedColumn {
  const head = byteSink();
  writeByte(head, kinds.constant);
  // There is a value.
  writeWord(head, words[0] ?? 0);
  writeWord(head, words[1] ?? 0);
  return { head: sunkBytes(head), tail: new Uint8Array() };
}

function asIntegers(values: Float64Array, words: Uint32Array, effort: Effort): EncodedColumn | null {
  const scaled = toIntegers(values);
  if (scaled === null) return null;
  const { scale, integers, exceptions } = scaled;
  const head = byteSink();
  writeByte(head, kinds.integers | (scale.kind << 2) | (exceptions.length > 0 ? exceptionsFlag : 0));
  if (scale.kind !== 0) writeVarint(head, scale.exponent);
  if (exceptions.length > 0) writeExceptions(head, words, exceptions);
  const tail = encodeIntegers(integers, head, effort === "quick" ? Infinity : packedValues);
  return tail === null ? null : { head: sunkBytes(head), tail };
}

function asWords(words: Uint32Array): EncodedColumn {
  const head = byteSink();
  writeByte(head, kinds.words);
  const high = wordsTail(words, 1, head);
  const low = wordsTail(words, 0, head);
  writeVarint(head, high.length);
  const tail = new Uint8Array(high.length + low.length);
  tail.set(high);
  tail.set(low, high.length);
  return { head: sunkBytes(head), tail };
}

function wordsTail(words: Uint32Array, offset: 0 | 1, head: ByteSink): Uint8Array {
  const integers = Float64Array.from({ length: words.length >> 1 }, (_, i) => words[2 * i + offset] ?? 0);
  const tail = encodeIntegers(integers, head, packedValues);
  if (tail === null) throw new Error("32 bits are always exact");
  return tail;
}

const rawHead = Uint8Array.of(kinds.raw);

function asRaw(words: Uint32Array): EncodedColumn {
  return { head: rawHead, tail: new Uint8Array(words.buffer, words.byteOffset, words.byteLength).slice() };
}

/** As `decodeValues`; the tail is elsewhere in the same bytes, or follows the head to their end where it is `null`. */
export function decodeColumnParts(source: ByteSource, tail: ByteRange | null, count: number, out: Float64Array): void {
  if (count === 0) {
    if (lengthOf(tail ?? restOf(source)) > 0) throw new DamagedFileError("an empty column has bytes");
    return;
  }
  const first = readByte(source);
  switch (first & 3) {
    case kinds.constant:
      return decodeConstant(source, tail, count, out);
    case kinds.integers:
      return decodeScaled(source, tail, first, count, out);
    case kinds.words:
      return decodeWords(source, tail, count, out);
    default:
      return decodeRaw(source.bytes, tail ?? restOf(source), count, out);
  }
}

function restOf({ bytes, at }: ByteSource): ByteRange {
  return { from: at, to: bytes.length };
}

function lengthOf({ from, to }: ByteRange): number {
  return to - from;
}

function decodeConstant(source: ByteSource, tail: ByteRange | null, count: number, out: Float64Array): void {
  const low = readWord(source);
  const high = readWord(source);
  if (lengthOf(tail ?? restOf(source)) > 0) throw new DamagedFileError("a constant column has values");
  const words = wordsOf(out, count);
  for (let i = 0; i < words.length; i += 2) {
    words[i] = low;
    words[i + 1] = high;
  }
}

/** `first`: the head's first byte. */
function decodeScaled(source: ByteSource, tail: ByteRange | null, first: number, count: number, out: Float64Array): void {
  const kind = (first >> 2) & 7;
  const scale = kind === scaleKinds.integer ? unscaled : { kind, exponent: readVarint(source) };
  checkScale(scale);
  const exceptions = (first & exceptionsFlag) === 0 ? null : skipExceptions(source);
  const head = readIntegersHead(source);
  decodeIntegers(head, source.bytes, tail ?? restOf(source), count, out);
  unscale(out, count, scale);
  if (exceptions !== null) patchExceptions(exceptions, count, out);
}

const unscaled: Scale = { kind: scaleKinds.integer, exponent: 0 };

function decodeWords(source: ByteSource, tail: ByteRange | null, count: number, out: Float64Array): void {
  const highHead = readIntegersHead(source);
  const lowHead = readIntegersHead(source);
  const highLength = readVarint(source);
  const { from, to } = tail ?? restOf(source);
  const middle = from + highLength;
  if (middle > to) throw new DamagedFileError("a part of a block reaches beyond its end");
  decodeIntegers(highHead, source.bytes, { from, to: middle }, count, out);
  const low = new Float64Array(count);
  decodeIntegers(lowHead, source.bytes, { from: middle, to }, count, low);
  const words = wordsOf(out, count);
  for (let i = 0; i < count; i++) {
    // The high word lies, as a double, where both words go: it is read before it is overwritten.
    words[2 * i + 1] = out[i] ?? 0;
    words[2 * i] = low[i] ?? 0;
  }
}

function decodeRaw(bytes: Uint8Array, { from, to }: ByteRange, count: number, out: Float64Array): void {
  if (to - from !== 8 * count) throw new DamagedFileError("a raw column has a wrong length");
  new Uint8Array(out.buffer, out.byteOffset, 8 * count).set(bytes.subarray(from, to));
}

function wordsOf(values: Float64Array, count: number): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, 2 * count);
}
