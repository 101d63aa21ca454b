/** The batches of one file that are not sealed yet, in a reader's memory: as long as they are in the file, and until the next look. */
import type { SeriesRef } from "../../core/storage.ts";
import type { TimeSpan } from "../partition/head-tick.ts";
import { indexOfRef } from "./batch.ts";
import { piecesOfBatch } from "./batch-columns.ts";
import { runsOfBatch } from "./histogram-batch.ts";
import type { BatchRow } from "./batch-row.ts";
import type { ReceivedColumn } from "./received-column.ts";
import type { ReceivedReader } from "./received-reader.ts";

interface HeldBatch extends BatchRow {
  readonly seq: number;
  readonly runs: ReturnType<typeof runsOfBatch>;
}

/** What a look has found. */
export interface BatchNews {
  /** Time of the oldest sample that came since the last look; -Infinity where some came and are sealed already, Infinity without any. */
  readonly firstMs: number;
}

/** Below this share of the others, the series of a batch, or those that are wanted, are looked for by bisection. */
const sparseShare = 1 / 16;

export class UnsealedBatches {
  #held: readonly HeldBatch[] = [];
  #damaged: readonly number[] = [];
  #greatest = 0;

  /** Takes in what has come, and lets go of what is sealed. */
  update(file: ReceivedReader): BatchNews {
    const { present, greatest } = file.batchNumbers();
    const numbers = new Set(present);
    const kept = this.#held.filter(({ seq }) => numbers.has(seq));
    const come = file.batchesAfter(this.#greatest);
    const sound = come.flatMap(({ seq, row }) => (row === null ? [] : { seq, ...row, runs: runsOfBatch(row.histograms) }));
    const isComplete = come.length === greatest - this.#greatest;
    const damaged = come.filter(({ row }) => row === null).map(({ seq }) => seq);
    this.#damaged = [...this.#damaged.filter((seq) => numbers.has(seq)), ...damaged];
    this.#held = [...kept, ...sound];
    this.#greatest = greatest;
    return { firstMs: isComplete ? sound.reduce((least, { firstMs }) => Math.min(least, firstMs), Infinity) : -Infinity };
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** From and to when there are any; `null` without. */
  get span(): TimeSpan | null {
    if (this.#held.length === 0) return null;
    const fromMs = this.#held.reduce((least, { firstMs }) => Math.min(least, firstMs), Infinity);
    const toMs = this.#held.reduce((greatest, { lastMs }) => Math.max(greatest, lastMs), -Infinity);
    return { fromMs, toMs };
  }

  /** Whether there are damaged ones. */
  get hasDamage(): boolean {
    return this.#damaged.length > 0;
  }

  /**
   * Calls `use` with what batches that touch startMs < time ≤ endMs have of the series, in the order in which they came; also with
   * samples outside. `refs` ascend.
   */
  forEach(
    file: Pick<ReceivedReader, "startMs">,
    refs: readonly SeriesRef[],
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
    use: (position: number, pieces: readonly ReceivedColumn[]) => void,
  ): void {
    for (const { batch, runs, firstMs, lastMs } of this.#held) {
      if (firstMs > endMs || lastMs <= startMs) continue;
      for (const position of positionsIn(batch.refs, refs, runs))
        use(position, piecesOfBatch(file.startMs, batch, runs, refs[position] ?? 0));
    }
  }
}

/** Places of the wanted series that the batch has. */
function* positionsIn(
  present: Uint32Array,
  wanted: readonly SeriesRef[],
  runs: ReadonlyMap<SeriesRef, Uint8Array>,
): Generator<number> {
  if (runs.size === 0 && present.length < sparseShare * wanted.length) {
    for (let i = 0, position = 0; i < present.length; i++) {
      position = indexOfRef({ refs: wanted }, present[i] ?? 0, position);
      if (wanted[position] === present[i]) yield position;
    }
    return;
  }
  const isSparse = wanted.length < sparseShare * present.length;
  let at = 0;
  for (let position = 0; position < wanted.length; position++) {
    const ref = wanted[position] ?? 0;
    if (isSparse) at = indexOfRef({ refs: present }, ref, at);
    else while (at < present.length && (present[at] ?? 0) < ref) at++;
    if (present[at] === ref || (runs.size > 0 && runs.has(ref))) yield position;
  }
}
