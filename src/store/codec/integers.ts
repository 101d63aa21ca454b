/**
 * A column of integers: predicted by nothing, by the value before or by the course so far, whichever leaves the least, and the rest
 * as residuals around their middle.
 *
 *      head:  first value, svarint · factor, varint: 0 where all values are the first one, and nothing follows
 *             order u8 · order 2: first difference, svarint · offset, svarint
 *      tail:  residuals (`residual-encoder.ts`, `packed-residuals.ts`) of value[i], i ≥ order
 *
 *      value[i] = first + factor × scaled[i]        scaled[0] = 0
 *      order 0: scaled[i] = offset + residual
 *      order 1: scaled[i] = scaled[i − 1] + offset + residual
 *      order 2: the same of the differences
 *
 * The factor is what the values' distances have in common: pages of 4,096 bytes, sectors, ticks of a clock. Columns that differ in their
 * head alone (bytes and kilobytes of one thing) have the same tail, and a block keeps it once.
 */
import { DamagedFileError } from "../database.ts";
import { type Packing, packingOf, packResiduals } from "./packed-residuals.ts";
import { decodeResiduals } from "./residual-decoder.ts";
import { encodeResiduals, residualLimit } from "./residual-encoder.ts";
import { scratchFloats } from "./scratch.ts";
import {
  type ByteRange,
  type ByteSink,
  type ByteSource,
  readByte,
  readSignedVarint,
  readVarint,
  writeByte,
  writeSignedVarint,
  writeVarint,
} from "./varint.ts";

/** Where the next value comes from, and what is left of each, encoded. */
interface Prediction {
  readonly order: number;
  readonly offset: number;
  readonly tail: Uint8Array;
}

/**
 * Writes the head and returns the tail; `null`, with nothing written, where no prediction stays exact. |value| ≤ 2^53, at least one. Of
 * fewer than `packedValues` the residuals are packed, of others they are coded.
 */
