/**
 * Doubles that are integers in disguise: a decimal fraction that someone printed or computed from an integer m, in one of the ways
 * that programs do it. Which way matters, because their last bits differ:
 *
 *      scale 0: m          1: m / 10^e          2: m × 10^−e          3: m / 10^(e / 2) / 10^(e − e / 2)          4: m × 2^−e
 *
 * 1 is what parsing "1.25" gives, 2 what Go's `ns * 1e-9` and many exporters compute, 3 what divides twice (µs → ms → s), 4 what has a
 * binary clock. Without 2 and 3, nine columns of the recorded hour would not be integers. As ALP (Afroozeh 2023) and VictoriaMetrics do
 * it, which know one scale each.
 */
import { DamagedFileError } from "../database.ts";

export const scaleKinds = { integer: 0, divide: 1, multiply: 2, divideTwice: 3, binary: 4 } as const;

export interface Scale {
  readonly kind: number;
  readonly exponent: number;
}

/** Beyond 10^22 a power of ten is not exact; beyond 15 digits a double is not either, so nothing is found there. */
const maxDecimals = 15;
/** Powers of two are exact down to the least normal double. */
const maxBinary = 1022;
const exactLimit = 2 ** 53;
const powersOfTen = Float64Array.from({ length: maxDecimals + 1 }, (_, e) => Number(`1e${e}`));
const powersOfTenth = Float64Array.from({ length: maxDecimals + 1 }, (_, e) => Number(`1e-${e}`));

/** What m is multiplied with, and then divided by twice, to give the value. */
interface Factors {
  readonly times: number;
  readonly by: number;
  readonly thenBy: number;
}

const unity: Factors = { times: 1, by: 1, thenBy: 1 };

function factorsOf({ kind, exponent }: Scale): Factors {
  const power = (e: number): number => powersOfTen[e] ?? 1;
  const half = exponent >> 1;
  switch (kind) {
    case scaleKinds.divide:
      return { times: 1, by: power(exponent), thenBy: 1 };
    case scaleKinds.multiply:
      return { times: powersOfTenth[exponent] ?? 1, by: 1, thenBy: 1 };
    case scaleKinds.divideTwice:
      return { times: 1, by: power(half), thenBy: power(exponent - half) };
    case scaleKinds.binary:
      return { times: 2 ** -exponent, by: 1, thenBy: 1 };
    default:
      return unity;
  }
}

/** Throws `DamagedFileError` where there is no such scale. */
export function checkScale({ kind, exponent }: Scale): void {
  const limit = kind === scaleKinds.binary ? maxBinary : kind === scaleKinds.integer ? 0 : maxDecimals;
  if (kind > scaleKinds.binary || exponent > limit) {
    throw new DamagedFileError(`a block's column has the unknown scale ${kind}, ${exponent}`);
  }
}

/** Turns the integers in values[0 … count) into what they stand for. */
export function unscale(values: Float64Array, count: number, scale: Scale): void {
  const { times, by, thenBy } = factorsOf(scale);
  if (times !== 1) for (let i = 0; i < count; i++) values[i] = (values[i] ?? 0) * times;
  if (by !== 1) for (let i = 0; i < count; i++) values[i] = (values[i] ?? 0) / by;
  if (thenBy !== 1) for (let i = 0; i < count; i++) values[i] = (values[i] ?? 0) / thenBy;
}

/**
 * Integers for values, which may be those values themselves, and where a value is none at this scale: the positions, ascending. There
 * the integer before stands in.
 */
export interface Scaled {
  readonly scale: Scale;
  readonly integers: Float64Array;
  readonly exceptions: readonly number[];
}

