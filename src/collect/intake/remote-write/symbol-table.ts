/** The texts of one request of remote write 2.0, by number, and labels put together of them. */
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { labelBytesMax, type LabelLimits } from "./read-labels.ts";
import type { SeriesKey } from "./series-key.ts";

const label = 0x0a;
const name = 0x0a;
const value = 0x12;
/** Bytes of the tags and lengths of one label, with lengths of up to 21 bits. */
const labelOverhead = 12;
const metricName = Buffer.from("__name__");

export interface SymbolLimits extends LabelLimits {
  /** Bytes of the labels of all series together, as version 1.0 writes them. */
  readonly labelBytes: number;
}

export class SymbolTable {
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  readonly #limits: SymbolLimits;
  #starts = new Uint32Array(256);
  #lengths = new Uint32Array(256);
  #count = 0;
  #key = keyOf(new Uint8Array(4096));
  /** Number of the symbol `__name__`, and of the metric's name of the series written last; -1: not there. */
  #nameSymbol = -1;
  #metricSymbol = -1;
  readonly #metricsTaken = new Set<number>();
  /** Those that were asked for: one may be named a hundred thousand times. */
  readonly #texts = new Map<number, string>();
  #labelBytes = 0;

  constructor(bytes: Uint8Array, limits: SymbolLimits) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = limits;
  }

  add(from: number, to: number): void {
    const symbol = this.#count++;
    if (symbol === this.#starts.length) {
      this.#starts = grown(this.#starts);
      this.#lengths = grown(this.#lengths);
    }
    this.#starts[symbol] = from;
    this.#lengths[symbol] = to - from;
    if (to - from === metricName.length && metricName.equals(this.#bytes.subarray(from, to))) this.#nameSymbol = symbol;
  }

  /** The labels that `writeLabels` has put together. It holds until the next ones. */
  get key(): SeriesKey {
    return this.#key;
  }

  /** The name of the metric of the labels written last; `null` where there is none, or it was taken before. */
  takeMetric(): string | null {
    const symbol = this.#metricSymbol;
    if (symbol < 0 || this.#metricsTaken.has(symbol)) return null;
    this.#metricsTaken.add(symbol);
    return this.text(symbol);
  }

  /** Throws `ProtobufError` where there is no such symbol. */
  text(symbol: number): string {
    const known = this.#texts.get(symbol);
    if (known !== undefined) return known;
    const start = this.#startOf(symbol);
    const text = this.#text.toString("utf8", start, start + (this.#lengths[symbol] ?? 0));
    this.#texts.set(symbol, text);
    return text;
  }

  /** A series without labels. */
  clearLabels(): void {
    this.#key.to = 0;
    this.#metricSymbol = -1;
  }

  /**
   * Puts the labels that a packed list names into `key`; of too many, or too long ones, as many as are refused for that. Throws
   * `ProtobufError`, and `PAYLOAD_TOO_LARGE`: a few bytes can name long labels again and again.
   */
  writeLabels(reader: ProtoReader): void {
    this.clearLabels();
    for (let count = 0; !reader.done; count++) {
      if (count > this.#limits.max_labels || this.#key.to > labelBytesMax) {
        reader.at = reader.end;
        break;
      }
      const nameSymbol = reader.uint32();
      if (reader.done) throw new ProtobufError("a label has a name and no value", reader.at);
      const valueSymbol = reader.uint32();
      if (nameSymbol === this.#nameSymbol) this.#metricSymbol = valueSymbol;
      this.#writeLabel(nameSymbol, valueSymbol);
    }
    this.#labelBytes += this.#key.to;
    if (this.#labelBytes > this.#limits.labelBytes) {
      const bound = this.#limits.labelBytes.toLocaleString("en-US");
      throw new ChainPulseError("PAYLOAD_TOO_LARGE", `the labels of its series take more than ${bound} bytes together`, {
        fix: "Send smaller batches.",
      });
    }
  }

  #writeLabel(nameSymbol: number, valueSymbol: number): void {
    const nameStart = this.#startOf(nameSymbol);
    const valueStart = this.#startOf(valueSymbol);
    // What is too long is refused for its length, whatever stands behind that.
    const nameLength = Math.min(this.#lengths[nameSymbol] ?? 0, this.#limits.max_label_name_bytes + 4);
    const valueLength = Math.min(this.#lengths[valueSymbol] ?? 0, this.#limits.max_label_value_bytes + 4);
    this.#reserve(this.#key.to + nameLength + valueLength + labelOverhead);
    const written = this.#key.bytes;
    let next = this.#key.to;
    written[next++] = label;
    next = writeLength(written, next, 2 + lengthBytes(nameLength) + nameLength + lengthBytes(valueLength) + valueLength);
    written[next++] = name;
    next = writeLength(written, next, nameLength);
    next = copy(this.#bytes, nameStart, nameLength, written, next);
    written[next++] = value;
    next = writeLength(written, next, valueLength);
    this.#key.to = copy(this.#bytes, valueStart, valueLength, written, next);
  }

  #startOf(symbol: number): number {
    const start = this.#starts[symbol];
    if (start === undefined || symbol >= this.#count) throw new ProtobufError(`there is no symbol ${symbol}`, 0);
    return start;
  }

  #reserve(length: number): void {
    if (length <= this.#key.bytes.length) return;
    const larger = keyOf(new Uint8Array(2 * length));
    larger.bytes.set(this.#key.bytes);
    larger.to = this.#key.to;
    this.#key = larger;
  }
}

function keyOf(bytes: Uint8Array<ArrayBuffer>): SeriesKey {
  return { bytes, view: new DataView(bytes.buffer), from: 0, to: 0 };
}

/** Names and values are short: a loop is faster than a call. */
function copy(source: Uint8Array, from: number, length: number, target: Uint8Array, at: number): number {
  for (let i = 0; i < length; i++) target[at + i] = source[from + i] ?? 0;
  return at + length;
}

function lengthBytes(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : 3;
}

function writeLength(target: Uint8Array, at: number, length: number): number {
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(2 * array.length);
  next.set(array);
  return next;
}
