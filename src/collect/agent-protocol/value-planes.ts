/** The values of a batch as planes of bytes, and back; `batch-format.ts` says why. */
import type { SlotValues } from "./batch-format.ts";

const planes = 8;

/** Bytes that the planes of so many samples take. */
export function planesBytes(samples: number): number {
  return planes * samples;
}

/** Writes the values of `slots` as planes to `target`, which has `planesBytes` bytes, and takes them over as the slots' last values. */
export function writePlanes(values: Float64Array, slots: Uint32Array, last: SlotValues, target: Uint8Array): void {
  const samples = slots.length;
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * samples);
  for (let sample = 0; sample < samples; sample++) {
    const slot = slots[sample] ?? 0;
    for (let half = 0; half < 2; half++) {
      const word = words[2 * sample + half] ?? 0;
      const change = word ^ (last.words[2 * slot + half] ?? 0);
      last.words[2 * slot + half] = word;
      const from = 4 * half * samples + sample;
      target[from] = change;
      target[from + samples] = change >>> 8;
      target[from + 2 * samples] = change >>> 16;
      target[from + 3 * samples] = change >>> 24;
    }
  }
}

/** The way back, with the same effect on the slots' last values. */
export function readPlanes(source: Uint8Array, slots: Uint32Array, last: SlotValues): Float64Array {
  const samples = slots.length;
  const values = new Float64Array(samples);
  const words = new Uint32Array(values.buffer);
  for (let sample = 0; sample < samples; sample++) {
    const slot = slots[sample] ?? 0;
    for (let half = 0; half < 2; half++) {
      const from = 4 * half * samples + sample;
      const change =
        (source[from] ?? 0) |
        ((source[from + samples] ?? 0) << 8) |
        ((source[from + 2 * samples] ?? 0) << 16) |
        ((source[from + 3 * samples] ?? 0) << 24);
      const word = (last.words[2 * slot + half] ?? 0) ^ change;
      last.words[2 * slot + half] = word;
      words[2 * sample + half] = word;
    }
  }
  return values;
}
