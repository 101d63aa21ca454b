/**
 * Reads protobuf's wire format by position: nothing is made per field, and one reader goes through all nested messages.
 *
 *     while (reader.next()) {
 *       if (reader.field === 1) name = reader.string();
 *       else if (reader.field === 2) {
 *         const outer = reader.enter();
 *         while (reader.next()) …
 *         reader.leave(outer);
 *       } else reader.skip();
 *     }
 *
 * The bytes are hostile: each length and varint is checked before it is used, a value of another wire type than its field has is
 * refused, and whatever is wrong is a `ProtobufError`. How deep messages may be nested is for the caller to say.
 * Source: protobuf.dev/programming-guides/encoding.
 */
import { isUtf8 } from "node:buffer";
import { ProtobufError } from "./protobuf-error.ts";
import type { TextCache } from "./text-cache.ts";
import { wireType } from "./wire-type.ts";

const word = 2 ** 32;
const replacement = "\ufffd";

export class ProtoReader {
  /** Of the value to be read: its field's number and wire type. */
  field = 0;
  wire = 0;
  /** Where the next byte is read, and where the message that the reader is in ends. */
  at: number;
  end: number;
  /** The words of the varint or fixed64 read last, unsigned. */
  low = 0;
  high = 0;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #buffer: Buffer;

