/** Decoded columns of sealed blocks, least recently used first out. A chart asks for the same few series again and again. */
import type { ColumnSamples } from "../codec/block.ts";

/** What an entry costs beside its values: key, objects, array headers; estimated. */
const entryBytes = 300;

export class ColumnCache {
  readonly #maxBytes: number;
  /** In the order of use. */
  readonly #columns = new Map<string, ColumnSamples>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): ColumnSamples | undefined {
    const column = this.#columns.get(key);
    if (column === undefined) return undefined;
    this.#columns.delete(key);
    this.#columns.set(key, column);
    return column;
  }

  /** `key` must not be there yet. */
  set(key: string, column: ColumnSamples): void {
    this.#columns.set(key, column);
    this.#bytes += bytesOf(column);
    for (const [oldest, dropped] of this.#columns) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#columns.delete(oldest);
      this.#bytes -= bytesOf(dropped);
    }
  }

  clear(): void {
    this.#columns.clear();
    this.#bytes = 0;
  }
}

/** Times are mostly shared by the columns of a block; counting them with each stays on the safe side. */
function bytesOf({ values }: ColumnSamples): number {
  return 2 * values.byteLength + entryBytes;
}
