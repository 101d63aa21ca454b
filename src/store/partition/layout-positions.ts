/**
 * Where series stand in a layout. A machine whose processes come and go has a layout for every second or third tick, and a reader keeps
 * hundreds of ticks: a Map per layout, which this was, took 12 MB in each reader of 1,500 series, more than the ticks themselves.
 */
import type { SeriesRef } from "../../core/storage.ts";
import { orderByRef } from "../received/sort-by-ref.ts";

/** Positions in ascending order of the layout's series; `null` where they stand so. Made once per layout, gone with it. */
const orders = new WeakMap<Uint32Array, Uint32Array | null>();

/** Position of each wanted series in the layout, −1 where it is not there. `wanted` ascends. */
export function positionsIn(layout: Uint32Array, wanted: readonly SeriesRef[]): Int32Array {
  let order = orders.get(layout);
  if (order === undefined) orders.set(layout, (order = orderByRef(layout, layout.length)));
  // The shorter list is walked: after an hour of processes that come and go, many more series are wanted than a tick has.
  return layout.length < wanted.length ? placedIn(wanted, layout, order) : lookedFor(wanted, layout, order);
}

function lookedFor(wanted: readonly SeriesRef[], layout: Uint32Array, order: Uint32Array | null): Int32Array {
  const positions = new Int32Array(wanted.length);
  const refAt = (place: number): number => layout[order === null ? place : (order[place] ?? 0)] ?? 0;
  let from = 0;
  for (let i = 0; i < wanted.length; i++) {
    const ref = wanted[i] ?? 0;
    from = firstFrom(refAt, layout.length, ref, from);
    const position = order === null ? from : (order[from] ?? layout.length);
    positions[i] = layout[position] === ref ? position : -1;
  }
  return positions;
}

function placedIn(wanted: readonly SeriesRef[], layout: Uint32Array, order: Uint32Array | null): Int32Array {
  const positions = new Int32Array(wanted.length).fill(-1);
  const refAt = (place: number): number => wanted[place] ?? 0;
  let from = 0;
  for (let place = 0; place < layout.length && from < wanted.length; place++) {
    const position = order === null ? place : (order[place] ?? 0);
    const ref = layout[position] ?? 0;
    from = firstFrom(refAt, wanted.length, ref, from);
    if (wanted[from] === ref) positions[from] = position;
  }
  return positions;
}

/** Place, not before `from`, of the first series from `ref` on. In growing steps: neighbours are a step away, others some more. */
function firstFrom(refAt: (place: number) => number, length: number, ref: SeriesRef, from: number): number {
  let low = from;
  let high = from;
  for (let step = 1; high < length && refAt(high) < ref; step *= 2) {
    low = high + 1;
    high += step;
  }
  high = Math.min(high, length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (refAt(middle) < ref) low = middle + 1;
    else high = middle;
  }
  return low;
}
