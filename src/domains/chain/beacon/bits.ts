/**
 * Bit fields as the Beacon API writes them: hex of SSZ bytes, the lowest bit of a byte first. A bitlist has one bit more, its highest, which
 * says where it ends. Source: consensus-specs ssz/simple-serialize.md.
 *
 *     0x 0b   = 1101 0000      bits 1, 1, 0, and the end: a bitlist of length 3
 */
import { Contradiction } from "../client/contradiction.ts";

/** The bytes of `0x…`. What is no hex is the schema's to refuse. */
export function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), "hex");
}

export function hasBit(bytes: Uint8Array, index: number): boolean {
  return (((bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** How many bits a bitlist has. Throws `Contradiction` for bytes that have no end bit. */
export function bitlistLength(bytes: Uint8Array): number {
  const last = bytes.at(-1) ?? 0;
  if (last === 0) throw new Contradiction("a bitlist has no end");
  return bytes.length * 8 - 1 - (Math.clz32(last) - 24);
}

export function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}

/** The indices of the bits that are set, in order. */
export function setBits(bytes: Uint8Array): readonly number[] {
  const indices: number[] = [];
  for (let index = 0; index < bytes.length * 8; index++) if (hasBit(bytes, index)) indices.push(index);
  return indices;
}
