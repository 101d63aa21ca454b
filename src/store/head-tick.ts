/** A tick of the head as it comes out of a partition, for the sealing writer and for readers. */
import type { SQLOutputValue } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf } from "./database.ts";

export interface HeadTick {
  readonly timestampMs: number;
  /** Ticks of one layout share one array, so it identifies the layout. */
  readonly refs: Uint32Array;
  /** The values' bits, two u32 each, low word first; in the order of `refs`. */
  readonly words: Uint32Array;
}

/** Decodes a row of `ticks`. `refsOf` gives the series of a layout, the same array each time. */
export function tickOf(row: Readonly<Record<string, SQLOutputValue>>, refsOf: (layout: number) => Uint32Array): HeadTick {
  const refs = refsOf(integerOf(row, "layout"));
  const words = wordsOf(blobOf(row, "samples"));
  if (words.length !== 2 * refs.length)
    throw new DamagedFileError("a tick has another number of values than its layout has series");
  return { timestampMs: integerOf(row, "ts"), refs, words };
}

/** The bytes as u32, without a copy where they are aligned. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}

/** ref → position in the layout. Made once per layout, gone with it. */
export function positionsOf(refs: Uint32Array): ReadonlyMap<number, number> {
  let positions = known.get(refs);
  if (positions === undefined) {
    positions = new Map(Array.from(refs, (ref, position) => [ref, position]));
    known.set(refs, positions);
  }
  return positions;
}

const known = new WeakMap<Uint32Array, ReadonlyMap<number, number>>();
