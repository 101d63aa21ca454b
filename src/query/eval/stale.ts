/** The stale marker among samples. */
import { staleNaNBits } from "../../core/storage.ts";

/** Whether a sample is the stale marker. Only its bits tell it from other NaNs, and only a view of the memory shows them. */
export function isStale(values: Float64Array, index: number): boolean {
  if (!Number.isNaN(values[index])) return false;
  return new BigUint64Array(values.buffer, values.byteOffset + index * 8, 1)[0] === staleNaNBits;
}

/** Whether there is a stale marker among the values. */
export function hasStale(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (isStale(values, i)) return true;
  return false;
}
