/**
 * The way back from `residual-encoder.ts`, where the format is drawn. Every sample that is read and not constant goes through the
 * loops here. They check no bounds per symbol: the tables name symbols that exist, reading behind the end gives zeros, and the place
 * where the streams end is compared with their length.
 */
import { DamagedFileError } from "../database.ts";
import { readWideBits, windowAt } from "./bits.ts";
import { leastOf, maxClasses, maxDetailBits, noiseBitsOf } from "./classes.ts";
import { readCodeLengths } from "./code-lengths.ts";
import { arePacked, unpackResiduals } from "./packed-residuals.ts";
import { fillDecodeTable, maxCodeBits } from "./prefix-code.ts";
import { maxSymbolBits } from "./residual-encoder.ts";
import { maxRunSymbols } from "./residual-model.ts";
import { type ByteRange, type ByteSource, readByte, readSignedVarint, readVarint } from "./varint.ts";

// Scratch, kept because a read decodes thousands of columns. Nothing in there outlives a call.
const maxSymbols = maxRunSymbols + 2 * maxClasses;
const lengths = new Uint8Array(maxSymbols);
const entries = new Int32Array(maxSymbols);
const table = new Int32Array(2 ** maxCodeBits);
const least = new Float64Array(maxSymbols);
const positions = new Int32Array(2);

/** By detail bits: the least value of each class, from class −maxClasses on. Computing it took a twelfth of decoding short columns. */
const leastOfClasses = Array.from({ length: maxDetailBits + 1 }, (_, detailBits) =>
  Float64Array.from({ length: 2 * maxClasses }, (__, i) => leastOf(i - maxClasses, detailBits)),
);

/** A stream's bytes, and the same memory as words. */
interface LoadedStream {
  bytes: Uint8Array;
  words: Int32Array;
}

const firstStream: LoadedStream = { bytes: new Uint8Array(), words: new Int32Array() };
const secondStream: LoadedStream = { bytes: new Uint8Array(), words: new Int32Array() };

// An entry of the table: bits of the symbol :6 (code and noise) · bits of its code :4 · symbol :11 · flags.
const codeBitsAt = 6;
const symbolAt = 10;
const symbolMask = 0x7ff;
const wideFlag = 1 << 30;
const runFlag = 1 << 31;

/** Fills out[from … to), from < to, with `offset` + residual out of all of the tail, a part of `bytes`. Throws `DamagedFileError`; `out` may be half full then. */
export function decodeResiduals(
  bytes: Uint8Array,
  tail: ByteRange,
  offset: number,
  out: Float64Array,
  from: number,
  to: number,
): void {
  if (arePacked(bytes, tail)) {
    unpackResiduals(bytes, tail, offset, out, from, to);
    return;
  }
  const source: ByteSource = { bytes, at: tail.from };
  const { symbols, narrow } = readModel(source, offset);
  const mask = 2 ** fillDecodeTable(lengths, entries, table, symbols) - 1;
  const firstLength = readVarint(source);
  const secondLength = tail.to - source.at - firstLength;
  // What is longer than its values could ever be is damaged, and is not copied.
  const limit = (maxSymbolBits / 8) * (to - from + 1);
  if (secondLength < 0) throw new DamagedFileError("a part of a block reaches beyond its end");
  if (firstLength > limit || secondLength > limit) throw new DamagedFileError("a block's column is too long");
  const first = load(firstStream, bytes, source.at, firstLength);
  const second = load(secondStream, bytes, source.at + firstLength, secondLength);
  const middle = from + ((to - from) >> 1);
  positions.fill(0);
  if (narrow) decodeNarrowPairs(first, second, mask, out, from, middle);
  else positions[0] = decodeSymbols(first, 0, mask, offset, out, from, middle);
  const done = narrow ? middle - from : 0;
  positions[1] = decodeSymbols(second, positions[1] ?? 0, mask, offset, out, middle + done, to);
  if (bytesUpTo(positions[0]) !== firstLength || bytesUpTo(positions[1]) !== secondLength)
    throw new DamagedFileError("a block's column has a wrong length");
}

function bytesUpTo(bits = 0): number {
  return (bits + 7) >>> 3;
}

