/** Parts of columns, cut and joined without touching the values' bits. */
import { countUpTo } from "../../core/count-up-to.ts";
import type { ColumnSamples } from "../codec/block.ts";

/** Pieces of one series in time order as one, shared where there is only one. */
export function joinPieces(pieces: readonly ColumnSamples[]): ColumnSamples {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  return copyPieces(pieces);
}

/** Fresh arrays, the pieces copied in. */
export function copyPieces(pieces: readonly ColumnSamples[]): ColumnSamples {
  const length = pieces.reduce((sum, piece) => sum + piece.values.length, 0);
  const timestampsMs = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    timestampsMs.set(piece.timestampsMs, at);
    // Between arrays of one type `set` copies bytes (ECMAScript, SetTypedArrayFromTypedArray), so NaN payloads stay.
    values.set(piece.values, at);
    at += piece.values.length;
  }
  return { timestampsMs, values };
}

/** The part of a column that is wanted, `null` where that is empty. */
export type Cut = (column: ColumnSamples) => ColumnSamples | null;

/** Gives the part with startMs < time ≤ endMs. Columns that share their times share those of their parts. */
export function cutter(startMs: number, endMs: number): Cut {
  const spans = new Map<Float64Array, { readonly first: number; readonly end: number; readonly timestampsMs: Float64Array }>();
  return (column) => {
    let span = spans.get(column.timestampsMs);
    if (span === undefined) {
      const [first, end] = [countUpTo(column.timestampsMs, startMs), countUpTo(column.timestampsMs, endMs)];
      span = { first, end, timestampsMs: column.timestampsMs.subarray(first, end) };
      spans.set(column.timestampsMs, span);
    }
    const { first, end, timestampsMs } = span;
    if (first >= end) return null;
    return end - first === column.values.length ? column : { timestampsMs, values: column.values.subarray(first, end) };
  };
}

/** A function that gives memory for `count` columns about as long as the first, in one piece: a small array of its own costs more than decoding it. */
export function columnMemory(count: number): (length: number) => Float64Array {
  let memory = new Float64Array();
  let used = 0;
  return (length) => {
    if (used + length > memory.length) {
      memory = new Float64Array(length * count);
      used = 0;
    }
    used += length;
    return memory.subarray(used - length, used);
  };
}
