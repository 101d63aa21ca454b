/**
 * When the spans of one chunk were, and their ids, as columns: with their facts (`span-facts.ts`) enough to sum up and to draw a trace
 * without its bodies.
 *
 *   ┌───────────┬──────────┬──────────┬───────────┬────────┐
 *   │ startNs   │ endNs    │ spanIds  │ parentIds │ CRC-32 │
 *   │ int64 × n │ int64 ×n │ 8 × n    │ 8 × n     │ 4 byte │
 *   └───────────┴──────────┴──────────┴───────────┴────────┘
 */
import { indexedNs } from "./ids.ts";
import { packColumns, unpackColumns } from "./packed-columns.ts";
import type { NumberedSpan } from "./span-facts.ts";

/** Of all columns. */
export const timeBytesPerSpan = 32;
const idBytes = 8;

export class SpanTimes {
  readonly count: number;
  /** As `indexedNs` has them. */
  readonly startNs: BigInt64Array;
  readonly endNs: BigInt64Array;
  /** The same as words, low ones first: bigints are slow where there are many. */
  readonly startWords: Int32Array;
  readonly endWords: Int32Array;
  /** Ids as words, for comparing. */
  readonly idWords: Int32Array;
  readonly #ids: Buffer;

  /** `buffer`: all columns, from its beginning. */
  constructor(buffer: ArrayBuffer, count: number) {
    this.count = count;
    this.startNs = new BigInt64Array(buffer, 0, count);
    this.endNs = new BigInt64Array(buffer, 8 * count, count);
    this.startWords = new Int32Array(buffer, 0, 2 * count);
    this.endWords = new Int32Array(buffer, 8 * count, 2 * count);
    this.idWords = new Int32Array(buffer, 16 * count, 2 * count);
    this.#ids = Buffer.from(buffer, 16 * count, 2 * idBytes * count);
  }

  /** Hex. */
  spanIdAt(place: number): string {
    return this.#ids.toString("hex", place * idBytes, (place + 1) * idBytes);
  }

  /** Hex; of a root, zeros. */
  parentIdAt(place: number): string {
    const at = (this.count + place) * idBytes;
    return this.#ids.toString("hex", at, at + idBytes);
  }

  /** Eight bytes. */
  copySpanId(place: number, into: Uint8Array, at: number): void {
    this.#ids.copy(into, at, place * idBytes, (place + 1) * idBytes);
  }

  /** ns, with what a double keeps of it. */
  durationAt(place: number): number {
    return nsBetween(this.startWords, place, this.endWords, place);
  }

  set(place: number, { span }: NumberedSpan): void {
    this.startNs[place] = indexedNs(span.startNs);
    this.endNs[place] = indexedNs(span.endNs);
    this.#ids.write(span.spanId, place * idBytes, idBytes, "hex");
    this.#ids.write(span.parentSpanId, (this.count + place) * idBytes, idBytes, "hex");
  }
}

/** From one time to another, ns. Exact within ±2^53, and of two differences the greater one is never the less. */
export function nsBetween(from: Int32Array, fromRow: number, to: Int32Array, toRow: number): number {
  const high = (to[2 * toRow + 1] ?? 0) - (from[2 * fromRow + 1] ?? 0);
  return high * 2 ** 32 + (((to[2 * toRow] ?? 0) >>> 0) - ((from[2 * fromRow] ?? 0) >>> 0));
}

export function timesOf(spans: readonly NumberedSpan[]): SpanTimes {
  const times = new SpanTimes(new ArrayBuffer(timeBytesPerSpan * spans.length), spans.length);
  for (const [place, span] of spans.entries()) times.set(place, span);
  return times;
}

export function packTimes(chunk: number, times: SpanTimes): Uint8Array {
  return packColumns(placeOf(chunk), times.startNs.buffer);
}

/** As `unpackColumns`. */
export function unpackTimes(chunk: number, body: Uint8Array): SpanTimes {
  const { buffer, count } = unpackColumns(placeOf(chunk), body, timeBytesPerSpan);
  return new SpanTimes(buffer, count);
}

function placeOf(chunk: number): string {
  return `times of chunk ${chunk}`;
}