/** The scale with the fewest exceptions; `null` where half of the values are. Every integer is exact and at most 2^53 in magnitude. */
export function toIntegers(values: Float64Array): Scaled | null {
  if (areExactIntegers(values)) return { scale: plain, integers: values, exceptions: [] };
  let best = fewestExceptions(values, sampleOf(values));
  if (best !== null && best.exceptions.length > 0) {
    // A value that is rare can need more digits than all of the sample.
    const rare = best.exceptions.slice(0, sampleSize).map((position) => values[position] ?? 0);
    const second = fewestExceptions(values, Float64Array.from(rare));
    if (second !== null && second.exceptions.length < best.exceptions.length) best = second;
  }
  return best;
}

const plain: Scale = { kind: scaleKinds.integer, exponent: 0 };

function areExactIntegers(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!isExactInteger(values[i] ?? 0)) return false;
  return true;
}

/** Values that a scale is looked for with, spread over the column. */
const sampleSize = 24;
/** Prime, so that places do not keep step with what comes every few minutes: then all of the sample could have fewer digits than the rest. */
const sampleStride = 7919;

function sampleOf(values: Float64Array): Float64Array {
  if (values.length <= sampleSize) return values;
  const sample = new Float64Array(sampleSize);
  for (let i = 0; i < sampleSize; i++) sample[i] = values[(i * sampleStride) % values.length] ?? 0;
  return sample;
}

function fewestExceptions(values: Float64Array, sample: Float64Array): Scaled | null {
  const finite = sample.filter((value) => Number.isFinite(value));
  let best: Scaled | null = null;
  let limit = (values.length + 1) >> 1;
  for (const kind of Object.values(scaleKinds)) {
    const scale = kind === scaleKinds.binary ? binaryScale(finite) : leastExponent(finite, kind);
    if (scale === null) continue;
    const scaled = scaleBy(values, scale, limit);
    if (scaled === null) continue;
    best = scaled;
    limit = scaled.exceptions.length;
    if (limit === 0) break;
  }
  return best;
}

/** The least exponent that suits all values. */
function leastExponent(values: Float64Array, kind: number): Scale | null {
  if (kind === scaleKinds.integer) return areExactIntegers(values) ? plain : null;
  let exponent = 1;
  let factors = factorsOf({ kind, exponent });
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    while (!isExact(value, Math.round(value * (powersOfTen[exponent] ?? 0)), factors)) {
      if (++exponent > maxDecimals) return null;
      factors = factorsOf({ kind, exponent });
    }
  }
  return { kind, exponent };
}

/** How many bits there are behind the binary point, where all values fit into 53 with them. */
function binaryScale(values: Float64Array): Scale | null {
  let exponent = 0;
  for (const value of values) {
    while (!Number.isInteger(value * 2 ** exponent)) if (++exponent > maxBinary) return null;
    if (Math.abs(value * 2 ** exponent) > exactLimit) return null;
  }
  return { kind: scaleKinds.binary, exponent };
}

/** `null` where there are `limit` exceptions or more. */
function scaleBy(values: Float64Array, scale: Scale, limit: number): Scaled | null {
  const factors = factorsOf(scale);
  const shift = scale.kind === scaleKinds.binary ? 2 ** scale.exponent : (powersOfTen[scale.exponent] ?? 0);
  const isPlain = scale.kind === scaleKinds.integer;
  const integers = new Float64Array(values.length);
  const exceptions: number[] = [];
  let previous = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const integer = isPlain ? value : Math.round(value * shift);
    if (isPlain ? isExactInteger(value) : isExact(value, integer, factors)) {
      // What comes before the first integer gets that one.
      if (exceptions.length === i) integers.fill(integer, 0, i);
      previous = integer;
    } else if (exceptions.push(i) >= limit) return null;
    integers[i] = previous;
  }
  return { scale, integers, exceptions };
}

function isExact(value: number, integer: number, { times, by, thenBy }: Factors): boolean {
  return (integer * times) / by / thenBy === value && isExactInteger(integer) && (integer !== 0 || Object.is(value, 0));
}

/** Not −0: as an integer it would lose its sign. */
function isExactInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= exactLimit && !Object.is(value, -0);
}
