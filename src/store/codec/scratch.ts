/**
 * Arrays that are used again: an hour's column takes six of them to encode, and new ones would cost as much as the work in them. Each
 * user has its own, and nothing in there outlives the call that asked for it.
 */

/** Gives arrays of at least the asked length; what is in them is left from before. */
export function scratchFloats(): (length: number) => Float64Array {
  let kept = new Float64Array(0);
  return (length) => {
    if (kept.length < length) kept = new Float64Array(Math.max(length, 2 * kept.length));
    return kept.subarray(0, length);
  };
}

/** As `scratchFloats`, for 32-bit words; the whole array is given, whatever its length. */
export function scratchWords(): (length: number) => Int32Array {
  let kept = new Int32Array(0);
  return (length) => {
    if (kept.length < length) kept = new Int32Array(Math.max(length, 2 * kept.length));
    return kept;
  };
}
