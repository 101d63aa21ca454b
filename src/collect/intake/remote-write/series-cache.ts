/**
 * The numbers of series by the bytes that name them in a request: of a series that was seen before no label is read, no string made and
 * nothing asked of the data thread. A sender names its series in the same order again and again, so the one that followed last time
 * is tried first, by comparing bytes; only another one is looked up by a hash.
 *
 *   keys       │labels of series 0│00│labels of series 1│000│ …   in words of four bytes, filled up with zeros
 *   entry i    wordsFrom[i], lengths[i], hashes[i], refs[i], next[i]: the entry that followed it
 *   slots      open addressing over entries, at most half full
 *
 * Bounded by generations: what was not seen during one is given up with the next. A generation ends when it is full, and after a while.
 */
import type { SeriesRef } from "../../../core/storage.ts";
import { hashBytes, restAt } from "../hash-bytes.ts";

/** As many series and bytes of keys are in one generation at most; there are two. */
export interface SeriesCacheLimits {
  readonly series: number;
  readonly keyBytes: number;
  /** A generation ends after this long, ms: a series that has ended is given up after one to two of them. */
  readonly generationMs: number;
}

const none = -1;

export class SeriesCache {
  readonly #limits: SeriesCacheLimits;
  readonly #release: (refs: readonly SeriesRef[]) => void;
  #current = new Generation();
  #before = new Generation();
  #startedMs: number;
  /** The entry that was found last, in the current generation. */
  #last = none;

  constructor(limits: SeriesCacheLimits, nowMs: number, release: (refs: readonly SeriesRef[]) => void) {
    this.#limits = limits;
    this.#startedMs = nowMs;
    this.#release = release;
  }

  /** A request begins: nothing is known of what comes first. */
  begin(nowMs: number): void {
    this.#last = none;
    if (nowMs - this.#startedMs >= this.#limits.generationMs) this.#turn(nowMs);
  }

  /** The length of the key that is expected here, where it is the one that stands there; -1 otherwise. `take` then gives its number. */
  expect(view: DataView, from: number, to: number): number {
    const expected = this.#last === none ? this.#current.first : this.#current.nextOf(this.#last);
    if (expected === none) return none;
    const length = this.#current.lengthOf(expected);
    if (length > to - from || !this.#current.isAt(expected, view, from)) return none;
    this.#last = expected;
    return length;
  }

  /** The number of the series that `expect` has just found. */
  get expectedRef(): SeriesRef {
    return this.#current.refOf(this.#last);
  }

  /** The number of the series with this key, -1 where it is not known. */
  find(view: DataView, from: number, to: number): SeriesRef {
    const hash = hashBytes(view, from, to);
    let entry = this.#current.find(hash, view, from, to);
    if (entry === none) {
      const older = this.#before.find(hash, view, from, to);
      if (older === none) return none;
      entry = this.#current.add(view, from, to, hash, this.#before.refOf(older));
      this.#before.forget(older);
    }
    this.#current.follow(this.#last, entry);
    this.#last = entry;
    return this.#current.refOf(entry);
  }

  /** Takes a series in, which is held once for this; where it is known already it is given back. */
  add(key: Uint8Array, ref: SeriesRef, nowMs: number): void {
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    const hash = hashBytes(view, 0, key.length);
    if (this.#current.find(hash, view, 0, key.length) !== none || this.#before.find(hash, view, 0, key.length) !== none) {
      this.#release([ref]);
      return;
    }
    const { series, keyBytes } = this.#limits;
    if (this.#current.count >= series || this.#current.keyBytes + key.length > keyBytes) this.#turn(nowMs);
    this.#current.add(view, 0, key.length, hash, ref);
  }

  #turn(nowMs: number): void {
    this.#release(this.#before.remaining());
    this.#before = this.#current;
    this.#current = new Generation();
    this.#startedMs = nowMs;
    this.#last = none;
  }
}

class Generation {
  count = 0;
  #words = new Int32Array(1024);
  #wordsEnd = 0;
  #from = new Uint32Array(64);
  #lengths = new Uint32Array(64);
  #hashes = new Int32Array(64);
  #refs = new Uint32Array(64);
  #next = new Int32Array(64);
  /** Of entries that the next generation has taken over. */
  #moved = new Uint8Array(64);
  #slots = new Int32Array(128).fill(none);

  get keyBytes(): number {
    return 4 * this.#wordsEnd;
  }

  get first(): number {
    return this.count === 0 ? none : 0;
  }

  nextOf(entry: number): number {
    return this.#next[entry] ?? none;
  }

  follow(before: number, entry: number): void {
    if (before !== none) this.#next[before] = entry;
  }

  lengthOf(entry: number): number {
    return this.#lengths[entry] ?? 0;
  }

  refOf(entry: number): SeriesRef {
    return this.#refs[entry] ?? 0;
  }

  /** Whether the entry's key stands there; there must be as many bytes. */
  isAt(entry: number, view: DataView, from: number): boolean {
    const words = this.#words;
    const length = this.#lengths[entry] ?? 0;
    const whole = from + (length & ~3);
    let word = this.#from[entry] ?? 0;
    for (let at = from; at < whole; at += 4) if (words[word++] !== view.getInt32(at, true)) return false;
    return (length & 3) === 0 || words[word] === restAt(view, whole, length & 3);
  }

  find(hash: number, view: DataView, from: number, to: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] ?? none;
      if (entry === none) return none;
      if (
        this.#hashes[entry] === hash &&
        this.#lengths[entry] === to - from &&
        this.#moved[entry] === 0 &&
        this.isAt(entry, view, from)
      )
        return entry;
    }
  }

