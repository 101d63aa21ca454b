/**
 * What a block's extrinsics tell without the chain's metadata: how many were sent by somebody, and when the block was made.
 *
 *     length     preamble   body
 *     compact    1 byte     a bare one: pallet (1), call (1), arguments; the time's only argument is compact<u64>, ms since the epoch
 *
 *     compact    two lowest bits of its first byte: 00, 01, 10: the number in 1, 2, 4 bytes; 11: the other bits + 4 bytes follow
 *     preamble   two highest bits: 00 bare (inherent, or unsigned), 10 signed, 01 general; the others: version 4 or 5
 *
 * Source: polkadot-sdk sp-runtime generic/unchecked_extrinsic.rs (TYPE_MASK, VERSION_MASK), pallet-timestamp (`set`, call 0), SCALE codec.
 */

const typeBits = 0b1100_0000;
const bareType = 0;

/** One that carries a signature, or is sent with extensions: bare ones are put in by whoever made the block, with few exceptions. */
export function isTransaction(extrinsic: string): boolean {
  const head = Buffer.from(extrinsic.slice(2, 2 + headHexDigits), "hex");
  return ((preambleOf(head) ?? bareType) & typeBits) !== bareType;
}

/** Digits that hold the longest length (5 bytes) and the preamble; the rest may be megabytes. */
const headHexDigits = 12;

function preambleOf(head: Buffer): number | undefined {
  const [first] = head;
  return first === undefined ? undefined : head[compactBytes(first)];
}

/** Bytes of the compact number that begins with this byte, itself included. */
function compactBytes(first: number): number {
  return [1, 2, 4, 5 + (first >> 2)][first & 0b11] ?? 1;
}

/** Before Substrate there was no such block; after that a compact number of six bytes does not fit. ms since the epoch. */
const earliestMs = Date.UTC(2018, 0, 1);
const latestMs = Date.UTC(2100, 0, 1);

/**
 * ms since the epoch, from the inherent that sets the time: the first bare extrinsic of the form `set(now)` whose number is a time. `null` where there is
 * none: the genesis block, chains without that pallet.
 */
export function blockTimeMs(extrinsics: readonly string[]): number | null {
  for (const hex of extrinsics.slice(0, inherentsMax)) {
    const timeMs = setTimeOf(hex);
    if (timeMs !== null) return timeMs;
  }
  return null;
}

/** It is among the first inherents of a block. */
const inherentsMax = 8;
/** length 10, version 4 or 5, pallet, call 0, compact mode 11 with 6 bytes, 6 bytes. */
const setTime = /^0x280[45][0-9a-f]{2}000b([0-9a-f]{12})$/i;

function setTimeOf(hex: string): number | null {
  const [, digits] = setTime.exec(hex) ?? [];
  if (digits === undefined) return null;
  const timeMs = Buffer.from(digits, "hex").readUIntLE(0, 6);
  return timeMs >= earliestMs && timeMs < latestMs ? timeMs : null;
}
