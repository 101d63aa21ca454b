/** Samples of one series as they were received, and the same in time order with one for each time. */
import { countUpTo } from "../../core/count-up-to.ts";
import type { ColumnSamples } from "../codec/block.ts";
import { timeOrder } from "../codec/time-order.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";

export interface ReceivedColumn {
  readonly timestampsMs: Float64Array;
  /** Of a histogram: without a meaning. */
  readonly values: Float64Array;
  /** At the places of histograms; `null`: numbers only. */
  readonly histograms: readonly (NativeHistogram | undefined)[] | null;
}

/** Samples that are numbers only. */
export function numbersOf({ timestampsMs, values }: ColumnSamples): ReceivedColumn {
  return { timestampsMs, values, histograms: null };
}

/**
 * The pieces as one, in time order; of several samples at one time the one of the last piece, and within a piece the last one. The pieces
 * are in the order in which they were received; a single one that is in order is given back as it is.
 */
export function combine(pieces: readonly ReceivedColumn[]): ReceivedColumn {
  const [only] = pieces;
  return inOrder(only !== undefined && pieces.length === 1 ? only : concatenated(pieces));
}

function concatenated(pieces: readonly ReceivedColumn[]): ReceivedColumn {
  const length = pieces.reduce((sum, { values }) => sum + values.length, 0);
  const timestampsMs = new Float64Array(length);
  const values = new Float64Array(length);
  const histograms = pieces.some((piece) => piece.histograms !== null)
    ? Array.from({ length }, (): NativeHistogram | undefined => undefined)
    : null;
  let at = 0;
  for (const piece of pieces) {
    timestampsMs.set(piece.timestampsMs, at);
    // Between arrays of one type `set` copies bytes (ECMAScript, SetTypedArrayFromTypedArray), so NaN payloads stay.
    values.set(piece.values, at);
    if (histograms !== null && piece.histograms !== null)
      for (let i = 0; i < piece.values.length; i++) histograms[at + i] = piece.histograms[i];
    at += piece.values.length;
  }
  return { timestampsMs, values, histograms };
}

/** As `combine`, of a single piece. */
export function inOrder(column: ReceivedColumn): ReceivedColumn {
  const order = timeOrder(column.timestampsMs);
  return order === null ? column : picked(column, order);
}

/** The samples at these places. */
export function picked({ timestampsMs, values, histograms }: ReceivedColumn, places: Uint32Array): ReceivedColumn {
  const from = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const to = new Uint32Array(2 * places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? 0;
    to[2 * i] = from[2 * place] ?? 0;
    to[2 * i + 1] = from[2 * place + 1] ?? 0;
  }
  return {
    timestampsMs: Float64Array.from(places, (place) => timestampsMs[place] ?? 0),
    values: new Float64Array(to.buffer),
    histograms: histograms === null ? null : Array.from(places, (place) => histograms[place]),
  };
}

/** The part with startMs < time ≤ endMs, of a column in time order. */
export function cutColumn(column: ReceivedColumn, startMs: number, endMs: number): ReceivedColumn {
  const { timestampsMs, values, histograms } = column;
  const [first, end] = [
    countUpTo(timestampsMs, startMs),
    Math.max(countUpTo(timestampsMs, startMs), countUpTo(timestampsMs, endMs)),
  ];
  if (first === 0 && end === values.length) return column;
  return {
    timestampsMs: timestampsMs.subarray(first, end),
    values: values.subarray(first, end),
    histograms: histograms?.slice(first, end) ?? null,
  };
}
