/**
 * The terms by which a chunk's filter (`term-filter.ts`) is asked: what spans have as attributes, and of which service and operation there
 * are any, failed ones, and ones as long as some power of two. Terms join what is asked for together, because a chunk with spans of one
 * service and failed spans of another has no failed span of the first.
 */
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

/** There is a span, or a failed one, whose duration is of that class. */
export function durationTerm(scope: TermScope, durationClass: number, isFailed: boolean): number {
  return mixed(scope ^ ((isFailed ? 1024 : 512) + durationClass));
}

export const durationClassMax = 64;

/** Rises with the duration: the position of its highest bit; 0 for what takes no time or less. `ns`: whole. */
export function durationClassOf(ns: number): number {
  if (!(ns >= 1)) return 0;
  const high = Math.floor(ns / 2 ** 32);
  if (high >= 2 ** 32) return durationClassMax;
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(ns);
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
