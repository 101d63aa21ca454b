/**
 * The body of a batch that an agent sends to its hub, before compression; docs/agent-protocol.md has the exchange around it. Own format,
 * because remote write repeats all labels of a series with every sample: here a series is told once in a session and then has a slot.
 * Numbers are varints (`store/codec/varint.ts`), texts are UTF-8 after their length in bytes.
 *
 *     "CPB1" │ session: 16 bytes │ number of the batch in the session, from 0
 *     state: text, JSON of `agent-state.ts`
 *     series: count, then for each the next slot: count of labels, name and value of each
 *     samples: count
 *     records: count, then for each
 *       seq: difference to the record before
 *       kind: 0 a tick of the same slots as the tick before │ 1 a tick of new slots │ 2 columns
 *       0    time
 *       1    time │ slots: count, differences
 *       2    slots: count, differences │ times: differences
 *       histograms: count, then for each slot, time, histogram (`histogram-code.ts`)
 *     values: 8 planes of one byte of each sample
 *
 * A value is sent as the exclusive or of its bits with the value that its slot had before, so that what stays the same is zero, and as
 * planes, so that exponents stand beside exponents: zstd then finds what a float64 hides. Differences of seq, times and slots begin at
 * 0 in each batch; slots and their last values live as long as the session.
 */

/** "CPB1" */
export const batchMagic = Uint8Array.of(0x43, 0x50, 0x42, 0x31);

export const sessionIdBytes = 16;

export const recordKinds = { sameSlots: 0, newSlots: 1, columns: 2 } as const;

/** Bounds that the hub refuses to pass, and the agent keeps. */
export const batchLimits = {
  /** As sent; 50,000 samples of noise have 400 KB. */
  compressedBytes: 8_388_608,
  /** After decompression. */
  bytes: 33_554_432,
  /** Bytes of the state's text. */
  stateBytes: 4096,
  labelsPerSeries: 128,
  /** Bytes of a label's name or value. */
  labelBytes: 65_536,
} as const;

/** What a slot stands for: what its values were before, as words of 32 bits, low one first. */
export interface SlotValues {
  words: Uint32Array;
}

/** Room for the last values of `slots` slots; new ones begin at 0. */
export function reserveSlots(values: SlotValues, slots: number): void {
  if (2 * slots <= values.words.length) return;
  const grown = new Uint32Array(Math.max(4 * slots, 256));
  grown.set(values.words);
  values.words = grown;
}
