/**
 * The small numbers of a block's heads and directory: little-endian groups of seven bits, the top bit says that more follow. Up to
 * 2^53 in magnitude, so arithmetic instead of shifts once 32 bits are not enough.
 */
import { DamagedFileError } from "../database.ts";

/** Bytes that grow at the end. */
export interface ByteSink {
  bytes: Uint8Array;
  length: number;
}

/** Bytes that are read from the front; `at` moves on. */
export interface ByteSource {
  readonly bytes: Uint8Array;
  at: number;
}

/** A stretch of bytes: no view of its own, because a block has two for each of its columns. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** ⌈53 / 7⌉ groups hold every integer that a double holds exactly. */
const maxGroups = 8;

export function byteSink(capacity = 64): ByteSink {
  return { bytes: new Uint8Array(capacity), length: 0 };
}

export function sunkBytes(sink: ByteSink): Uint8Array {
  return sink.bytes.subarray(0, sink.length);
}

export function writeByte(sink: ByteSink, byte: number): void {
  reserve(sink, 1);
  sink.bytes[sink.length++] = byte;
}

export function writeBytes(sink: ByteSink, bytes: Uint8Array): void {
  reserve(sink, bytes.length);
  sink.bytes.set(bytes, sink.length);
  sink.length += bytes.length;
}

/** A word of 32 bits, low byte first. */
export function writeWord(sink: ByteSink, word: number): void {
  for (let shift = 0; shift < 32; shift += 8) writeByte(sink, word >>> shift);
}

/** 0 ≤ value ≤ 2^53. */
export function writeVarint(sink: ByteSink, value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    writeByte(sink, (rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  writeByte(sink, rest);
}

/** |value| ≤ 2^53. The sign is the lowest bit of the first byte: 2 × value + 1 would leave the exact integers beyond 2^52. */
export function writeSignedVarint(sink: ByteSink, value: number): void {
  const magnitude = Math.abs(value);
  const rest = Math.floor(magnitude / 0x40);
  writeByte(sink, (rest > 0 ? 0x80 : 0) | ((magnitude % 0x40) << 1) | (value < 0 ? 1 : 0));
  if (rest > 0) writeVarint(sink, rest);
}

export function readByte(source: ByteSource): number {
  const byte = source.bytes[source.at];
  if (byte === undefined) throw new DamagedFileError("a block ends in the middle of a number");
  source.at++;
  return byte;
}

export function readBytes(source: ByteSource, length: number): Uint8Array {
  const end = source.at + length;
  if (end > source.bytes.length) throw new DamagedFileError("a part of a block reaches beyond its end");
  const bytes = source.bytes.subarray(source.at, end);
  source.at = end;
  return bytes;
}

/** The same without a view: where the bytes begin. They end where the source is afterwards. */
export function skipBytes(source: ByteSource, length: number): number {
  const from = source.at;
  if (from + length > source.bytes.length) throw new DamagedFileError("a part of a block reaches beyond its end");
  source.at = from + length;
  return from;
}

export function readWord(source: ByteSource): number {
  let word = 0;
  for (let shift = 0; shift < 32; shift += 8) word |= readByte(source) << shift;
  return word >>> 0;
}

export function readVarint(source: ByteSource): number {
  let value = 0;
  let scale = 1;
  for (let group = 0; group < maxGroups; group++, scale *= 0x80) {
    const byte = readByte(source);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return exact(value);
  }
  throw new DamagedFileError("a number in a block has too many digits");
}

export function readSignedVarint(source: ByteSource): number {
  const first = readByte(source);
  const low = (first & 0x7f) >> 1;
  const magnitude = first < 0x80 ? low : exact(low + 0x40 * readVarint(source));
  return (first & 1) === 0 ? magnitude : -magnitude;
}

function exact(value: number): number {
  if (value > 2 ** 53) throw new DamagedFileError("a number in a block is too large");
  return value;
}

function reserve(sink: ByteSink, more: number): void {
  const needed = sink.length + more;
  if (needed <= sink.bytes.length) return;
  const grown = new Uint8Array(Math.max(needed, 2 * sink.bytes.length));
  grown.set(sink.bytes);
  sink.bytes = grown;
}

/** A count of things that take at least `bytes` each: more than fit into the rest is a lie, found before anything is allocated. */
export function readCount(source: ByteSource, bytes: number): number {
  const count = readVarint(source);
  if (count * bytes > source.bytes.length - source.at) throw new DamagedFileError("a count is larger than what follows it");
  return count;
}
