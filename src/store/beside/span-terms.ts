/**
 * The terms by which a chunk's filter (`term-filter.ts`) is asked: what spans have as attributes, and of which service and operation there
 * are any, failed ones, and ones as long as some power of two. Terms join what is asked for together, because a chunk with spans of one
 * service and failed spans of another has no failed span of the first.
 */
import { attributeText } from "../../core/attribute-text.ts";
import type { Attributes } from "../../core/span.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { mixed } from "./term-filter.ts";

/** Which spans a term is about: all, those of a service, those of an operation by its number in the file. */
export type TermScope = number;

/** Beginnings of hashes, so that equal texts of different kinds differ. */
const seeds = { attribute: 0x2545_f491, service: 0x6c07_8965, operation: 0x1b87_3593 } as const;

export const allSpans: TermScope = 0x9e37_79b9 | 0;

export function serviceScope(service: string): TermScope {
  return mixed(hashText(service, seeds.service));
}

export function operationScope(operation: number): TermScope {
  return mixed(seeds.operation ^ Math.imul(operation, 0x9e37_79b1));
}

/** There is a span. */
export function presenceTerm(scope: TermScope): number {
  return mixed(scope ^ 1);
}

/** There is a span whose status is an error. */
export function failureTerm(scope: TermScope): number {
  return mixed(scope ^ 2);
}

/** There is a span, or a failed one, whose duration is of that range. */
export function durationTerm(scope: TermScope, { shift, number }: DurationRange, isFailed: boolean): number {
  return mixed(scope ^ ((isFailed ? 1024 : 512) + 64 * shift + number));
}

/** Classes from `number` × 2^`shift` on, 2^`shift` of them. */
export interface DurationRange {
  readonly shift: number;
  readonly number: number;
}

/** Of the ranges: one, four or sixteen classes, so that a search from some duration on asks for few. */
const rangeShifts = [0, 2, 4] as const;

/** Those with a class. */
export function rangesWith(durationClass: number): readonly DurationRange[] {
  return rangeShifts.map((shift) => ({ shift, number: durationClass >>> shift }));
}

/** The fewest that have all classes from `least` to `most`, and no other. */
export function rangesBetween(least: number, most: number): readonly DurationRange[] {
  const ranges: DurationRange[] = [];
  // Above the last class there is none.
  const end = most === durationClassMax ? 64 : most + 1;
  for (let next = least; next < end;) {
    const shift = rangeShifts.findLast((one) => next % 2 ** one === 0 && next + 2 ** one <= end) ?? 0;
    ranges.push({ shift, number: next >>> shift });
    next += 2 ** shift;
  }
  return ranges;
}

/** Of what takes more than an hour; and of a microsecond or less. A search asks for each class that it wants. */
export const durationClassMax = 42;
export const durationClassMin = 10;

/** Rises with the duration: the position of its highest bit, within bounds. `ns`: whole. */
export function durationClassOf(ns: number): number {
  if (!(ns >= 1)) return durationClassMin;
  const high = Math.floor(ns / 2 ** 32);
  const position = high > 0 ? 64 - Math.clz32(Math.min(high, 2 ** 32 - 1)) : 32 - Math.clz32(ns);
  return Math.min(durationClassMax, Math.max(durationClassMin, position));
}

/** Of each of the attributes. */
export function attributeTerms(attributes: Attributes): readonly number[] {
  return Object.keys(attributes).map((key) => attributeTerm(key, attributeText(attributes[key] ?? null)));
}

/** There is a span, or a resource of one, with the attribute; `value`: as `attributeText` writes it. */
export function attributeTerm(key: string, value: string): number {
  return mixed(hashText(indexed(value), mixed(hashText(indexed(key), seeds.attribute))));
}

/** Source: FNV-1a (Fowler, Noll, Vo), over UTF-16 units instead of bytes. */
function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash;
}
