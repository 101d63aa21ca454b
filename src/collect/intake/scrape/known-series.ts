/**
 * What a target has said before: the bytes that name each of its series (and its lines of metadata), and the number that the store
 * gave the series. A scrape that says what the one before said, in the same order, is recognised line by line by comparing bytes; no
 * label is read, no string made, nothing hashed. What comes in another order is found by a hash.
 *
 *     keys      │name{a="b"}│name{a="c"}│# TYPE x counter│…   bytes, one behind the other
 *     entry i   keyStart[i], keyLength[i], state[i], ref[i], seenIn[i], tracked[i], next[i]: the one that followed last time
 *     buckets   open addressing over entries, a power of two, at most half full
 */
import { randomInt } from "node:crypto";
import type { SeriesRef } from "../../../core/storage.ts";
import { hashBytes } from "../hash-bytes.ts";

export const entryState = {
  /** New: what it is has not been decided yet. */
  pending: 0,
  /** A series with a number. */
  series: 1,
  /** A series that a rule drops. */
  dropped: 2,
  /** A series that the store does not take. */
  refused: 3,
  /** A line of metadata, or another comment. */
  comment: 4,
} as const;

export class KnownSeries {
  /** Entries that there are, dead ones included. */
  count = 0;
  #keys = new Uint8Array(4096);
  #keysView = new DataView(this.#keys.buffer);
  #keysEnd = 0;
  #keyStart = new Uint32Array(64);
  #keyLength = new Uint32Array(64);
  #state = new Uint8Array(64);
  #refs = new Uint32Array(64);
  #seenIn = new Uint32Array(64);
  #next = new Int32Array(64);
  #tracked = new Uint8Array(64);
  #buckets = new Int32Array(128).fill(-1);
  #first = -1;
  /** Of its hashes: keys that fall into one bucket here do so in no other table, so nobody can choose them. */
  readonly #salt = randomInt(2 ** 32 - 1);

  /** The entry that followed `entry` the last time, -1 where there was none. With -1: the first one of a scrape. */
  predict(entry: number): number {
    return entry === -1 ? this.#first : (this.#next[entry] ?? -1);
  }

  /** Whether the text at `at` begins with the entry's key. Returns where it goes on, or -1. */
  matchAt(entry: number, text: DataView, at: number): number {
    const keys = this.#keysView;
    const start = this.#keyStart[entry] ?? 0;
    const length = this.#keyLength[entry] ?? 0;
    if (at + length > text.byteLength) return -1;
    let i = 0;
    // Four bytes at once: one by one this took half of the time of a whole scrape.
    for (; i + 4 <= length; i += 4) if (keys.getUint32(start + i) !== text.getUint32(at + i)) return -1;
    for (; i < length; i++) if (keys.getUint8(start + i) !== text.getUint8(at + i)) return -1;
    return at + length;
  }

  /** Whether this is the entry's key. */
  isKey(entry: number, text: DataView, from: number, to: number): boolean {
    return this.#keyLength[entry] === to - from && this.matchAt(entry, text, from) === to;
  }

  /** The entry with this key, -1 where there is none. */
  find(text: DataView, from: number, to: number): number {
    const mask = this.#buckets.length - 1;
    for (let bucket = hashBytes(text, from, to, this.#salt) & mask; ; bucket = (bucket + 1) & mask) {
      const entry = this.#buckets[bucket] ?? -1;
      if (entry === -1) return -1;
      if (this.isKey(entry, text, from, to)) return entry;
    }
  }

  /** A new entry, whose key must not be there yet. */
  add(text: DataView, from: number, to: number): number {
    const entry = this.count++;
    this.#reserve(to - from);
    this.#keys.set(new Uint8Array(text.buffer, text.byteOffset + from, to - from), this.#keysEnd);
    this.#keyStart[entry] = this.#keysEnd;
    this.#keyLength[entry] = to - from;
    this.#keysEnd += to - from;
    this.#state[entry] = entryState.pending;
    this.#seenIn[entry] = 0;
    this.#tracked[entry] = 0;
    this.#next[entry] = -1;
    if (this.count * 2 > this.#buckets.length) this.#rehash();
    else this.#place(entry);
    return entry;
  }

  /** Notes that `entry` came after `before` (-1: first). */
  follow(before: number, entry: number): void {
    if (before === -1) this.#first = entry;
    else this.#next[before] = entry;
  }

  stateOf(entry: number): number {
    return this.#state[entry] ?? entryState.pending;
  }

  refOf(entry: number): SeriesRef {
    return this.#refs[entry] ?? 0;
  }

  decide(entry: number, state: number, ref: SeriesRef = 0): void {
    this.#state[entry] = state;
    this.#refs[entry] = ref;
  }

  /** The number of the scrape that the entry was in last; 0: of none. */
  seenIn(entry: number): number {
    return this.#seenIn[entry] ?? 0;
  }

  /** `tracked`: when the series is gone from a later scrape, that is its end. */
  see(entry: number, scrape: number, tracked: boolean): void {
    this.#seenIn[entry] = scrape;
    this.#tracked[entry] = tracked ? 1 : 0;
  }

  isTracked(entry: number): boolean {
    return this.#tracked[entry] === 1;
  }

  /** The series has ended, until it is seen again. */
  end(entry: number): void {
    this.#tracked[entry] = 0;
  }

  /** Holds until the next `add`. */
  keyOf(entry: number): Uint8Array {
    const start = this.#keyStart[entry] ?? 0;
    return this.#keys.subarray(start, start + (this.#keyLength[entry] ?? 0));
  }

  /** What is kept, with what it knew; for the time when much of this is dead. */
  keepOnly(isKept: (entry: number) => boolean): KnownSeries {
    const kept = new KnownSeries();
    for (let entry = 0; entry < this.count; entry++) {
      if (!isKept(entry)) continue;
      const start = this.#keyStart[entry] ?? 0;
      const moved = kept.add(this.#keysView, start, start + (this.#keyLength[entry] ?? 0));
      kept.decide(moved, this.stateOf(entry), this.refOf(entry));
      kept.see(moved, this.seenIn(entry), this.isTracked(entry));
      kept.follow(moved - 1, moved);
    }
    return kept;
  }

  #place(entry: number): void {
    const mask = this.#buckets.length - 1;
    const start = this.#keyStart[entry] ?? 0;
    let bucket = hashBytes(this.#keysView, start, start + (this.#keyLength[entry] ?? 0), this.#salt) & mask;
    while (this.#buckets[bucket] !== -1) bucket = (bucket + 1) & mask;
    this.#buckets[bucket] = entry;
  }

  #rehash(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 2).fill(-1);
    for (let entry = 0; entry < this.count; entry++) this.#place(entry);
  }

  #reserve(keyLength: number): void {
    if (this.#keysEnd + keyLength > this.#keys.length) {
      const keys = new Uint8Array(Math.max(this.#keys.length * 2, this.#keysEnd + keyLength));
      keys.set(this.#keys);
      this.#keys = keys;
      this.#keysView = new DataView(keys.buffer);
    }
    if (this.count <= this.#state.length) return;
    const length = this.#state.length * 2;
    this.#keyStart = grown(this.#keyStart, new Uint32Array(length));
    this.#keyLength = grown(this.#keyLength, new Uint32Array(length));
    this.#state = grown(this.#state, new Uint8Array(length));
    this.#refs = grown(this.#refs, new Uint32Array(length));
    this.#seenIn = grown(this.#seenIn, new Uint32Array(length));
    this.#next = grown(this.#next, new Int32Array(length));
    this.#tracked = grown(this.#tracked, new Uint8Array(length));
  }
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
