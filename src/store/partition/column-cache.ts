/** Decoded columns of sealed blocks, those of the least recently used block first out. A chart asks for the same few series again and again. */
import { type Block, type ColumnSamples, decodeColumn } from "../codec/block.ts";
import { columnMemory } from "./column-pieces.ts";

/** What a column costs beside its values: key, objects, array headers; estimated. */
const entryBytes = 300;

/** Memory for the values of one column. */
export type Allocate = (length: number) => Float64Array;

interface CachedBlock {
  /** By slot. */
  readonly columns: ColumnSamples[];
  bytes: number;
  /** False when it had to go while its columns were being decoded. */
  isKept: boolean;
}

export class ColumnCache {
  readonly #maxBytes: number;
  readonly #allocate: Allocate | undefined;
  /** In the order of use. */
  readonly #blocks = new Map<string, CachedBlock>();
  #bytes = 0;

  /** `allocate`: where decoded values go. With 0 bytes nothing is kept, and they may be in memory that is used again. */
  constructor(maxBytes: number, allocate?: Allocate) {
    this.#maxBytes = maxBytes;
    this.#allocate = allocate;
  }

  /**
   * A function that gives the columns of the block with this key, `count` of them or so; opens it when the first one is not here.
   * `null` where the block has no such column or cannot be opened.
   */
  of(key: string, count: number, openBlock: () => Block | null): (slot: number) => ColumnSamples | null {
    const kept = this.#blocks.get(key) ?? { columns: [], bytes: 0, isKept: true };
    this.#blocks.delete(key);
    this.#blocks.set(key, kept);
    const allocate = this.#allocate ?? columnMemory(count);
    let block: Block | null | undefined;
    return (slot) => {
      const known = kept.columns[slot];
      if (known !== undefined) return known;
      if (block === undefined) block = openBlock();
      const column = block === null ? null : decodeColumn(block, slot, allocate);
      if (column !== null) this.#keep(kept, slot, column);
      return column;
    };
  }

  clear(): void {
    for (const block of this.#blocks.values()) block.isKept = false;
    this.#blocks.clear();
    this.#bytes = 0;
  }

  #keep(block: CachedBlock, slot: number, column: ColumnSamples): void {
    if (!block.isKept) return;
    const bytes = bytesOf(column);
    block.columns[slot] = column;
    block.bytes += bytes;
    this.#bytes += bytes;
    for (const [key, oldest] of this.#blocks) {
      if (this.#bytes <= this.#maxBytes) return;
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
