/**
 * Doubles that are no plain numbers, as text: NaNs with all their bits, stale markers, infinities. Values are looked at as two u32
 * words, because a NaN may lose its payload on the way through a JavaScript number.
 */
import { staleNaNBits } from "../../core/storage.ts";

/** Exponent bits of the high word, all set in infinities and NaNs (IEEE 754, binary64). */
const exponentMask = 0x7ff0_0000;
const infinityBits = 0x7ff0_0000_0000_0000n;
const minusInfinityBits = 0xfff0_0000_0000_0000n;
/** The NaN that arithmetic gives and that text without payloads means. */
export const quietNaNBits = 0x7ff8_0000_0000_0000n;

const named: ReadonlyMap<bigint, string> = new Map([
  [infinityBits, "Infinity"],
  [minusInfinityBits, "-Infinity"],
  [quietNaNBits, "NaN"],
  [staleNaNBits, "stale"],
]);

const numbers = new Float64Array(1);
const words = new Uint32Array(numbers.buffer);

/** The low and the high word of a number that is no NaN, and of the quiet NaN. */
export function wordsOfNumber(value: number): readonly [low: number, high: number] {
  numbers[0] = Number.isNaN(value) ? 0 : value;
  const high = Number.isNaN(value) ? Number(quietNaNBits >> 32n) : (words[1] ?? 0);
  return [words[0] ?? 0, high];
}

/** The values' words; element 2i is the low one of value i. */
export function wordView(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
}

export function isFiniteWord(high: number): boolean {
  return (high & exponentMask) !== exponentMask;
}

export function bitsOf(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

export function wordsOfBits(bits: bigint): readonly [low: number, high: number] {
  return [Number(bits & 0xffff_ffffn), Number((bits >> 32n) & 0xffff_ffffn)];
}

export function isNaNBits(bits: bigint): boolean {
  return (bits & 0x7fff_ffff_ffff_ffffn) > infinityBits;
}

/** `Infinity`, `-Infinity`, `NaN` for the quiet one, `stale`, and `0x7ff8…` with 16 digits for any other NaN. */
export function specialText(bits: bigint): string {
  return named.get(bits) ?? `0x${bits.toString(16).padStart(16, "0")}`;
}

/** The inverse, which also takes `Inf`, `+Inf`, `-Inf` and `null` as others write them; `null` for any other text. */
export function specialBits(text: string): bigint | null {
  for (const [bits, name] of named) if (name === text) return bits;
  if (text === "Inf" || text === "+Inf") return infinityBits;
  if (text === "-Inf") return minusInfinityBits;
  const bits = /^0x[0-9a-f]{16}$/.test(text) ? BigInt(text) : 0n;
  return isNaNBits(bits) ? bits : null;
}
