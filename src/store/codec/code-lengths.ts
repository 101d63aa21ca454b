/**
 * The lengths of a prefix code, in half bytes, low half first: 0 … 10 a length, 11 … 15 the length before again, 2 … 6 times. Tables
 * have gaps and plateaus: this takes a fifth less than a half byte each.
 */
import { DamagedFileError } from "../database.ts";
import { maxCodeBits } from "./prefix-code.ts";
import { type ByteSink, type ByteSource, readByte, writeByte } from "./varint.ts";

const leastRepeats = 2;
const mostRepeats = 15 - (maxCodeBits + 1) + leastRepeats;

export function writeCodeLengths(sink: ByteSink, lengths: Uint8Array): void {
  const halves: number[] = [];
  let previous = 0;
  for (let i = 0; i < lengths.length;) {
    const repeats = Math.min(mostRepeats, countEqual(lengths, i, previous));
    if (repeats >= leastRepeats) {
      halves.push(maxCodeBits + 1 + repeats - leastRepeats);
      i += repeats;
      continue;
    }
    // In bounds by the loop's condition.
    previous = lengths[i++] ?? 0;
    halves.push(previous);
  }
  for (let i = 0; i < halves.length; i += 2) writeByte(sink, (halves[i] ?? 0) | ((halves[i + 1] ?? 0) << 4));
}

/** Reads `count` lengths. Throws `DamagedFileError` where a repetition reaches beyond the last. */
export function readCodeLengths(source: ByteSource, lengths: Uint8Array, count: number = lengths.length): void {
  let previous = 0;
  let pair = 0;
  let isHigh = false;
  for (let i = 0; i < count; isHigh = !isHigh) {
    pair = isHigh ? pair >> 4 : readByte(source);
    const half = pair & 15;
    const repeats = half - (maxCodeBits + 1) + leastRepeats;
    if (repeats < leastRepeats) {
      previous = half;
      lengths[i++] = half;
      continue;
    }
    if (i + repeats > count) throw new DamagedFileError("a block's code has too many lengths");
    lengths.fill(previous, i, i + repeats);
    i += repeats;
  }
}

function countEqual(lengths: Uint8Array, start: number, length: number): number {
  let end = start;
  while (end < lengths.length && lengths[end] === length) end++;
  return end - start;
}
