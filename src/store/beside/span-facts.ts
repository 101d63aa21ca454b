/**
 * What an index knows of the spans of one chunk, as columns: what a search asks of a span before it reads its body. When they were is beside
 * it (`span-times.ts`): a search for what is not about time reads half as much.
 *
 *   ┌────────────┬─────────┬─────────────┬──────────┬─────────┬────────┐
 *   │ signatures │ traces  │ operations  │ sources  │ states  │ CRC-32 │
 *   │ 8 × n      │ u32 × n │ u32 × n     │ u32 × n  │ u8 × n  │ 4 byte │
 *   └────────────┴─────────┴─────────────┴──────────┴─────────┴────────┘
 *
 * Little-endian, and as they lie in memory: a search looks at five million spans, so nothing is decoded.
 */
import { type Span, spanStatuses } from "../../core/span.ts";
import { packColumns, unpackColumns } from "./packed-columns.ts";
import { addTerms } from "./span-signature.ts";

/** A span with the numbers that its file gives to what it belongs to. */
export interface NumberedSpan {
  readonly span: Span;
  readonly trace: number;
  readonly operation: number;
  readonly source: number;
  /** Of its own attributes, see `span-terms.ts`. */
  readonly terms: readonly number[];
}

/** Of all columns. */
export const factBytesPerSpan = 21;
/** Bits of a state: the status's number, and whether the span has no parent. */
const statusBits = 3;
const rootBit = 4;

export class SpanFacts {
  readonly count: number;
  /** See `span-signature.ts`. */
  readonly signatures: Int32Array;
  readonly traces: Uint32Array;
  readonly operations: Uint32Array;
  readonly sources: Uint32Array;
  readonly #states: Uint8Array;

  /** `buffer`: all columns, from its beginning. */
  constructor(buffer: ArrayBuffer, count: number) {
    this.count = count;
    this.signatures = new Int32Array(buffer, 0, 2 * count);
    this.traces = new Uint32Array(buffer, 8 * count, count);
    this.operations = new Uint32Array(buffer, 12 * count, count);
    this.sources = new Uint32Array(buffer, 16 * count, count);
    this.#states = new Uint8Array(buffer, 20 * count, count);
  }

  isRootAt(place: number): boolean {
    return ((this.#states[place] ?? 0) & rootBit) !== 0;
  }

  /** Number of the status. */
  statusAt(place: number): number {
    return (this.#states[place] ?? 0) & statusBits;
  }

  set(place: number, { span, trace, operation, source, terms }: NumberedSpan): void {
    addTerms(this.signatures, place, terms);
    this.traces[place] = trace;
    this.operations[place] = operation;
    this.sources[place] = source;
    this.#states[place] = spanStatuses.indexOf(span.status) | (span.parentSpanId === "" ? rootBit : 0);
  }
}

export function factsOf(spans: readonly NumberedSpan[]): SpanFacts {
  const facts = new SpanFacts(new ArrayBuffer(factBytesPerSpan * spans.length), spans.length);
  for (const [place, span] of spans.entries()) facts.set(place, span);
  return facts;
}

export function packFacts(chunk: number, facts: SpanFacts): Uint8Array {
  return packColumns(placeOf(chunk), facts.signatures.buffer);
}

/** As `unpackColumns`. */
export function unpackFacts(chunk: number, body: Uint8Array): SpanFacts {
  const { buffer, count } = unpackColumns(placeOf(chunk), body, factBytesPerSpan);
  return new SpanFacts(buffer, count);
}

function placeOf(chunk: number): string {
  return `facts of chunk ${chunk}`;
}
