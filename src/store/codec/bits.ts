/**
 * Reading bits, lowest first, in words of 32, at any position: through a window of 32 bits, which needs two words and no branch.
 */

/** The 32 bits from `position` on; `words` reaches one word further. */
export function windowAt(words: Int32Array, position: number): number {
  const word = position >>> 5;
  const shift = position & 31;
  // In bounds by the caller's check; (x << 1) << (31 − shift) is x << (32 − shift) where shift may be 0.
  return ((words[word] ?? 0) >>> shift) | (((words[word + 1] ?? 0) << 1) << (31 - shift));
}

/** 0 ≤ bits ≤ 53. */
export function readWideBits(words: Int32Array, position: number, bits: number): number {
  const low = windowAt(words, position);
  if (bits <= narrowBits) return low & (2 ** bits - 1);
  const high = windowAt(words, position + narrowBits) & (2 ** (bits - narrowBits) - 1);
  return (low & (2 ** narrowBits - 1)) + high * 2 ** narrowBits;
}

/** Half of 53, rounded up: two fields then hold everything, and neither reaches a sign bit. */
const narrowBits = 27;
