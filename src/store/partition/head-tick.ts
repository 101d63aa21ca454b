/** A tick of the head as it comes out of a partition, for the sealing writer and for readers. */
import type { SQLOutputValue } from "node:sqlite";
import { crc32 } from "node:zlib";
import { tickChecksum } from "./partition-schema.ts";

export interface HeadTick {
  readonly timestampMs: number;
  /** Ticks of one layout share one array, so it identifies the layout. */
  readonly refs: Uint32Array;
  /** The values' bits, two u32 each, low word first; in the order of `refs`. */
  readonly words: Uint32Array;
}

/** Ticks of a head in time order. */
export interface HeadTicks {
  readonly ticks: readonly HeadTick[];
  /** Where rows were damaged and left out; `null` where all are sound. Without an end where no sound row follows, and the like. */
  readonly damaged: TimeSpan | null;
}

export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Decodes rows of `ticks`, leaving damaged ones out. A damaged row's time is not known either, but that it lies between its sound
 * neighbours'. `refsOf` gives the series of a layout, the same array each time, `null` where that is damaged.
 */
export function ticksOf(rows: readonly Row[], refsOf: (layout: number) => Uint32Array | null): HeadTicks {
  const all = rows.map((row) => tickOf(row, refsOf));
  const ticks = all.filter((tick) => tick !== null);
  if (ticks.length === rows.length) return { ticks, damaged: null };
  const before = all[all.indexOf(null) - 1];
  const after = all[all.lastIndexOf(null) + 1];
  return {
    ticks,
    damaged: {
      fromMs: before === undefined || before === null ? -Infinity : before.timestampMs + 1,
      toMs: after === undefined || after === null ? Infinity : after.timestampMs - 1,
    },
  };
}

function tickOf(row: Row, refsOf: (layout: number) => Uint32Array | null): HeadTick | null {
  const { ts, layout, samples, crc } = row;
  if (typeof ts !== "number" || typeof layout !== "number" || !(samples instanceof Uint8Array)) return null;
  if (crc !== null && crc !== tickChecksum(ts, layout, samples)) return null;
  const refs = refsOf(layout);
  const words = wordsOf(samples);
  return refs === null || words.length !== 2 * refs.length ? null : { timestampMs: ts, refs, words };
}

/** Decodes a row of `layouts`; `null` where it is missing or damaged. */
export function refsOfLayout(row: Row | undefined): Uint32Array | null {
  const refs = row?.["refs"];
  if (row === undefined || !(refs instanceof Uint8Array)) return null;
  return row["crc"] === null || row["crc"] === crc32(refs) ? wordsOf(refs) : null;
}

/** The bytes as u32, without a copy where they are aligned. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}
