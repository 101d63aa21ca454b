/** Chunks whose filters are asked together. A set of them is a mask: bit `i` is for chunk `i` of the group. */
import { mayHave, type TermProbes } from "./term-filter.ts";

/** Chunks of a group at most. */
export const groupChunks = 256;
const maskWords = groupChunks / 32;

export type ChunkMask = Uint32Array;

export interface ChunkGroup {
  /** In the order in which they came. */
  readonly chunks: Uint32Array;
  /** No span of a chunk, and so no trace with one, begins later, ns. */
  readonly latestNs: Float64Array;
  /** Those among some that may have a term; more of these where finding that out would cost more than it saves. */
  mayHave(probes: TermProbes, among: ChunkMask): ChunkMask;
}

export interface ChunkFilter {
  readonly chunk: number;
  readonly latestNs: number;
  /** See `term-filter.ts`. */
  readonly bits: Uint8Array;
}

/** Filters that lie beside each other, each as a whole. */
export function groupOfFilters(filters: readonly ChunkFilter[]): ChunkGroup {
  return {
    chunks: Uint32Array.from(filters, ({ chunk }) => chunk),
    latestNs: Float64Array.from(filters, ({ latestNs }) => latestNs),
    mayHave(probes, among) {
      const mask = new Uint32Array(maskWords);
      for (const [index, { bits }] of filters.entries())
        if (includes(among, index) && mayHave(bits, probes)) include(mask, index);
      return mask;
    },
  };
}

/** Chunks of which nothing is known: only their facts can tell. */
export function groupWithoutFilters(chunks: readonly number[]): ChunkGroup {
  return {
    chunks: Uint32Array.from(chunks),
    latestNs: new Float64Array(chunks.length).fill(Infinity),
    mayHave: (_, among) => among,
  };
}

/** What is in one mask of each list at least. */
export function meetAll(group: ChunkGroup, lists: readonly (readonly TermProbes[])[]): ChunkMask {
  const all = new Uint32Array(maskWords).fill(-1);
  for (const list of lists) {
    const any = new Uint32Array(maskWords);
    for (const probes of list)
      for (const [word, bits] of group.mayHave(probes, all).entries()) any[word] = (any[word] ?? 0) | bits;
    let isNone = true;
    for (const [word, bits] of any.entries()) {
      all[word] = (all[word] ?? 0) & bits;
      if (all[word] !== 0) isNone = false;
    }
    if (isNone) break;
  }
  return all;
}

/** Of the group's first `count` chunks, those in the mask. */
export function* indicesIn(mask: ChunkMask, count: number): Generator<number> {
  for (const [word, bits] of mask.entries()) {
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const index = 32 * word + 31 - Math.clz32(rest & -rest);
      if (index < count) yield index;
    }
  }
}

export function includes(mask: ChunkMask, index: number): boolean {
  return ((mask[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

function include(mask: ChunkMask, index: number): void {
  mask[index >>> 5] = (mask[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** As a double that is not less, so that it can be stored and compared as one: rounding takes 512 ns at most. */
export function boundAbove(timeNs: bigint): number {
  return Number(timeNs) + 1024;
}
