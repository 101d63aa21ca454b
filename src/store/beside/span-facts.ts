/**
 * What an index knows of the spans of one chunk, as columns: enough to search, to sum up and to draw a trace without its bodies.
 *
 *   ┌───────────┬──────────┬──────────┬───────────┬─────────┬─────────────┬──────────┬─────────┬────────┐
 *   │ startNs   │ endNs    │ spanIds  │ parentIds │ traces  │ operations  │ sources  │ states  │ CRC-32 │
 *   │ int64 × n │ int64 ×n │ 8 × n    │ 8 × n     │ u32 × n │ u32 × n     │ u32 × n  │ u8 × n  │ 4 byte │
 *   └───────────┴──────────┴──────────┴───────────┴─────────┴─────────────┴──────────┴─────────┴────────┘
 *
 * Little-endian, and as they lie in memory: a search looks at five million spans, so nothing is decoded. Compressed they would take two
 * thirds, because ids are random, and a search would take twice as long.
 */
import { type Span, spanStatuses } from "../../core/span.ts";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { DamagedFileError } from "../database.ts";
import { indexedNs } from "./ids.ts";

/** A span with the numbers that its file gives to what it belongs to. */
export interface NumberedSpan {
  readonly span: Span;
  readonly trace: number;
  readonly operation: number;
  readonly source: number;
}

/** Of all columns. */
export const bytesPerSpan = 45;
const idBytes = 8;
/** Bits of a state: the status's number, and whether the span has no parent. */
const statusBits = 3;
const rootBit = 4;

export class SpanFacts {
  readonly count: number;
  /** As `indexedNs` has them. */
  readonly startNs: BigInt64Array;
  readonly endNs: BigInt64Array;
  /** The same as words, low ones first: bigints are slow where there are many. */
  readonly startWords: Int32Array;
  readonly endWords: Int32Array;
  /** Ids as words, for comparing. */
  readonly idWords: Int32Array;
  readonly traces: Uint32Array;
  readonly operations: Uint32Array;
  readonly sources: Uint32Array;
  readonly #ids: Buffer;
  readonly #states: Uint8Array;

  /** `buffer`: all columns, from its beginning. */
  constructor(buffer: ArrayBuffer, count: number) {
    this.count = count;
    this.startNs = new BigInt64Array(buffer, 0, count);
    this.endNs = new BigInt64Array(buffer, 8 * count, count);
    this.startWords = new Int32Array(buffer, 0, 2 * count);
    this.endWords = new Int32Array(buffer, 8 * count, 2 * count);
    this.idWords = new Int32Array(buffer, 16 * count, 2 * count);
    this.#ids = Buffer.from(buffer, 16 * count, 2 * idBytes * count);
    this.traces = new Uint32Array(buffer, 32 * count, count);
    this.operations = new Uint32Array(buffer, 36 * count, count);
    this.sources = new Uint32Array(buffer, 40 * count, count);
    this.#states = new Uint8Array(buffer, 44 * count, count);
  }

  /** Hex. */
  spanIdAt(place: number): string {
    return this.#ids.toString("hex", place * idBytes, (place + 1) * idBytes);
  }

  /** Hex; `null` for a root. */
  parentIdAt(place: number): string | null {
    if (this.isRootAt(place)) return null;
    const at = (this.count + place) * idBytes;
    return this.#ids.toString("hex", at, at + idBytes);
  }

  /** Eight bytes. */
  copySpanId(place: number, into: Uint8Array, at: number): void {
    this.#ids.copy(into, at, place * idBytes, (place + 1) * idBytes);
  }

  isRootAt(place: number): boolean {
    return ((this.#states[place] ?? 0) & rootBit) !== 0;
  }

  /** Number of the status. */
  statusAt(place: number): number {
    return (this.#states[place] ?? 0) & statusBits;
  }

  /** ns, with what a double keeps of it. */
  durationAt(place: number): number {
    return nsBetween(this.startWords, place, this.endWords, place);
  }

  set(place: number, { span, trace, operation, source }: NumberedSpan): void {
    this.startNs[place] = indexedNs(span.startNs);
    this.endNs[place] = indexedNs(span.endNs);
    this.#ids.write(span.spanId, place * idBytes, idBytes, "hex");
    this.#ids.write(span.parentSpanId, (this.count + place) * idBytes, idBytes, "hex");
    this.traces[place] = trace;
    this.operations[place] = operation;
    this.sources[place] = source;
    this.#states[place] = spanStatuses.indexOf(span.status) | (span.parentSpanId === "" ? rootBit : 0);
  }
}

/** From one time to another, ns. Exact within ±2^53, and of two differences the greater one is never the less. */
export function nsBetween(from: Int32Array, fromRow: number, to: Int32Array, toRow: number): number {
  const high = (to[2 * toRow + 1] ?? 0) - (from[2 * fromRow + 1] ?? 0);
  return high * 2 ** 32 + (((to[2 * toRow] ?? 0) >>> 0) - ((from[2 * fromRow] ?? 0) >>> 0));
}

export function factsOf(spans: readonly NumberedSpan[]): SpanFacts {
  const facts = new SpanFacts(new ArrayBuffer(bytesPerSpan * spans.length), spans.length);
  for (const [place, span] of spans.entries()) facts.set(place, span);
  return facts;
}

export function packFacts(chunk: number, facts: SpanFacts): Uint8Array {
  return withChecksum(placeOf(chunk), new Uint8Array(facts.startNs.buffer));
}

/** `body` as SQLite gives it, in a buffer of its own. Throws `DamagedFileError`. */
export function unpackFacts(chunk: number, body: Uint8Array): SpanFacts {
  const { buffer, byteOffset, length } = checkedBytes(placeOf(chunk), body);
  const count = length / bytesPerSpan;
  if (!Number.isInteger(count)) throw new DamagedFileError(`${placeOf(chunk)} has ${length} bytes`);
  const own = byteOffset === 0 && buffer instanceof ArrayBuffer ? buffer : body.slice(0, length).buffer;
  return new SpanFacts(own, count);
}

function placeOf(chunk: number): string {
  return `facts of chunk ${chunk}`;
}