/** Sets `lengths` of all symbols, `entries` and `least` of those that occur; `narrow` where none is a run or has more noise than a window holds beside its code. */
function readModel(source: ByteSource, offset: number): { readonly symbols: number; readonly narrow: boolean } {
  const head = readByte(source);
  const detailBits = head & 7;
  const runs = head >> 3;
  const firstClass = readSignedVarint(source);
  const classes = readVarint(source);
  if (detailBits > maxDetailBits || runs > maxRunSymbols || runs + classes === 0) {
    throw new DamagedFileError("a block's code is wrong");
  }
  if (firstClass < -maxClasses || firstClass + classes > maxClasses) {
    throw new DamagedFileError("a block's classes are out of range");
  }

  const symbols = runs + classes;
  if (symbols > 1) readCodeLengths(source, lengths, symbols);
  else lengths[0] = 0;
  const leastOfClass = leastOfClasses[detailBits] ?? least;
  let narrow = runs === 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const codeBits = lengths[symbol] ?? 0;
    // It does not occur.
    if (codeBits === 0 && symbols > 1) continue;
    const klass = firstClass + symbol - runs;
    const noiseBits = symbol < runs ? symbol : noiseBitsOf(klass, detailBits);
    // A run of one is a zero like any other: no jump that is hard to foretell.
    const isRun = symbol > 0 && symbol < runs;
    if (noiseBits + codeBits > maxSymbolBits) throw new DamagedFileError("a block's classes are out of range");
    const wide = codeBits + noiseBits > 31;
    if (wide) narrow = false;
    const bits = (codeBits + noiseBits) | (codeBits << codeBitsAt);
    entries[symbol] = bits | (symbol << symbolAt) | (wide ? wideFlag : 0) | (isRun ? runFlag : 0);
    least[symbol] = isRun ? 2 ** symbol : offset + (symbol < runs ? 0 : (leastOfClass[klass + maxClasses] ?? 0));
  }
  return { symbols, narrow };
}

/** Up to so many bytes a loop is faster than a view of the source. */
const loopBytes = 64;

/** The bytes as words, with zeros behind the end. */
function load(stream: LoadedStream, source: Uint8Array, from: number, length: number): Int32Array {
  const needed = (length >> 2) + 3;
  if (stream.words.length < needed) {
    stream.words = new Int32Array(2 * needed);
    stream.bytes = new Uint8Array(stream.words.buffer);
  }
  const { bytes, words } = stream;
  for (let i = needed - 3; i < needed; i++) words[i] = 0;
  if (length > loopBytes) bytes.set(source.subarray(from, from + length));
  // In bounds by the caller's check.
  else for (let i = 0; i < length; i++) bytes[i] = source[from + i] ?? 0;
  return words;
}

/** As many symbols of both streams as there are between `from` and `to`: the second stream's values follow from `to` on. */
function decodeNarrowPairs(
  first: Int32Array,
  second: Int32Array,
  mask: number,
  out: Float64Array,
  from: number,
  to: number,
): void {
  let p = 0;
  let q = 0;
  for (let i = from, j = to; i < to; i++, j++) {
    const firstWindow = windowAt(first, p);
    const secondWindow = windowAt(second, q);
    // In bounds: the table is filled up to the mask, and its entries name symbols that were read.
    const a = table[firstWindow & mask] ?? 0;
    const b = table[secondWindow & mask] ?? 0;
    p = (p + (a & 63)) | 0;
    q = (q + (b & 63)) | 0;
    out[i] = (least[(a >>> symbolAt) & symbolMask] ?? 0) + noiseOf(firstWindow, a);
    out[j] = (least[(b >>> symbolAt) & symbolMask] ?? 0) + noiseOf(secondWindow, b);
  }
  positions[0] = p;
  positions[1] = q;
}

function noiseOf(window: number, entry: number): number {
  // Not (1 << bits) − 1: that leaves the small integers at 31 bits, and every call would compute with doubles from then on.
  return (window & ~(-1 << (entry & 63))) >>> ((entry >>> codeBitsAt) & 15);
}

/** One stream with everything that can be in it; returns where it ends. */
function decodeSymbols(
  words: Int32Array,
  start: number,
  mask: number,
  offset: number,
  out: Float64Array,
  from: number,
  to: number,
): number {
  let position = start;
  let i = from;
  while (i < to) {
    const window = windowAt(words, position);
    // In bounds, as above.
    const entry = table[window & mask] ?? 0;
    const codeBits = (entry >>> codeBitsAt) & 15;
    const base = least[(entry >>> symbolAt) & symbolMask] ?? 0;
    const noise =
      (entry & wideFlag) === 0 ? noiseOf(window, entry) : readWideBits(words, position + codeBits, (entry & 63) - codeBits);
    position = (position + (entry & 63)) | 0;
    if ((entry & runFlag) === 0) {
      out[i++] = base + noise;
      continue;
    }
    const end = i + base + noise;
    if (end > to) throw new DamagedFileError("a run in a block is too long");
    while (i < end) out[i++] = offset;
  }
  return position;
}
