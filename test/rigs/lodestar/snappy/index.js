/**
 * In place of the package `snappy` 6, which would have to be compiled: what @chainsafe/snappy-stream 5 calls of it, made of snappyjs, which
 * Lodestar uses for its gossip.
 */
import snappyjs from "snappyjs";

export function compressSync(input) {
  return snappyjs.compress(input);
}

export function compress(input, callback) {
  process.nextTick(callback, null, compressSync(input));
}

export function uncompress(input, _options, callback) {
  try {
    process.nextTick(callback, null, snappyjs.uncompress(input));
  } catch (error) {
    process.nextTick(callback, error);
  }
}