export function encodeIntegers(values: Float64Array, head: ByteSink, packedValues: number): Uint8Array | null {
  const first = values[0] ?? 0;
  const factor = commonFactor(values);
  if (factor === 0) {
    writeSignedVarint(head, first);
    writeVarint(head, 0);
    return new Uint8Array();
  }
  const scaled = scaledScratch(values.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = ((values[i] ?? 0) - first) / factor;
  const prediction = values.length < packedValues ? packedPrediction(scaled) : bestPrediction(scaled);
  if (prediction === null) return null;
  const { order, offset, tail } = prediction;
  writeSignedVarint(head, first);
  writeVarint(head, factor);
  writeByte(head, order);
  if (order === 2) writeSignedVarint(head, scaled[1] ?? 0);
  writeSignedVarint(head, offset);
  return tail;
}

/** Greatest common divisor of the distances to the first value; 0 where there are none. */
function commonFactor(values: Float64Array): number {
  const first = values[0] ?? 0;
  let factor = 0;
  for (let i = 1; i < values.length && factor !== 1; i++) {
    // Distances beyond 2^53 are not exact; what is made of them is out of range, whatever the factor is.
    const distance = Math.abs((values[i] ?? 0) - first);
    // Exact below 2^53, and ten times as fast as the remainder of doubles.
    if (!Number.isInteger(distance / factor)) factor = greatestCommonDivisor(distance, factor);
  }
  return factor;
}

function greatestCommonDivisor(a: number, b: number): number {
  let divisor = a;
  for (let rest = b; rest !== 0;) {
    const next = divisor % rest;
    divisor = rest;
    rest = next;
  }
  return divisor;
}

const scaledScratch = scratchFloats();
const differencesScratch = [scratchFloats(), scratchFloats()] as const;
const residualsScratch = scratchFloats();

function bestPrediction(scaled: Float64Array): Prediction | null {
  const once = differences(scaled, differencesScratch[0]);
  const twice = differences(once, differencesScratch[1]);
  const candidates = ([scaled, once, twice] as const).flatMap((course, order) =>
    Array.from(offsetsOf(course), (offset) => ({ order, offset, course, bits: estimateBits(course, offset) })),
  );
  for (const { order, offset, course } of candidates.sort((a, b) => a.bits - b.bits)) {
    const residuals = residualsOf(course, offset);
    if (residuals !== null)
      return { order, offset, tail: residuals.length === 0 ? new Uint8Array() : encodeResiduals(residuals) };
  }
  return null;
}

/** The same with packed residuals, above the least one: nothing else is worth the time. */
function packedPrediction(scaled: Float64Array): Prediction | null {
  const once = differences(scaled, differencesScratch[0]);
  const twice = differences(once, differencesScratch[1]);
  let best: {
    readonly order: number;
    readonly course: Float64Array;
    readonly least: number;
    readonly packing: Packing;
  } | null = null;
  for (const [order, course] of [scaled, once, twice].entries()) {
    const least = leastWithin(course);
    if (least === null) continue;
    const packing = packingOf(course, least);
    if (best === null || packing.bits < best.packing.bits) best = { order, course, least, packing };
  }
  if (best === null) return null;
  const { order, course, least, packing } = best;
  return { order, offset: least, tail: course.length === 0 ? new Uint8Array() : packResiduals(course, least, packing) };
}

/** The least value; `null` where it, or one above it, is out of range. */
function leastWithin(course: Float64Array): number | null {
  let least = course[0] ?? 0;
  let greatest = least;
  for (let i = 1; i < course.length; i++) {
    const value = course[i] ?? 0;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return Math.abs(least) < residualLimit && greatest - least < residualLimit ? least : null;
}

function differences(values: Float64Array, scratch: (length: number) => Float64Array): Float64Array {
  const result = scratch(Math.max(0, values.length - 1));
  for (let i = 0; i < result.length; i++) result[i] = (values[i + 1] ?? 0) - (values[i] ?? 0);
  return result;
}

/** `null` where one is out of range. */
function residualsOf(course: Float64Array, offset: number): Float64Array | null {
  const residuals = residualsScratch(course.length);
  let largest = Math.abs(offset);
  for (let i = 0; i < residuals.length; i++) {
    const residual = (course[i] ?? 0) - offset;
    residuals[i] = residual;
    if (residual > largest || -residual > largest) largest = Math.abs(residual);
  }
  return largest < residualLimit ? residuals : null;
}

/** Values for the middle of a median; it need not be the exact one. */
const medianSample = 63;

/** The least value, which suits what has a floor (durations, counters), and about the median, which suits what swings. */
function offsetsOf(course: Float64Array): Float64Array {
  if (course.length === 0) return course;
  const step = Math.ceil(course.length / medianSample);
  const sample = medianScratch(Math.ceil(course.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = course[i * step] ?? 0;
  const median = sample.sort()[sample.length >> 1] ?? 0;
  let least = median;
  for (let i = 0; i < course.length; i++) if ((course[i] ?? 0) < least) least = course[i] ?? 0;
  return median === least ? Float64Array.of(least) : Float64Array.of(least, median);
}

const medianScratch = scratchFloats();

/** Values for an estimate: with all of an hour's instead, the recorded hour is 0.1 % smaller. */
const estimateSample = 450;

/** About what a residual takes: the entropy of its sign and length, and what is below its highest bit. */
function estimateBits(course: Float64Array, offset: number): number {
  const counts = lengthCounts.fill(0);
  const step = Math.ceil(course.length / estimateSample);
  let noise = 0;
  let total = 0;
  for (let i = 0; i < course.length; i += step, total++) {
    const residual = (course[i] ?? 0) - offset;
    const x = Math.abs(residual);
    const length = x < 2 ** 32 ? 32 - Math.clz32(x) : 64 - Math.clz32(x / 2 ** 32);
    if (length > 1) noise += length - 1;
    const symbol = residual < 0 ? maxLength + length : length;
    counts[symbol] = (counts[symbol] ?? 0) + 1;
  }
  let bits = noise;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol] ?? 0;
    // A code has a bit at least; zeros, which are symbol 0, may come in runs.
    if (count > 0) bits += count * Math.max(symbol === 0 || count === total ? 0 : 1, Math.log2(total / count));
  }
  return bits / total;
}

/** Exclusive, and what is beyond is refused by `residualsOf`. */
const maxLength = 65;

const lengthCounts = new Uint32Array(2 * maxLength);

/** What a head says. */
export interface IntegersHead {
  readonly first: number;
  readonly factor: number;
  readonly order: number;
  readonly firstDifference: number;
  readonly offset: number;
}

export function readIntegersHead(source: ByteSource): IntegersHead {
  const first = readSignedVarint(source);
  const factor = readVarint(source);
  if (factor === 0) return { first, factor, order: 0, firstDifference: 0, offset: 0 };
  const order = readByte(source);
  if (order > 2) throw new DamagedFileError(`a block's column has the unknown order ${order}`);
  const firstDifference = order === 2 ? readSignedVarint(source) : 0;
  return { first, factor, order, firstDifference, offset: readSignedVarint(source) };
}

/** Fills out[0 … count), count > 0, from the tail, which is a part of `bytes`. */
export function decodeIntegers(head: IntegersHead, bytes: Uint8Array, tail: ByteRange, count: number, out: Float64Array): void {
  const { first, factor, order, firstDifference, offset } = head;
  if (factor === 0) {
    if (tail.to > tail.from) throw new DamagedFileError("a block's constant column has values");
    out.fill(first, 0, count);
    return;
  }
  if (order >= count) {
    if (tail.to > tail.from) throw new DamagedFileError("a block's column has more values than rows");
  } else if (order === 0 && factor === 1 && Math.abs(first + offset) < residualLimit) {
    decodeResiduals(bytes, tail, first + offset, out, 0, count);
    return;
  } else decodeResiduals(bytes, tail, offset, out, order, count);
  if (order === 0) spread(out, count, first, factor);
  else if (order === 1) sumOnce(out, count, first, factor);
  else sumTwice(out, count, first, factor, firstDifference);
}

function spread(values: Float64Array, count: number, first: number, factor: number): void {
  for (let i = 0; i < count; i++) values[i] = first + factor * (values[i] ?? 0);
}

function sumOnce(values: Float64Array, count: number, first: number, factor: number): void {
  let sum = 0;
  values[0] = first;
  for (let i = 1; i < count; i++) {
    sum += values[i] ?? 0;
    values[i] = first + factor * sum;
  }
}

function sumTwice(values: Float64Array, count: number, first: number, factor: number, firstDifference: number): void {
  let difference = firstDifference;
  let sum = firstDifference;
  values[0] = first;
  if (count > 1) values[1] = first + factor * sum;
  for (let i = 2; i < count; i++) {
    difference += values[i] ?? 0;
    sum += difference;
    values[i] = first + factor * sum;
  }
}