  add(view: DataView, from: number, to: number, hash: number, ref: SeriesRef): number {
    const entry = this.count++;
    const length = to - from;
    this.#reserve(length);
    this.#from[entry] = this.#wordsEnd;
    this.#lengths[entry] = length;
    this.#hashes[entry] = hash;
    this.#refs[entry] = ref;
    this.#next[entry] = none;
    let at = from;
    for (; at + 4 <= to; at += 4) this.#words[this.#wordsEnd++] = view.getInt32(at, true);
    if (at < to) this.#words[this.#wordsEnd++] = restAt(view, at, to - at);
    if (2 * this.count > this.#slots.length) this.#grow();
    else this.#place(entry);
    return entry;
  }

  forget(entry: number): void {
    this.#moved[entry] = 1;
  }

  /** Series that no other generation has taken over. */
  remaining(): readonly SeriesRef[] {
    const refs: SeriesRef[] = [];
    for (let entry = 0; entry < this.count; entry++) if (this.#moved[entry] === 0) refs.push(this.refOf(entry));
    return refs;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[entry] ?? 0) & mask;
    while (this.#slots[slot] !== none) slot = (slot + 1) & mask;
    this.#slots[slot] = entry;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length).fill(none);
    for (let entry = 0; entry < this.count; entry++) this.#place(entry);
  }

  #reserve(length: number): void {
    const words = this.#wordsEnd + Math.ceil(length / 4);
    if (words > this.#words.length) this.#words = grown(new Int32Array(Math.max(2 * this.#words.length, words)), this.#words);
    if (this.count <= this.#refs.length) return;
    const entries = 2 * this.#refs.length;
    this.#from = grown(new Uint32Array(entries), this.#from);
    this.#lengths = grown(new Uint32Array(entries), this.#lengths);
    this.#hashes = grown(new Int32Array(entries), this.#hashes);
    this.#refs = grown(new Uint32Array(entries), this.#refs);
    this.#next = grown(new Int32Array(entries), this.#next);
    this.#moved = grown(new Uint8Array(entries), this.#moved);
  }
}

function grown<Column extends Int32Array | Uint32Array | Uint8Array>(next: Column, before: Column): Column {
  next.set(before);
  return next;
}
