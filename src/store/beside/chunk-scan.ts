/**
 * The traces that a search finds by looking into chunks, newest first. No trace begins after its spans do: once all chunks are looked into
 * that have a span which begins after some time, all traces that begin after it are known. So the first page of what many traces have
 * needs few chunks, and what is rare is in few.
 */
import { comparePlaces, type ListPlace } from "./list-cursor.ts";
import type { Slice } from "./merge-newest.ts";
import type { ListedTrace } from "./trace-index.ts";

export interface ScannedChunk {
  readonly chunk: number;
  /** No span of it begins later, ns. */
  readonly latestNs: number;
}

export interface ChunkScanOptions {
  /** In any order. */
  readonly chunks: readonly ScannedChunk[];
  /** The traces with a span in the chunk that is looked for. */
  readonly tracesIn: (chunk: number) => Iterable<number>;
  readonly listed: (trace: number) => ListedTrace;
  /** Traces that begin before are left out, ns. */
  readonly fromNs: bigint;
}

/** Chunks of one slice at most: between slices others have their turn, and the search may be ended. */
const sliceChunks = 16;

export class ChunkScan {
  readonly #options: ChunkScanOptions;
  /** By their latest starts, the earliest first: taken from the end. */
  readonly #waiting: ScannedChunk[];
  readonly #known = new Set<number>();
  /** As in a list. */
  readonly #found: ListedTrace[] = [];

  constructor(options: ChunkScanOptions) {
    this.#options = options;
    this.#waiting = options.chunks.toSorted((a, b) => a.latestNs - b.latestNs);
  }

  /** At most `rows` traces behind a place. */
  slice(after: ListPlace, rows: number): Slice<ListedTrace> {
    for (let looked = 0; ; looked++) {
      const until = this.#waiting.at(-1);
      const found = this.#between(after, until?.latestNs ?? -Infinity);
      if (found.length > rows) return { found: found.slice(0, rows), end: found[rows - 1] ?? null };
      if (until === undefined) return { found, end: null };
      if (found.length === rows || looked >= sliceChunks) return { found, end: later(after, placeAt(until.latestNs)) };
      this.#waiting.pop();
      this.#look(until.chunk);
    }
  }

  /** What is found behind `after` that begins after `untilNs`. */
  #between(after: ListPlace, untilNs: number): readonly ListedTrace[] {
    if (untilNs === Infinity) return [];
    const start = this.#found.findIndex((trace) => comparePlaces(trace, after) > 0);
    if (start < 0) return [];
    const end = untilNs === -Infinity ? -1 : this.#found.findIndex(({ timeNs }) => timeNs <= BigInt(untilNs));
    return this.#found.slice(start, end < 0 ? undefined : end);
  }

  #look(chunk: number): void {
    const { tracesIn, listed, fromNs } = this.#options;
    const before = this.#found.length;
    for (const trace of tracesIn(chunk)) {
      if (this.#known.has(trace)) continue;
      this.#known.add(trace);
      const one = listed(trace);
      if (one.timeNs >= fromNs) this.#found.push(one);
    }
    if (this.#found.length > before) this.#found.sort(comparePlaces);
  }
}

/** Behind everything that begins later. */
function placeAt(timeNs: number): ListPlace | null {
  return Number.isFinite(timeNs) ? { timeNs: BigInt(timeNs), key: beforeAllKeys } : null;
}

/** The place further down the list. */
function later(a: ListPlace, b: ListPlace | null): ListPlace {
  return b === null || comparePlaces(b, a) < 0 ? a : b;
}

/** No id is as long: of what has its time, everything comes behind it. */
export const beforeAllKeys = "f".repeat(64);
