/**
 * Other ways to write a block's columns, as far as it takes to know their size. They are what the codec was chosen from; none of them
 * is used, and only what is counted here is written.
 */
import { constants, zstdCompressSync } from "node:zlib";
import { toIntegers } from "../../src/store/codec/decimal.ts";

/** Bytes that the columns of one block take. */
export type BlockSize = (columns: readonly Float64Array[]) => number;

export const variants: Readonly<Record<string, BlockSize>> = {
  rawZstd3: (columns) => zstd(Buffer.concat(columns.map(bytesOf)), 3),
  xorBits: (columns) => columns.reduce((sum, column) => sum + xorBits(column) / 8, 0),
  xorBytePlanesZstd1: (columns) => zstd(Buffer.concat(columns.map(xorPlanes)), 1),
  riceOf64: (columns) => columns.reduce((sum, column) => sum + bestOrder(column, riceBits) / 8, 0),
  packedOf64: (columns) => columns.reduce((sum, column) => sum + bestOrder(column, packedBits) / 8, 0),
  classBytesZstd1: (columns) => classBytes(columns, 1),
  classBytesZstd3: (columns) => classBytes(columns, 3),
};

function zstd(bytes: Uint8Array, level: number): number {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }).length;
}

function bytesOf(column: Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function wordsOf(column: Float64Array): BigUint64Array {
  return new BigUint64Array(column.buffer, column.byteOffset, column.length);
}

/** Facebook's Gorilla (Pelkonen 2015, §4.1.3), values only. */
function xorBits(column: Float64Array): number {
  const words = wordsOf(column);
  let bits = 64;
  let leading = 64;
  let trailing = 0;
  for (let i = 1; i < words.length; i++) {
    const xor = (words[i] ?? 0n) ^ (words[i - 1] ?? 0n);
    bits++;
    if (xor === 0n) continue;
    const zerosBefore = Math.min(31, 64 - xor.toString(2).length);
    const zerosBehind = xor.toString(2).length - xor.toString(2).lastIndexOf("1") - 1;
    bits++;
    if (zerosBefore >= leading && zerosBehind >= trailing && leading < 64) {
      bits += 64 - leading - trailing;
      continue;
    }
    [leading, trailing] = [zerosBefore, zerosBehind];
    bits += 5 + 6 + 64 - leading - trailing;
  }
  return bits;
}

/** The store's first format. */
function xorPlanes(column: Float64Array): Uint8Array {
  const bytes = bytesOf(column);
  return Uint8Array.from({ length: bytes.length }, (_, i) => {
    const at = 8 * (i % column.length) + Math.floor(i / column.length);
    return (bytes[at] ?? 0) ^ (bytes[at - 8] ?? 0);
  });
}

/** Residuals of the orders 0, 1 and 2, in units of what they have in common; `null` for what are no integers at any scale. */
function residualsOf(column: Float64Array): readonly Float64Array[] | null {
  const integers = toIntegers(column)?.integers;
  if (integers === undefined) return null;
  const first = integers[0] ?? 0;
  const factor = integers.reduce((divisor, value) => commonDivisor(divisor, Math.abs(value - first)), 0) || 1;
  const scaled = integers.map((value) => (value - first) / factor);
  const once = differences(scaled);
  return [scaled, once, differences(once)];
}

function differences(values: Float64Array): Float64Array {
  return values.subarray(1).map((value, i) => value - (values[i] ?? 0));
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function bestOrder(column: Float64Array, bitsOf: (residuals: Float64Array) => number): number {
  if (column.every((value) => Object.is(value, column[0]))) return 64;
  const orders = residualsOf(column);
  if (orders === null) return 64 * column.length;
  return Math.min(...orders.flatMap((residuals) => unsigned(residuals).map(bitsOf)));
}

/** Above the least value, and zigzag. */
function unsigned(residuals: Float64Array): readonly Float64Array[] {
  const least = residuals.reduce((a, b) => Math.min(a, b), Infinity);
  return [residuals.map((value) => value - least), residuals.map((value) => (value < 0 ? -2 * value - 1 : 2 * value))];
}

const miniBlock = 64;

function sumOfMiniBlocks(residuals: Float64Array, bitsOf: (block: Float64Array) => number): number {
  let bits = 0;
  for (let start = 0; start < residuals.length; start += miniBlock)
    bits += bitsOf(residuals.subarray(start, start + miniBlock));
  return bits;
}

/** The width that is cheapest with exceptions of two bytes and the bits that are missing. */
function packedBits(residuals: Float64Array): number {
  return sumOfMiniBlocks(residuals, (block) => {
    const lengths = Array.from(block, (value) => Math.ceil(Math.log2(value + 1)));
    const widths = Array.from({ length: 54 }, (_, width) =>
      lengths.reduce((bits, length) => bits + width + (length > width ? 16 + length - width : 0), 8),
    );
    return Math.min(...widths);
  });
}

function riceBits(residuals: Float64Array): number {
  return sumOfMiniBlocks(residuals, (block) =>
    Math.min(
      block.some((value) => value !== 0) ? Infinity : 8,
      ...Array.from({ length: 54 }, (_, k) => block.reduce((bits, value) => bits + 1 + k + Math.floor(value / 2 ** k), 8)),
    ),
  );
}

/** Bit lengths as bytes, all of a block's under one zstd, which codes them by Huffman's method; the noise as it is. */
function classBytes(columns: readonly Float64Array[], level: number): number {
  let noise = 0;
  const classes = columns.map((column) => {
    const orders = residualsOf(column);
    if (orders === null) return bytesOf(column);
    const lengths = orders.map((residuals) =>
      residuals.map((value) => (value === 0 ? 0 : 1 + Math.floor(Math.log2(Math.abs(value))))),
    );
    const costs = lengths.map((order) => order.reduce((sum, length) => sum + length, 0));
    const best = costs.indexOf(Math.min(...costs));
    noise += (lengths[best] ?? order0).reduce((sum, length) => sum + Math.max(0, length - 1), 0);
    return Uint8Array.from(lengths[best] ?? order0, (length, i) => 2 * length + ((orders[best]?.[i] ?? 0) < 0 ? 1 : 0));
  });
  return zstd(Buffer.concat(classes), level) + noise / 8;
}

const order0 = new Float64Array();
