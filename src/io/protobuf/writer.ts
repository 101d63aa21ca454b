/**
 * Writes protobuf's wire format into a buffer that grows, to be used again and again. A nested message is written in place: one byte is
 * kept free for its length, and where that is not enough the message is moved when it ends.
 *
 *     const labels = writer.begin(1);
 *     writer.string(1, "name");
 *     writer.end(labels);
 *
 * Values are written as they are given, also those that proto3 would leave out as a field's default.
 * Source: protobuf.dev/programming-guides/encoding.
 */
import { wireType } from "./wire-type.ts";

const word = 2 ** 32;
const varintBytesMax = 10;

export class ProtoWriter {
  #bytes: Buffer<ArrayBuffer>;
  #view: DataView;
  #at = 0;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.from(new ArrayBuffer(Math.max(capacity, varintBytesMax)));
    this.#view = viewOf(this.#bytes);
  }

  /** How much has been written. */
  get length(): number {
    return this.#at;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer.slice(0, this.#at));
  }

  /** What has been written, without a copy: it changes with the next thing that is. */
  written(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer, 0, this.#at);
  }

  /** Begins anew; the memory stays. */
  reset(): void {
    this.#at = 0;
  }

  /** Begins a nested message or a packed list; `end` takes what this returns. */
  begin(field: number): number {
    this.#tag(field, wireType.bytes);
    this.#room(1);
    return this.#at++;
  }

  end(start: number): void {
    const from = start + 1;
    const length = this.#at - from;
    const more = varintLength(length) - 1;
    // Also for the length itself: room made after the step back would be made without the message.
    this.#room(varintBytesMax);
    if (more > 0) this.#bytes.copyWithin(from + more, from, this.#at);
    this.#at = start;
    this.varint(length);
    this.#at += length;
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  /** A whole number from 0 to 2^53, of uint32, uint64 or an enumeration. */
  uint(field: number, value: number): void {
    this.#tag(field, wireType.varint);
    this.varint(value);
  }

  /** A whole number within ±2^53, of int32 or int64. */
  int(field: number, value: number): void {
    if (value >= 0) this.uint(field, value);
    else this.bigUint(field, BigInt.asUintN(64, BigInt(value)));
  }

  /** A whole number within ±2^52, of sint32 or sint64. */
  sint(field: number, value: number): void {
    this.#tag(field, wireType.varint);
    this.zigzag(value);
  }

  /** From 0 to 2^64 − 1. */
  bigUint(field: number, value: bigint): void {
    this.#tag(field, wireType.varint);
    this.#room(varintBytesMax);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, wireType.fixed32);
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
  }

  float(field: number, value: number): void {
    this.#tag(field, wireType.fixed32);
    const at = this.#take(4);
    this.#view.setFloat32(at, value, true);
  }

  /** From 0 to 2^64 − 1. */
  bigFixed64(field: number, value: bigint): void {
    this.#tag(field, wireType.fixed64);
    const at = this.#take(8);
    this.#view.setBigUint64(at, value, true);
  }

  /** The bits of a double or a fixed64, low word first: a NaN keeps its payload. */
  fixed64(field: number, low: number, high: number): void {
    this.#tag(field, wireType.fixed64);
    const at = this.#take(8);
    this.#view.setUint32(at, low, true);
    this.#view.setUint32(at + 4, high, true);
  }

  /** A NaN may lose its payload; where that matters it is `fixed64`. */
  double(field: number, value: number): void {
    this.#tag(field, wireType.fixed64);
    this.packedDouble(value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireType.bytes);
    this.varint(value.length);
    const at = this.#take(value.length);
    this.#bytes.set(value, at);
  }

  /** Fields that were encoded before, as they are. */
  encoded(fields: Uint8Array): void {
    const at = this.#take(fields.length);
    this.#bytes.set(fields, at);
  }

  string(field: number, value: string): void {
    const start = this.begin(field);
    // No UTF-16 unit takes more than three bytes of UTF-8.
    this.#room(3 * value.length);
    this.#at += this.#bytes.write(value, this.#at);
    this.end(start);
  }

  /** Without a tag, for packed lists: a whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#room(varintBytesMax);
    const bytes = this.#bytes;
    let at = this.#at;
    let rest = value;
    for (; rest >= word; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
    let low = rest >>> 0;
    for (; low >= 0x80; low >>>= 7) bytes[at++] = (low & 0x7f) | 0x80;
    bytes[at++] = low;
    this.#at = at;
  }

  /** Without a tag, for packed lists: a whole number within ±2^52. */
  zigzag(value: number): void {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1);
  }

  /** Without a tag, for packed lists. */
  packedDouble(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  #tag(field: number, wire: number): void {
    this.varint(field * 8 + wire);
  }

  /** The place of the next `count` bytes, which are passed. Growing makes a new buffer: ask for the place before it. */
  #take(count: number): number {
    this.#room(count);
    const start = this.#at;
    this.#at = start + count;
    return start;
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = Buffer.from(new ArrayBuffer(Math.max(2 * this.#bytes.length, this.#at + count)));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function varintLength(value: number): number {
  let length = 1;
  for (let limit = 128; value >= limit; limit *= 128) length++;
  return length;
}
