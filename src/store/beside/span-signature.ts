/**
 * Which attributes a span may have, in 64 bits: a Bloom filter as in `term-filter.ts`. Of a span with ten attributes it says yes to one in
 * twenty that it does not have, and to one in 350 pairs: what a search then reads of its body in vain.
 */

/** Bits of each term's own hash that choose one of 64. */
const shifts = [0, 6, 12] as const;

/** Sets a span's bits, two words for each. */
export function addTerms(signatures: Int32Array, place: number, terms: readonly number[]): void {
  for (const term of terms) {
    for (const shift of shifts) {
      const bit = (term >>> shift) & 63;
      const word = 2 * place + (bit >>> 5);
      signatures[word] = (signatures[word] ?? 0) | (1 << (bit & 31));
    }
  }
}

/** The signature of a span that has these terms and nothing else. */
export function signatureOf(terms: readonly number[]): Int32Array {
  const signature = new Int32Array(2);
  addTerms(signature, 0, terms);
  return signature;
}

/** Whether a span may have all that the other signature is of. */
export function mayHaveAll(signatures: Int32Array, place: number, wanted: Int32Array): boolean {
  const low = signatures[2 * place] ?? 0;
  const high = signatures[2 * place + 1] ?? 0;
  return ((wanted[0] ?? 0) & ~low) === 0 && ((wanted[1] ?? 0) & ~high) === 0;
}
