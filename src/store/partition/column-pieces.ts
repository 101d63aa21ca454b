/** Parts of columns, cut and joined without touching the values' bits. */
import type { ColumnSamples } from "../codec/block.ts";

/** Pieces of one series in time order as one, shared where there is only one. */
export function joinPieces(pieces: readonly ColumnSamples[]): ColumnSamples {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const length = pieces.reduce((sum, piece) => sum + piece.values.length, 0);
  const joined = { timestampsMs: new Float64Array(length), values: new Float64Array(length) };
  let at = 0;
  for (const piece of pieces) {
    joined.timestampsMs.set(piece.timestampsMs, at);
    // Between arrays of one type `set` copies bytes (ECMAScript, SetTypedArrayFromTypedArray), so NaN payloads stay.
    joined.values.set(piece.values, at);
    at += piece.values.length;
  }
  return joined;
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

/** How many of the ascending times are ≤ `timeMs`. */
function countUpTo(timestampsMs: Float64Array, timeMs: number): number {
  let low = 0;
  let high = timestampsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestampsMs[middle] ?? Infinity) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
