/** The order of samples by their series, found by digits: it looks at each number two or three times, and compares none. */
import { freeMemory } from "../../core/free-memory.ts";

const digitBits = 11;
const digits = 2 ** digitBits;
/** Where the numbers with each digit begin; the same memory for every sorting. */
const starts = new Uint32Array(digits + 1);

/** The places of refs[0 … count) in ascending order of the refs, equal ones as they were; `null` where they are in order. */
export function orderByRef(refs: Uint32Array, count: number): Uint32Array | null {
  let isOrdered = true;
  let least = refs[0] ?? 0;
  let greatest = least;
  for (let i = 1; i < count; i++) {
    const ref = refs[i] ?? 0;
    if (ref < (refs[i - 1] ?? 0)) isOrdered = false;
    if (ref < least) least = ref;
    if (ref > greatest) greatest = ref;
  }
  if (isOrdered) return null;
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let next = new Uint32Array(count);
  for (let shift = 0; (greatest - least) >>> shift > 0; shift += digitBits) {
    sortByDigit(refs, least, shift, order, next);
    [order, next] = [next, order];
    if (shift + digitBits >= 32) break;
  }
  freeMemory(next);
  return order;
}

function sortByDigit(refs: Uint32Array, least: number, shift: number, order: Uint32Array, sorted: Uint32Array): void {
  starts.fill(0);
  for (let i = 0; i < order.length; i++) {
    const digit = (((refs[order[i] ?? 0] ?? 0) - least) >>> shift) & (digits - 1);
    starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
  }
  for (let digit = 0; digit < digits; digit++) starts[digit + 1] = (starts[digit + 1] ?? 0) + (starts[digit] ?? 0);
  for (let i = 0; i < order.length; i++) {
    const place = order[i] ?? 0;
    const digit = (((refs[place] ?? 0) - least) >>> shift) & (digits - 1);
    const to = starts[digit] ?? 0;
    sorted[to] = place;
    starts[digit] = to + 1;
  }
}
