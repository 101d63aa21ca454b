/**
 * Values by bytes: what has been decoded once is found again by the bytes that it stood in, without decoding them. Open addressing with
 * linear probing; the keys stand one after another in one buffer.
 */
import { hashBytes } from "../hash-bytes.ts";

const emptySlot = -1;
/** Twice as many slots as keys at least: probing stays short. */
const slotsPerKey = 2;
const firstKeys = 64;
const firstBytes = 4096;

export class ByteTable<T> {
  #slots = new Int32Array(firstKeys * slotsPerKey).fill(emptySlot);
  #hashes = new Int32Array(firstKeys);
  #parents = new Float64Array(firstKeys);
  #starts = new Uint32Array(firstKeys);
  #lengths = new Uint32Array(firstKeys);
  #keys = viewed(new Uint8Array(firstBytes));
  #used = 0;
  #values: T[] = [];
  /** The key that was found last. */
  #found = -1;
  /** What was looked at last: mostly the same request is again. */
  #asked = viewed(new Uint8Array(0));

  get size(): number {
    return this.#values.length;
  }

  /** Of the keys. */
  get byteLength(): number {
    return this.#used;
  }

  /** The value of the key that is `parent` and the bytes from `from` to before `to`. */
  get(parent: number, bytes: Uint8Array, from: number, to: number): T | undefined {
    if (this.#asked.bytes !== bytes) this.#asked = viewed(bytes);
    // Senders send the same things in the same order: mostly it is the key behind the one before, and nothing need be hashed.
    const next = this.#found + 1;
    if (next < this.#values.length && this.#isKey(next, parent, from, to)) {
      this.#found = next;
      return this.#values[next];
    }
    const hash = hashBytes(this.#asked.view, from, to, saltOf(parent));
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const key = slots[slot] ?? emptySlot;
      if (key === emptySlot) return undefined;
      if (this.#hashes[key] === hash && this.#isKey(key, parent, from, to)) {
        this.#found = key;
        return this.#values[key];
      }
    }
  }

  /** Adds a key that is not there. The bytes are copied. */
  add(parent: number, bytes: Uint8Array, from: number, to: number, value: T): void {
    const key = this.#values.length;
    if (key === this.#hashes.length) this.#growKeys();
    const length = to - from;
    if (this.#used + length > this.#keys.bytes.length) this.#growBytes(length);
    const hash = hashBytes(viewed(bytes).view, from, to, saltOf(parent));
    this.#keys.bytes.set(bytes.subarray(from, to), this.#used);
    this.#hashes[key] = hash;
    this.#parents[key] = parent;
    this.#starts[key] = this.#used;
    this.#lengths[key] = length;
    this.#used += length;
    this.#values.push(value);
    this.#place(key, hash);
  }

  /** Forgets the values that are not to stay. */
  keep(stays: (value: T) => boolean): void {
    const values = this.#values;
    const { bytes } = this.#keys;
    const parents = this.#parents;
    const starts = this.#starts;
    const lengths = this.#lengths;
    this.#reset();
    for (const [key, value] of values.entries()) {
      if (!stays(value)) continue;
      const start = starts[key] ?? 0;
      this.add(parents[key] ?? 0, bytes, start, start + (lengths[key] ?? 0), value);
    }
  }

  #reset(): void {
    this.#slots = new Int32Array(firstKeys * slotsPerKey).fill(emptySlot);
    this.#hashes = new Int32Array(firstKeys);
    this.#parents = new Float64Array(firstKeys);
    this.#starts = new Uint32Array(firstKeys);
    this.#lengths = new Uint32Array(firstKeys);
    this.#keys = viewed(new Uint8Array(firstBytes));
    this.#used = 0;
    this.#values = [];
    this.#found = -1;
  }

  /** Whether the key is the parent and that part of what is asked for. */
  #isKey(key: number, parent: number, from: number, to: number): boolean {
    if (this.#parents[key] !== parent || this.#lengths[key] !== to - from) return false;
    const [own, asked] = [this.#keys, this.#asked];
    const shift = (this.#starts[key] ?? 0) - from;
    let at = from;
    for (; at + 4 <= to; at += 4) if (own.view.getUint32(at + shift, true) !== asked.view.getUint32(at, true)) return false;
    for (; at < to; at++) if (own.bytes[at + shift] !== asked.bytes[at]) return false;
    return true;
  }

  #place(key: number, hash: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== emptySlot) slot = (slot + 1) & mask;
    slots[slot] = key;
  }

  #growKeys(): void {
    const keys = 2 * this.#hashes.length;
    this.#hashes = grown(new Int32Array(keys), this.#hashes);
    this.#parents = grown(new Float64Array(keys), this.#parents);
    this.#starts = grown(new Uint32Array(keys), this.#starts);
    this.#lengths = grown(new Uint32Array(keys), this.#lengths);
    this.#slots = new Int32Array(keys * slotsPerKey).fill(emptySlot);
    for (let key = 0; key < this.#values.length; key++) this.#place(key, this.#hashes[key] ?? 0);
  }

  #growBytes(more: number): void {
    const { bytes } = this.#keys;
    this.#keys = viewed(grown(new Uint8Array(Math.max(2 * bytes.length, this.#used + more)), bytes));
  }
}

function grown<A extends Int32Array | Float64Array | Uint32Array | Uint8Array>(next: A, before: A): A {
  next.set(before);
  return next;
}

/** Bytes, and the same four at a time. */
interface Viewed {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function viewed(bytes: Uint8Array): Viewed {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Sets neighbouring parents far apart. Source of the constant: Knuth, The Art of Computer Programming 3, 6.4, 2^32 / φ. */
function saltOf(parent: number): number {
  return Math.imul(parent, 0x9e3779b1);
}