  /** Reads the message from `from` to before `to`. */
  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    if (!(from >= 0 && from <= to && to <= bytes.length)) throw new RangeError(`no range of the bytes: ${from} to ${to}`);
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Goes to the next field of the message; false at its end. The value before must have been read or skipped. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const start = this.at;
    const tag = this.#varint32();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    if (this.high !== 0 || this.field === 0) throw new ProtobufError("no field has this number", start);
    return true;
  }

  /** Whether the message (or the packed list) has been read to its end. */
  get done(): boolean {
    return this.at >= this.end;
  }

  /** Goes into the nested message that is the value; `leave` takes what this returns. */
  enter(): number {
    this.#expect(wireType.bytes);
    const outer = this.end;
    const length = this.#length();
    this.end = this.at + length;
    return outer;
  }

  /** Goes on behind the nested message, wherever in it the reader is. */
  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  /** Goes into a packed list of values of this wire type: read them until `done`, then `leave`. */
  enterPacked(wire: number): number {
    const outer = this.enter();
    this.wire = wire;
    return outer;
  }

  skip(): void {
    const { at } = this;
    switch (this.wire) {
      case wireType.varint:
        this.#varint32();
        return;
      case wireType.fixed64:
        this.#take(8);
        return;
      case wireType.bytes: {
        // Not added at once: the length is read first, and reading it goes on in the bytes.
        const length = this.#length();
        this.at += length;
        return;
      }
      case wireType.fixed32:
        this.#take(4);
        return;
      default:
        throw new ProtobufError(`field ${this.field} has wire type ${this.wire}, which no message here has`, at);
    }
  }

  bool(): boolean {
    this.#expect(wireType.varint);
    return (this.#varint32() | this.high) !== 0;
  }

  /** The low 32 bits, as protobuf's own parsers do. */
  uint32(): number {
    this.#expect(wireType.varint);
    return this.#varint32();
  }

  /** Also for enumerations. */
  int32(): number {
    this.#expect(wireType.varint);
    return this.#varint32() | 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Exact up to 2^53, rounded beyond. */
  uint64AsNumber(): number {
    this.#expect(wireType.varint);
    const low = this.#varint32();
    return this.high * word + low;
  }

  /** Exact within ±2^53, rounded beyond. */
  int64AsNumber(): number {
    this.#expect(wireType.varint);
    const low = this.#varint32();
    return (this.high | 0) * word + low;
  }

  /** Exact within ±2^53, rounded beyond. */
  sint64AsNumber(): number {
    this.#expect(wireType.varint);
    const low = this.#varint32();
    const half = (this.high >>> 1) * word + (((this.high << 31) | (low >>> 1)) >>> 0);
    return (low & 1) === 0 ? half : -half - 1;
  }

  bigUint64(): bigint {
    this.#expect(wireType.varint);
    const low = this.#varint32();
    return (BigInt(this.high) << 32n) | BigInt(low);
  }

  bigInt64(): bigint {
    return BigInt.asIntN(64, this.bigUint64());
  }

  fixed32(): number {
    this.#expect(wireType.fixed32);
    return this.#view.getUint32(this.#take(4), true);
  }

  float(): number {
    this.#expect(wireType.fixed32);
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** The value's two words into `low` and `high`. */
  fixed64(): void {
    this.#expect(wireType.fixed64);
    const at = this.#take(8);
    this.low = this.#view.getUint32(at, true);
    this.high = this.#view.getUint32(at + 4, true);
  }

  bigFixed64(): bigint {
    this.#expect(wireType.fixed64);
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** Exact up to 2^53, rounded beyond. */
  fixed64AsNumber(): number {
    this.fixed64();
    return this.high * word + this.low;
  }

  /** Exact within ±2^53, rounded beyond. */
  sfixed64AsNumber(): number {
    this.fixed64();
    return (this.high | 0) * word + this.low;
  }

  /** A NaN may lose its payload; where that matters it is `fixed64` and the words into a typed array. */
  double(): number {
    this.#expect(wireType.fixed64);
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** Not copied: a part of the reader's bytes. */
  bytesValue(): Uint8Array {
    this.#expect(wireType.bytes);
    const length = this.#length();
    const start = this.at;
    this.at = start + length;
    return this.bytes.subarray(start, this.at);
  }

  /** Refuses what is no valid UTF-8. */
  string(): string {
    this.#expect(wireType.bytes);
    const length = this.#length();
    const start = this.at;
    this.at = start + length;
    const text = this.#buffer.toString("utf8", start, this.at);
    // The decoder puts this where it finds no character; it is also a character of its own.
    if (text.includes(replacement) && !isUtf8(this.bytes.subarray(start, this.at))) {
      throw new ProtobufError(`field ${this.field} is no valid UTF-8`, start);
    }
    return text;
  }

  /** As `string`, for texts that come again and again. */
  cachedString(cache: TextCache): string {
    const before = this.at;
    this.#expect(wireType.bytes);
    const length = this.#length();
    const start = this.at;
    const known = cache.get(this.bytes, start, start + length);
    this.at = known === undefined ? before : start + length;
    if (known !== undefined) return known;
    const text = this.string();
    cache.keep(this.bytes, start, this.at, text);
    return text;
  }

  /** The bytes in lower-case hex. */
  hex(): string {
    this.#expect(wireType.bytes);
    const length = this.#length();
    const start = this.at;
    this.at = start + length;
    return this.#buffer.toString("hex", start, this.at);
  }

  /** Repeated numbers are packed or not, as the sender likes: takes what there is of them, by `read`, onto the list. */
  #numbers(wire: number, into: number[], read: () => number, max: number): void {
    if (this.wire !== wireType.bytes) {
      this.#admit(into, max);
      into.push(read());
      return;
    }
    const outer = this.enterPacked(wire);
    while (!this.done) {
      this.#admit(into, max);
      into.push(read());
    }
    this.leave(outer);
  }

  /** Appends the repeated values at hand to `into`, which gets no longer than `max`. The same for the others. */
  uint32s(into: number[], max: number): void {
    this.#numbers(wireType.varint, into, () => this.uint32(), max);
  }

  /** Exact up to 2^53. */
  uint64s(into: number[], max: number): void {
    this.#numbers(wireType.varint, into, () => this.uint64AsNumber(), max);
  }

  /** Exact within ±2^53. */
  sint64s(into: number[], max: number): void {
    this.#numbers(wireType.varint, into, () => this.sint64AsNumber(), max);
  }

  /** Exact up to 2^53. */
  fixed64s(into: number[], max: number): void {
    this.#numbers(wireType.fixed64, into, () => this.fixed64AsNumber(), max);
  }

  doubles(into: number[], max: number): void {
    this.#numbers(wireType.fixed64, into, () => this.double(), max);
  }

  #admit(into: readonly number[], max: number): void {
    if (into.length >= max) throw new ProtobufError(`field ${this.field} has more than ${max} values`, this.at);
  }

  #expect(wire: number): void {
    if (this.wire !== wire) {
      throw new ProtobufError(`field ${this.field} has wire type ${this.wire}, where ${wire} was expected`, this.at);
    }
  }

  /** The place of the next `count` bytes, which are passed. */
  #take(count: number): number {
    const start = this.at;
    if (count > this.end - start) throw new ProtobufError("the message ends within a value", start);
    this.at = start + count;
    return start;
  }

  #length(): number {
    const start = this.at;
    const length = this.#varint32();
    if (this.high !== 0 || length > this.end - this.at) {
      throw new ProtobufError(`field ${this.field} says that it is longer than what there is`, start);
    }
    return length;
  }

  /** Returns the low word, and leaves both in `low` and `high`. */
  #varint32(): number {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    let low = 0;
    this.high = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (at >= end) throw cutShort(start);
      const byte = bytes[at++] ?? 0;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.at = at;
        this.low = low;
        return low;
      }
    }
    if (at >= end) throw cutShort(start);
    // The fifth byte belongs to both words: four bits to the low one, three to the high one.
    let byte = bytes[at++] ?? 0;
    low = (low | ((byte & 0x0f) << 28)) >>> 0;
    let high = (byte & 0x70) >> 4;
    for (let shift = 3; byte >= 0x80; shift += 7) {
      if (at >= end) throw cutShort(start);
      byte = bytes[at++] ?? 0;
      // The tenth byte has one bit left.
      if (shift === 31 && byte > 1) throw new ProtobufError("a number is longer than 64 bits", start);
      high |= (byte & 0x7f) << shift;
    }
    this.at = at;
    this.low = low;
    this.high = high >>> 0;
    return low;
  }
}

function cutShort(at: number): ProtobufError {
  return new ProtobufError("the message ends within a number", at);
}
