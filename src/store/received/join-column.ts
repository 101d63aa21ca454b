/** The samples of one series in several blocks as one column: they come from one after the other straight into it, slice by slice. */
import { type Block, type ColumnSamples, decodeColumn, seriesPerBlock } from "../codec/block.ts";
import { copySlices, countIn } from "../codec/slices.ts";
import { inOrder, numbersOf, type ReceivedColumn } from "./received-column.ts";

/** `blocks` in the order in which they were written; what was written last counts. `null` where they have nothing of the series. */
export function joinColumn(blocks: readonly Block[], slot: number): ReceivedColumn | null {
  const [only] = blocks;
  if (only !== undefined && blocks.length === 1 && only.version !== "slices") {
    const column = decodeColumn(only, slot);
    return column === null ? null : numbersOf(column);
  }
  const decoded: (ColumnSamples | null)[] = [];
  let count = 0;
  for (const block of blocks) {
    const column = block.version === "slices" ? null : decodeColumn(block, slot);
    decoded.push(column);
    count += block.version === "slices" ? countIn(block, slot) : (column?.values.length ?? 0);
  }
  if (count === 0) return null;
  const timestampsMs = new Float64Array(count);
  const values = new Float64Array(count);
  const words = new Uint32Array(values.buffer);
  let at = 0;
  for (let i = 0; i < blocks.length; i++) {
    const [block, column] = [blocks[i], decoded[i]];
    if (block?.version === "slices") at = copySlices(block, slot, timestampsMs, words, at);
    if (column === null || column === undefined) continue;
    timestampsMs.set(column.timestampsMs, at);
    // Between arrays of one type `set` copies bytes (ECMAScript, SetTypedArrayFromTypedArray), so NaN payloads stay.
    values.set(column.values, at);
    at += column.values.length;
  }
  return inOrder({ timestampsMs, values, histograms: null });
}

/** Samples of a block, at most. */
export function samplesIn(block: Block): number {
  if (block.version !== "slices") return block.timestampsMs.length * seriesPerBlock;
  return block.slices.reduce((sum, { samples }) => sum + samples, 0);
}
