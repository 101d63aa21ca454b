/** Decoded columns of sealed blocks, those of the least recently used block first out. A chart asks for the same few series again and again. */
import { type Block, type ColumnSamples, decodeColumn } from "../codec/block.ts";
import { columnMemory } from "./column-pieces.ts";

/** What a column costs beside its values: key, objects, array headers; estimated. */
const entryBytes = 300;

/**
 * What nobody has asked for in this time is let go, ms: rules that look at the last minutes leave one block after the other behind, which nobody
 * asks for again.
 */
const idleMs = 300_000;

/** Memory for the values of one column. */
export type Allocate = (length: number) => Float64Array;

interface CachedBlock {
  /** By slot. */
  readonly columns: ColumnSamples[];
  /** How many columns there are. */
  count: number;
  bytes: number;
  /** When it was asked for last, of the monotonic clock. */
  usedMs: number;
  /** False when it had to go while its columns were being decoded. */
  isKept: boolean;
}

export class ColumnCache {
  readonly #maxBytes: number;
  readonly #allocate: Allocate | undefined;
  /** In the order of use. */
  readonly #blocks = new Map<string, CachedBlock>();
  #bytes = 0;
  readonly #nowMs: () => number;

  /** `allocate`: where decoded values go. With 0 bytes nothing is kept, and they may be in memory that is used again. `nowMs`: a monotonic clock. */
  constructor(maxBytes: number, allocate?: Allocate, nowMs = (): number => performance.now()) {
    this.#maxBytes = maxBytes;
    this.#allocate = allocate;
    this.#nowMs = nowMs;
  }

  /**
   * A function that gives the columns of the block with this key, `count` of them or so; opens it when the first one is not here.
   * `null` where the block has no such column or cannot be opened.
   */
  of(key: string, count: number, openBlock: () => Block | null): (slot: number) => ColumnSamples | null {
    const nowMs = this.#nowMs();
    const known = this.#blocks.get(key);
    const kept = known ?? { columns: [], count: 0, bytes: 0, usedMs: nowMs, isKept: true };
    kept.usedMs = nowMs;
    if (known !== undefined) {
      this.#blocks.delete(key);
      this.#blocks.set(key, known);
    }
    this.#letGo((oldest) => nowMs - oldest.usedMs > idleMs);
    // As many as are not here in any case: memory for the others would be kept with the first of them, and not be counted.
    const allocate = this.#allocate ?? columnMemory(Math.max(1, count - kept.count));
    let block: Block | null | undefined;
    return (slot) => {
      const known = kept.columns[slot];
      if (known !== undefined) return known;
      if (block === undefined) block = openBlock();
      const column = block === null ? null : decodeColumn(block, slot, allocate);
      if (column !== null) this.#keep(key, kept, slot, column);
      return column;
    };
  }

  clear(): void {
    for (const block of this.#blocks.values()) block.isKept = false;
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #keep(key: string, block: CachedBlock, slot: number, column: ColumnSamples): void {
    if (!block.isKept) return;
    const bytes = bytesOf(column);
    // Not before: a block of which only the times are asked has nothing to be kept, and would never go.
    if (block.count === 0) this.#blocks.set(key, block);
    block.columns[slot] = column;
    block.count++;
    block.bytes += bytes;
    this.#bytes += bytes;
    this.#letGo(() => this.#bytes > this.#maxBytes);
  }

  /** From the least recently used one on, as long as it holds. */
  #letGo(isToGo: (oldest: CachedBlock) => boolean): void {
    for (const [key, oldest] of this.#blocks) {
      if (!isToGo(oldest)) return;
      this.#blocks.delete(key);
      oldest.isKept = false;
      this.#bytes -= oldest.bytes;
    }
  }
}

/** Times are mostly shared by the columns of a block; counting them with each stays on the safe side. */
function bytesOf({ values }: ColumnSamples): number {
  return 2 * values.byteLength + entryBytes;
}
