/**
 * Puts the sealed pieces of many series together, with room for what the head has: all values in one piece of memory, because an array
 * for each series costs more than filling it, and the times once for all series that have the same.
 */
import type { ColumnSamples } from "../codec/block.ts";
import type { Target } from "./head-cache.ts";

/** `more`: per series how many of the head's `ticks` it has. The head fills in what is missing behind `at`. */
export function joinSeries(series: readonly (readonly ColumnSamples[])[], more: Uint32Array, ticks: number): readonly Target[] {
  const lengths = series.map((pieces, i) => lengthOf(pieces) + (more[i] ?? 0));
  const memory = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
  const targets: Target[] = [];
  let before: { readonly pieces: readonly ColumnSamples[]; readonly more: number; readonly timestampsMs: Float64Array } | null =
    null;
  let from = 0;
  for (let i = 0; i < series.length; i++) {
    const pieces = series[i] ?? [];
    const length = lengths[i] ?? 0;
    const inHead = more[i] ?? 0;
    const values = memory.subarray(from, from + length);
    from += length;
    // Between arrays of one type `set` copies bytes (ECMAScript, SetTypedArrayFromTypedArray), so NaN payloads stay.
    let at = 0;
    for (const piece of pieces) {
      values.set(piece.values, at);
      at += piece.values.length;
    }
    // Series that have only some of the head's ticks may differ in which.
    const isSame =
      before !== null && before.more === inHead && (inHead === 0 || inHead === ticks) && haveSameTimes(before.pieces, pieces);
    const timestampsMs: Float64Array = before !== null && isSame ? before.timestampsMs : joinTimes(pieces, length);
    before = { pieces, more: inHead, timestampsMs };
    targets.push({ timestampsMs, values, at });
  }
  return targets;
}

function lengthOf(pieces: readonly ColumnSamples[]): number {
  let length = 0;
  for (const { values } of pieces) length += values.length;
  return length;
}

function haveSameTimes(a: readonly ColumnSamples[], b: readonly ColumnSamples[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i]?.timestampsMs !== b[i]?.timestampsMs) return false;
  return true;
}

function joinTimes(pieces: readonly ColumnSamples[], length: number): Float64Array {
  const timestampsMs = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    timestampsMs.set(piece.timestampsMs, at);
    at += piece.timestampsMs.length;
  }
  return timestampsMs;
}
