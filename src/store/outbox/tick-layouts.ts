/**
 * Which series the ticks of a segment have, in which order, and what their values were last. A few layouts are known at a time, by their
 * slots: that of the collectors and those of rule groups come by turns. Writer and reader go through the same states.
 */
import { DamagedFileError } from "../database.ts";
import { type ByteSink, byteSink, readSignedVarint, readVarint, writeSignedVarint, writeVarint } from "../codec/varint.ts";

export const layoutSlots = 8;

export interface TickLayout {
  readonly refs: Uint32Array;
  /** The values of the last tick, as words: low and high u32 by turns. 0 before the first. */
  readonly words: Uint32Array;
}

export class TickLayouts {
  readonly #slots: (TickLayout | undefined)[] = [];
  /** Slots, the one used last at the end. */
  #order: number[] = [];

  /** The slot of this layout, -1 where it is not known. */
  find(refs: Uint32Array): number {
    const wanted = bytesOf(refs);
    for (const slot of this.#order.toReversed()) {
      const known = this.#slots[slot];
      if (known?.refs.length !== refs.length || Buffer.compare(bytesOf(known.refs), wanted) !== 0) continue;
      this.#order = [...this.#order.filter((one) => one !== slot), slot];
      return slot;
    }
    return -1;
  }

  at(slot: number): TickLayout | undefined {
    return this.#slots[slot];
  }

  /** A slot for a new layout: a free one, or that of the layout that was not used for longest. */
  freeSlot(): number {
    return this.#order.length < layoutSlots ? this.#order.length : (this.#order[0] ?? 0);
  }

  /** Takes the layout in. Series that the largest known one has go on from their values there: mostly a few have come or gone. */
  set(slot: number, refs: Uint32Array): TickLayout {
    const words = new Uint32Array(2 * refs.length);
    const before = this.#largest();
    if (before !== undefined) carryOver(before, refs, words);
    const layout = { refs, words };
    this.#slots[slot] = layout;
    this.#order = [...this.#order.filter((one) => one !== slot), slot];
    return layout;
  }

  #largest(): TickLayout | undefined {
    let largest: TickLayout | undefined;
    for (const layout of this.#slots)
      if (layout !== undefined && layout.refs.length > (largest?.refs.length ?? 0)) largest = layout;
    return largest;
  }
}

/** The numbers as distances: neighbours mostly follow each other. */
export function encodeRefs(refs: Uint32Array): ByteSink {
  const sink = byteSink(16 + 2 * refs.length);
  writeVarint(sink, refs.length);
  let before = -1;
  for (const ref of refs) {
    writeSignedVarint(sink, ref - before);
    before = ref;
  }
  return sink;
}

/** Throws `DamagedFileError` where the bytes are not what `encodeRefs` writes. */
export function decodeRefs(bytes: Uint8Array): Uint32Array {
  const source = { bytes, at: 0 };
  const count = readVarint(source);
  // Each takes a byte at least: a wrong count must not become a large array.
  if (count > bytes.length) throw new DamagedFileError("a layout has more series than bytes");
  const refs = new Uint32Array(count);
  let before = -1;
  for (let i = 0; i < count; i++) {
    before += readSignedVarint(source);
    refs[i] = before;
  }
  return refs;
}

function carryOver(before: TickLayout, refs: Uint32Array, words: Uint32Array): void {
  const places = new Map<number, number>();
  for (const [place, ref] of before.refs.entries()) places.set(ref, place);
  for (const [to, ref] of refs.entries()) {
    const from = places.get(ref);
    if (from === undefined) continue;
    words[2 * to] = before.words[2 * from] ?? 0;
    words[2 * to + 1] = before.words[2 * from + 1] ?? 0;
  }
}

function bytesOf(refs: Uint32Array): Uint8Array {
  return new Uint8Array(refs.buffer, refs.byteOffset, refs.byteLength);
}
