/**
 * Residuals of short columns: fields of one width, and what does not fit into one beside them. The codes of `residual-encoder.ts` take
 * fewer bits, but finding them takes 80 µs, however few residuals there are, and their tables take what they save.
 *
 *      +-----------+-------------------------+-----------------------------------------------+---------------------+
 *      | 7 :3      | number of exceptions,   | per exception: gap, varint ·                  | fields of `width`   |
 *      | width :5  | varint                  | residual / 2^width without fraction, varint   | bits, lowest first  |
 *      +-----------+-------------------------+-----------------------------------------------+---------------------+
 *
 * A gap counts the residuals since the exception before. After Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", ICDE 2006.
 * No stream of codes begins with 7: it has 4 bits of detail at most.
 */
import { DamagedFileError } from "../database.ts";
import { windowAt } from "./bits.ts";
import { scratchWords } from "./scratch.ts";
import {
  type ByteRange,
  type ByteSource,
  byteSink,
  readByte,
  readVarint,
  sunkBytes,
  writeByte,
  writeBytes,
  writeVarint,
} from "./varint.ts";

/** In the lowest bits of the first byte. */
const packedMark = 7;
const markMask = 7;
/** A field is read through a window of 32 bits, and its width has five. */
const maxWidth = 31;
/** About what an exception takes beside its bits above the width. */
const exceptionBits = 16;
/** Residuals have fewer bits. */
const maxLength = 53;

/** How residuals, none of them negative, are packed. */
export interface Packing {
  readonly width: number;
  /** About what they take with it. */
  readonly bits: number;
}

/** The width for the values of `course` above `least`, which is the least of them. */
export function packingOf(course: Float64Array, least: number): Packing {
  const lengths = lengthCounts.fill(0);
  let longest = 0;
  for (let i = 0; i < course.length; i++) {
    const length = bitLength((course[i] ?? 0) - least);
    lengths[length] = (lengths[length] ?? 0) + 1;
    if (length > longest) longest = length;
  }
  let best: Packing = { width: 0, bits: Infinity };
  let exceptions = 0;
  for (let width = longest; width >= 0; width--) {
    const bits = course.length * width + exceptions * (exceptionBits + longest - width);
    if (width <= maxWidth && bits < best.bits) best = { width, bits };
    exceptions += lengths[width] ?? 0;
  }
  return best;
}

const lengthCounts = new Uint32Array(maxLength + 1);

/** 0 ≤ x < 2^53. */
function bitLength(x: number): number {
  return x < 2 ** 32 ? 32 - Math.clz32(x) : 64 - Math.clz32(x / 2 ** 32);
}

/** What is left of `course` above `least`, in fields of that width. */
export function packResiduals(course: Float64Array, least: number, { width }: Packing): Uint8Array {
  const room = ((course.length * width) >>> 5) + 2;
  const words = packScratch(room).fill(0, 0, room);
  const exceptions = byteSink();
  let count = 0;
  let end = 0;
  const limit = 2 ** width;
  for (let i = 0, position = 0; i < course.length; i++, position += width) {
    let field = (course[i] ?? 0) - least;
    if (field >= limit) {
      const above = Math.floor(field / limit);
      writeVarint(exceptions, i - end);
      writeVarint(exceptions, above);
      field -= above * limit;
      end = i + 1;
      count++;
    }
    const word = position >>> 5;
    const shift = position & 31;
    words[word] = (words[word] ?? 0) | (field << shift);
    if (shift + width > 32) words[word + 1] = field >>> (32 - shift);
  }
  const length = packedBytes(course.length, width);
  const sink = byteSink(8 + exceptions.length + length);
  writeByte(sink, packedMark | (width << 3));
  writeVarint(sink, count);
  writeBytes(sink, sunkBytes(exceptions));
  writeBytes(sink, new Uint8Array(words.buffer, 0, length));
  return sunkBytes(sink);
}

const packScratch = scratchWords();

function packedBytes(count: number, width: number): number {
  return Math.ceil((count * width) / 8);
}

/** Whether these bytes begin as packed residuals do. */
export function arePacked(bytes: Uint8Array, { from, to }: ByteRange): boolean {
  return from < to && ((bytes[from] ?? 0) & markMask) === packedMark;
}

/** Fills out[from … to) with `offset` + residual out of all of the tail, a part of `bytes`. Throws `DamagedFileError`. */
export function unpackResiduals(
  bytes: Uint8Array,
  tail: ByteRange,
  offset: number,
  out: Float64Array,
  from: number,
  to: number,
): void {
  const source: ByteSource = { bytes, at: tail.from };
  const width = readByte(source) >> 3;
  const exceptions = readVarint(source);
  const exceptionsAt = source.at;
  for (let i = 0; i < 2 * exceptions && source.at < tail.to; i++) readVarint(source);
  const length = packedBytes(to - from, width);
  if (tail.to - source.at !== length) throw new DamagedFileError("a block's column has a wrong length");
  const words = unpackScratch((length >>> 2) + 2);
  words[length >>> 2] = 0;
  new Uint8Array(words.buffer).set(bytes.subarray(source.at, tail.to));
  const mask = 2 ** width - 1;
  for (let i = from, position = 0; i < to; i++, position += width) out[i] = offset + (windowAt(words, position) & mask);
  source.at = exceptionsAt;
  for (let left = exceptions, i = from; left > 0; left--, i++) {
    i += readVarint(source);
    if (i >= to) throw new DamagedFileError("a block's exceptions are outside its rows");
    out[i] = (out[i] ?? 0) + readVarint(source) * 2 ** width;
  }
}

const unpackScratch = scratchWords();
