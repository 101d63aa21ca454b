/** What the writer knows of files of received samples that it has not open: each is looked into once after the start. */
import { isRestorable } from "../catalog/catalog-files.ts";
import { storeError } from "../database.ts";
import type { PartitionFile } from "../partition/partition-files.ts";
import { ReceivedReader } from "./received-reader.ts";

export interface ClosedState {
  /** Whether the tiers lack something of it. */
  readonly isDirty: boolean;
  /** Whether nothing is left to be merged. */
  readonly isMerged: boolean;
}

export class ClosedFiles {
  readonly #setAside: (path: string, error: Error) => void;
  /** By start. */
  readonly #states = new Map<number, ClosedState>();

  /** `setAside` is called with a damaged file. */
  constructor(setAside: (path: string, error: Error) => void) {
    this.#setAside = setAside;
  }

  /** Looks into those of `files` that nothing is known of, and forgets what is gone. */
  *survey(files: readonly PartitionFile[], open: { has(startMs: number): boolean }): Generator<void> {
    const starts = new Set(files.map(({ startMs }) => startMs));
    for (const startMs of this.#states.keys()) if (!starts.has(startMs)) this.#states.delete(startMs);
    for (const file of files) {
      if (open.has(file.startMs) || this.#states.has(file.startMs)) continue;
      try {
        this.#states.set(file.startMs, stateOf(file));
      } catch (error) {
        if (!isRestorable(error, file.path)) throw storeError(error, file.path, "open");
        this.#setAside(file.path, error);
      }
      yield;
    }
  }

  set(startMs: number, state: ClosedState): void {
    this.#states.set(startMs, state);
  }

  delete(startMs: number): void {
    this.#states.delete(startMs);
  }

  isSettled(startMs: number): boolean {
    return this.#states.get(startMs)?.isDirty === false;
  }

  dirty(): number[] {
    return [...this.#states].filter(([, { isDirty }]) => isDirty).map(([startMs]) => startMs);
  }

  unmerged(): number[] {
    return [...this.#states].filter(([, { isMerged }]) => !isMerged).map(([startMs]) => startMs);
  }
}

/** Throws `DamagedFileError`. */
function stateOf(file: PartitionFile): ClosedState {
  const reader = ReceivedReader.open(file);
  // It has been deleted just now, or has no tables yet.
  if (reader === null) return { isDirty: false, isMerged: true };
  try {
    const { isMerged, isTiered } = reader.progress();
    return { isDirty: !isTiered || reader.hasLate(), isMerged };
  } finally {
    reader.close();
  }
}
