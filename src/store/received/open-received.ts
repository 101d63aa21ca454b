/** One file of received samples that is open for writing, with what upkeep knows of it. */
import type { ReceivedFile } from "./received-file.ts";
import { receivedFileMs, receivedHourMs } from "./received-schema.ts";
import { RefSet } from "./ref-set.ts";

/** An hour in which nothing was sealed for so long is complete, as far as one can tell, ms. */
export const quietMs = 300_000;
/** Sealings of one hour that are merged before it is over: a query of the hour reads a block of each. */
const maxWrites = 32;

/** What has happened to one hour of a file since it was merged. */
interface HourState {
  /** Whether all of it is merged. */
  isMerged: boolean;
  /** Sealings that have left something there since it was merged last, also for the time being. */
  writes: number;
  /** When the last of them was, by the monotonic clock. */
  writtenMs: number;
  /** What was written before this number is merged for the time being. */
  mergedTo: number;
}

/** The time now, by both clocks, ms. */
export interface Now {
  readonly wallMs: number;
  readonly steadyMs: number;
}

/** What of an hour is to be merged. */
export interface MergePlan {
  readonly hour: number;
  /** Only what writes from this number on have left. */
  readonly fromNumber: number;
  /** Whether the hour is over: its blocks then are to be as they stay. */
  readonly isOver: boolean;
}

export class OpenReceived {
  readonly file: ReceivedFile;
  /** Series that the catalogue knows to be in the file. */
  readonly noted = new RefSet();
  /** When the last batch came, and the first that is not sealed, by the monotonic clock. */
  receivedMs: number;
  unsealedSinceMs: number;
  /** Whether a sealing is under way: it has taken batches, which another must not take too. */
  isBeingSealed = false;
  /** Whether the tiers are being built from the file. */
  isBeingTiered = false;
  /** Buckets that were sealed since that began. */
  readonly lateSince = new Set<number>();
  readonly #hours: readonly HourState[];

  /** What was left unmerged by the process before is taken for old. */
  constructor(file: ReceivedFile, steadyMs: number) {
    this.file = file;
    this.receivedMs = this.unsealedSinceMs = steadyMs;
    const { isMerged } = file;
    const hour = (): HourState => ({ isMerged, writes: 0, writtenMs: -Infinity, mergedTo: 0 });
    this.#hours = Array.from({ length: receivedFileMs / receivedHourMs }, hour);
  }

  /** Whether the tiers lack something of it. */
  get isDirty(): boolean {
    return !this.file.isTiered || this.file.unsealedBatches > 0 || this.file.lateBuckets().length > 0;
  }

  /** Sealing has written to an hour. `touched`: hours that the same sealing has written to before. */
  noteWrite(hour: number, steadyMs: number, touched: Set<number>): void {
    const state = this.#hours[hour];
    if (state === undefined) return;
    state.isMerged = false;
    state.writtenMs = steadyMs;
    if (!touched.has(hour)) state.writes++;
    touched.add(hour);
  }

  /** The hours that are to be merged. */
  mergesDue({ wallMs, steadyMs }: Now): MergePlan[] {
    return this.#hours.flatMap(({ isMerged, writes, writtenMs, mergedTo }, hour): MergePlan[] => {
      if (isMerged) return [];
      const endMs = this.file.startMs + (hour + 1) * receivedHourMs;
      const isOver = wallMs >= endMs + quietMs && steadyMs - writtenMs >= quietMs;
      return isOver || writes >= maxWrites ? [{ hour, fromNumber: isOver ? 0 : mergedTo, isOver }] : [];
    });
  }

  /** Merges an hour by what `merge` does; what is sealed meanwhile is for the next time. */
  *merge(plan: MergePlan, merge: () => Generator<void>): Generator<void> {
    const state = this.#hours[plan.hour];
    if (state === undefined) return;
    const next = this.file.nextNumber;
    state.writes = 0;
    yield* merge();
    state.mergedTo = plan.isOver ? 0 : next;
    state.isMerged = plan.isOver && state.writes === 0;
    if (this.#isMerged) this.file.setMerged();
  }

  /** Whether nothing has come for so long that nothing more is to be expected soon. */
  isQuiet(steadyMs: number): boolean {
    return steadyMs - this.receivedMs >= quietMs;
  }

  /** Whether nothing more is to be expected of it soon, and nothing is to be done. */
  isComplete({ wallMs, steadyMs }: Now): boolean {
    return this.isQuiet(steadyMs) && wallMs > this.file.endMs && this.file.unsealedBatches === 0 && this.#isMerged;
  }

  get #isMerged(): boolean {
    return this.#hours.every(({ isMerged }) => isMerged);
  }
}
