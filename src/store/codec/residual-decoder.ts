/**
 * The way back from `residual-encoder.ts`, where the format is drawn. Every sample that is read and not constant goes through the
 * loops here. They check no bounds per symbol: the tables name symbols that exist, reading behind the end gives zeros, and the place
 * where the streams end is compared with their length.
 */
import { DamagedFileError } from "../database.ts";
import { readWideBits, windowAt } from "./bits.ts";
import { leastOf, maxClasses, maxDetailBits, noiseBitsOf } from "./classes.ts";
import { readCodeLengths } from "./code-lengths.ts";
import { fillDecodeTable, maxCodeBits } from "./prefix-code.ts";
import { maxSymbolBits } from "./residual-encoder.ts";
import { maxRunSymbols } from "./residual-model.ts";
import { scratchWords } from "./scratch.ts";
import { type ByteSource, readByte, readBytes, readSignedVarint, readVarint } from "./varint.ts";

// Scratch, kept because a read decodes thousands of columns. Nothing in there outlives a call.
const maxSymbols = maxRunSymbols + 2 * maxClasses;
const entries = new Int32Array(maxSymbols);
const table = new Int32Array(2 ** maxCodeBits);
const least = new Float64Array(maxSymbols);
/** Per stream. */
const loaded = [scratchWords(), scratchWords()] as const;
const positions = new Int32Array(2);

// An entry of the table: bits of the symbol :6 (code and noise) · bits of its code :4 · symbol :11 · flags.
const codeBitsAt = 6;
const symbolAt = 10;
const symbolMask = 0x7ff;
const wideFlag = 1 << 30;
const runFlag = 1 << 31;

/** Fills out[from … to), from < to, with `offset` + residual out of all of `bytes`. Throws `DamagedFileError`; `out` may be half full then. */
export function decodeResiduals(bytes: Uint8Array, offset: number, out: Float64Array, from: number, to: number): void {
  const source: ByteSource = { bytes, at: 0 };
  const { lengths, narrow } = readModel(source, offset);
  const mask = 2 ** fillDecodeTable(lengths, entries, table) - 1;
  const streams = [readBytes(source, readVarint(source)), bytes.subarray(source.at)] as const;
  // What is longer than its values could ever be is damaged, and is not copied.
  const limit = (maxSymbolBits / 8) * (to - from + 1);
  if (streams[0].length > limit || streams[1].length > limit) throw new DamagedFileError("a block's column is too long");
  const first = wordsOf(streams[0], loaded[0]);
  const second = wordsOf(streams[1], loaded[1]);
  const middle = from + ((to - from) >> 1);
  positions.fill(0);
  if (narrow) decodeNarrowPairs(first, second, mask, out, from, middle);
  else positions[0] = decodeSymbols(first, 0, mask, offset, out, from, middle);
  const done = narrow ? middle - from : 0;
  positions[1] = decodeSymbols(second, positions[1] ?? 0, mask, offset, out, middle + done, to);
  for (const [index, stream] of streams.entries()) {
    if (((positions[index] ?? 0) + 7) >>> 3 !== stream.length)
      throw new DamagedFileError("a block's column has a wrong length");
  }
}

/** Sets `entries` and `least` of all symbols; `narrow` where none is a run or has more noise than a window holds beside its code. */
function readModel(source: ByteSource, offset: number): { readonly lengths: Uint8Array; readonly narrow: boolean } {
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

  const lengths = new Uint8Array(runs + classes);
  if (lengths.length > 1) readCodeLengths(source, lengths);
  let narrow = runs === 0;
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const klass = firstClass + symbol - runs;
    const noiseBits = symbol < runs ? symbol : noiseBitsOf(klass, detailBits);
    // A run of one is a zero like any other: no jump that is hard to foretell.
    const isRun = symbol > 0 && symbol < runs;
    const codeBits = lengths[symbol] ?? 0;
    if (noiseBits + codeBits > maxSymbolBits) throw new DamagedFileError("a block's classes are out of range");
    const wide = codeBits + noiseBits > 31;
    if (wide && (codeBits > 0 || lengths.length === 1)) narrow = false;
    const bits = (codeBits + noiseBits) | (codeBits << codeBitsAt);
    entries[symbol] = bits | (symbol << symbolAt) | (wide ? wideFlag : 0) | (isRun ? runFlag : 0);
    least[symbol] = isRun ? 2 ** symbol : offset + (symbol < runs ? 0 : leastOf(klass, detailBits));
  }
  return { lengths, narrow };
}

/** The bytes as words, with zeros behind the end. */
function wordsOf(bytes: Uint8Array, scratch: (length: number) => Int32Array): Int32Array {
  const needed = (bytes.length >> 2) + 3;
  const words = scratch(needed);
  words.fill(0, needed - 3, needed);
  new Uint8Array(words.buffer).set(bytes);
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
