/**
 * Which of some terms a chunk has, so that a search need not look into chunks that cannot have what it is for: a Bloom filter, whose size is
 * a power of two, made large and folded as long as it is sparse. It may say yes for a term that is not there, and never no for one that is.
 * Source: Bloom, "Space/time trade-offs in hash coding with allowable errors", CACM 13 (1970); the second hash and the folding as in
 * Kirsch & Mitzenmacher, "Less Hashing, Same Performance", ESA 2006.
 *
 * Chunks of 512 spans have some thousand terms in 4 to 8 KB; of them one in about 3,000 says yes for a term that is not there.
 */

/** Bits that are set for each term. */
const probeCount = 8;
/** A filter with more bits set is not folded: 0.45^8 is one yes in 600 that is wrong. */
const fillMax = 0.45;
export const bitsLeast = 256;
/** Who sends millions of attributes makes filters that say yes, not large ones. */
export const bitsMost = 131_072;

/** Collects the terms of one chunk after another. */
export class TermFilterBuilder {
  readonly #words = new Uint32Array(bitsMost / 32);

  /** `term`: a hash of 32 bits. */
  add(term: number): void {
    const step = stepOf(term);
    let bit = term;
    for (let probe = 0; probe < probeCount; probe++) {
      const at = bit & (bitsMost - 1);
      const word = at >>> 5;
      this.#words[word] = (this.#words[word] ?? 0) | (1 << (at & 31));
      bit = (bit + step) | 0;
    }
  }

  /** The bits of the filter of what was added since the last call. */
  take(): Uint8Array {
    const words = this.#words;
    let length = words.length;
    while (length * 32 > bitsLeast && foldedFill(words, length / 2) <= fillMax) {
      length /= 2;
      for (let i = 0; i < length; i++) words[i] = (words[i] ?? 0) | (words[i + length] ?? 0);
    }
    const bits = new Uint8Array(words.buffer, 0, length * 4).slice();
    words.fill(0);
    return bits;
  }
}

/** The share of bits that are set once the words from `half` on are laid over those before. */
function foldedFill(words: Uint32Array, half: number): number {
  let ones = 0;
  for (let i = 0; i < half; i++) ones += onesIn((words[i] ?? 0) | (words[i + half] ?? 0));
  return ones / (half * 32);
}

/** Source: Warren, Hacker's Delight, figure 5–2. */
function onesIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** The places of a term's bits; in a filter of 2^n bits, what their last n bits say. */
export type TermProbes = Int32Array;

export function probesOf(term: number): TermProbes {
  const step = stepOf(term);
  return Int32Array.from({ length: probeCount }, (_, probe) => term + Math.imul(step, probe));
}

/** `bits`: those of a filter. */
export function mayHave(bits: Uint8Array, probes: TermProbes): boolean {
  const mask = bits.length * 8 - 1;
  for (const probe of probes) {
    const at = probe & mask;
    if (((bits[at >>> 3] ?? 0) & (1 << (at & 7))) === 0) return false;
  }
  return true;
}

/** Odd, so that the probes of one term are distinct bits. */
function stepOf(term: number): number {
  return mixed(term) | 1;
}

/** Scatters a word over all 32 bits. Source: the finaliser of MurmurHash3 (aappleby/smhasher). */
export function mixed(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2_ae35);
  return second ^ (second >>> 16);
}
