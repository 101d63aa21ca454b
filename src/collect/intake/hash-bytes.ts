/**
 * The hash of the tables that find what is known by the bytes that it came in: Murmur's mixing, four bytes at a time, from a beginning that
 * nobody outside can tell, so that nobody can choose keys that collide. Source: MurmurHash3_x86_32 of aappleby/smhasher.
 */
import { randomInt } from "node:crypto";

const seed = randomInt(2 ** 32 - 1);

/** 32 bits, signed, of the bytes from `from` to before `to`. `salt`: what else the key is made of, or what sets one table apart from another. */
export function hashBytes(view: DataView, from: number, to: number, salt = 0): number {
  let hash = seed ^ salt ^ (to - from);
  let at = from;
  for (; at + 4 <= to; at += 4) hash = mixed(hash, view.getInt32(at, true));
  if (at < to) hash = mixed(hash, restAt(view, at, to - at));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Up to three bytes as a word: what is left of a key that is no whole number of words. */
export function restAt(view: DataView, at: number, count: number): number {
  let word = 0;
  for (let i = 0; i < count; i++) word |= view.getUint8(at + i) << (8 * i);
  return word;
}

function mixed(hash: number, word: number): number {
  const scattered = Math.imul(word, 0xcc9e2d51);
  const next = hash ^ Math.imul((scattered << 15) | (scattered >>> 17), 0x1b873593);
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}
