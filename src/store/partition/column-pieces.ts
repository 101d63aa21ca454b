/** Parts of columns, cut and joined without touching the values' bits. */
import { countUpTo } from "../../core/count-up-to.ts";
import type { ColumnSamples } from "../codec/block.ts";

/** Pieces of one series in time order as one, shared where there is only one. */
export function joinPieces(pieces: readonly ColumnSamples[]): ColumnSamples {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  return copyPieces(pieces);
}

/** Fresh arrays, the pieces copied in, with room for `more` samples after them. */
export function copyPieces(pieces: readonly ColumnSamples[], more = 0): ColumnSamples {
  const length = pieces.reduce((sum, piece) => sum + piece.values.length, more);
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

/** The part with startMs < time ≤ endMs; `null` where it is empty. */
export function cut(column: ColumnSamples | null, startMs: number, endMs: number): ColumnSamples | null {
  if (column === null) return null;
  const { timestampsMs, values } = column;
  const first = countUpTo(timestampsMs, startMs);
  const end = countUpTo(timestampsMs, endMs);
  if (first >= end) return null;
  if (first === 0 && end === values.length) return column;
  return { timestampsMs: timestampsMs.subarray(first, end), values: values.subarray(first, end) };
}
