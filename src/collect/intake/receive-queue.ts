/**
 * Stores what the intake thread hands over, in the data thread. What comes while the disk is synced, or soon after what came before, is put
 * together: one commit and one sync for many requests, in turns of the event loop so short that a tick comes between any two of them.
 * Nobody is told that samples are stored before they are on the disk.
 */
import { ChainPulseError } from "../../core/errors.ts";
import type { ReceivedHistogram, ReceivedSamples, SampleWriter } from "../../core/storage.ts";

/**
 * Samples that are put together: as many as one large request's piece has. Such a piece goes alone, because it mostly comes in the order of
 * the series, and two of them put together would have to be sorted.
 */
const groupSamplesMax = 16_384;
/**
 * Pause after a group, unless the next one is full, ms. Each group has its own commit, sync and row, and all rows are sealed later: without
 * a pause a fast disk would make a group of every request.
 */
const gatherMsDefault = 10;
/** A histogram takes as long as so many numbers. */
const histogramWeight = 32;

interface Piece {
  readonly samples: ReceivedSamples;
  resolve(): void;
  reject(error: unknown): void;
}

type Writer = Pick<SampleWriter, "receive" | "sync" | "synced">;

/** The store's upkeep, which needs time of the same thread. */
export interface Upkeep {
  /** As the writer says it. */
  backlog(): number;
  /** A slice of it, some ms. Throws what the writer throws. */
  work(): void;
}

/** Upkeep takes turns with what comes in from the first backlog on; from the second on, what comes in waits. */
const backlogs = { shared: 1.5, waiting: 2.5 } as const;
const none: Upkeep = { backlog: () => 0, work: () => undefined };

export class ReceiveQueue {
  readonly #writer: Writer;
  readonly #upkeep: Upkeep;
  readonly #gatherMs: number;
  #waiting: Piece[] = [];
  #waitingWeight = 0;
  /** Stored, and to be brought to the disk next; those that are being brought there now. */
  #stored: Piece[] = [];
  #syncing: readonly Piece[] = [];
  #turn: NodeJS.Immediate | null = null;
  /** While it runs, others may still come. */
  #pause: NodeJS.Timeout | null = null;
  /** Where pieces are put together. */
  #columns: Columns | null = null;

  constructor(writer: Writer, upkeep: Upkeep = none, gatherMs = gatherMsDefault) {
    this.#writer = writer;
    this.#upkeep = upkeep;
    this.#gatherMs = gatherMs;
  }

  /** Resolves when the samples are on the disk. Rejects with what the writer throws. Whoever calls bounds how many wait. */
  store(samples: ReceivedSamples): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ samples, resolve, reject });
      this.#waitingWeight += weightOf(samples);
      this.#plan();
    });
  }

  /** Stores all that waits, at once: the store is about to be closed. */
  finish(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    if (this.#pause !== null) clearTimeout(this.#pause);
    [this.#turn, this.#pause] = [null, null];
    while (this.#waiting.length > 0) this.#receive();
    const pieces = [...this.#syncing, ...this.#stored];
    [this.#syncing, this.#stored] = [[], []];
    if (pieces.length === 0) return;
    try {
      this.#writer.sync();
    } catch (error) {
      for (const piece of pieces) piece.reject(error);
      return;
    }
    for (const piece of pieces) piece.resolve();
  }

  /** While the disk is at work, or a group was stored just now, what comes waits for what else comes, until it is a group's worth. */
  #plan(): void {
    const mayWait = this.#syncing.length > 0 || this.#pause !== null;
    const isDue = this.#waiting.length > 0 && (!mayWait || this.#waitingWeight >= groupSamplesMax);
    if (isDue) this.#turn ??= setImmediate(() => this.#step());
  }

  #step(): void {
    this.#turn = null;
    if (this.#keepUp()) {
      this.#receive();
      this.#gather();
    }
    if (this.#syncing.length === 0) void this.#sync();
    this.#plan();
  }

  #gather(): void {
    if (this.#gatherMs === 0) return;
    this.#pause ??= setTimeout(() => {
      this.#pause = null;
      this.#plan();
    }, this.#gatherMs);
  }

  /** Whether more may be stored now. */
  #keepUp(): boolean {
    const before = this.#upkeep.backlog();
    if (before < backlogs.shared) return true;
    try {
      this.#upkeep.work();
    } catch (error) {
      // Nobody knows when it will work again; who has sent it keeps it, and comes again.
      this.#waitingWeight = 0;
      for (const piece of this.#waiting.splice(0)) piece.reject(error);
    }
    return before < backlogs.waiting;
  }

  #receive(): void {
    const group = this.#takeGroup();
    const [first] = group;
    if (first === undefined) return;
    try {
      this.#writer.receive(group.length === 1 ? first.samples : together(group, (this.#columns ??= makeColumns())));
      for (const piece of group) this.#stored.push(piece);
    } catch (error) {
      // The store's own errors meet all alike; what is wrong with one of them, its times too, is for that one alone.
      const isForAll = error instanceof ChainPulseError && error.code !== "UNAVAILABLE";
      if (group.length === 1 || isForAll) for (const piece of group) piece.reject(error);
      else for (const piece of group) this.#receiveAlone(piece);
    }
  }

  #receiveAlone(piece: Piece): void {
    try {
      this.#writer.receive(piece.samples);
      this.#stored.push(piece);
    } catch (error) {
      piece.reject(error);
    }
  }

  /** The oldest pieces up to a group's size, at least one. */
  #takeGroup(): readonly Piece[] {
    let count = 0;
    let weight = 0;
    for (const { samples } of this.#waiting) {
      if (count > 0 && weight + weightOf(samples) > groupSamplesMax) break;
      weight += weightOf(samples);
      count++;
    }
    this.#waitingWeight -= weight;
    return this.#waiting.splice(0, count);
  }

  async #sync(): Promise<void> {
    const pieces = this.#stored;
    if (pieces.length === 0) return;
    this.#stored = [];
    this.#syncing = pieces;
    try {
      await this.#writer.synced();
      for (const piece of pieces) piece.resolve();
    } catch (error) {
      for (const piece of pieces) piece.reject(error);
    }
    if (this.#syncing !== pieces) return;
    this.#syncing = [];
    void this.#sync();
    this.#plan();
  }
}

interface Columns {
  readonly refs: Uint32Array;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

function makeColumns(): Columns {
  const [timesMs, values] = [new Float64Array(groupSamplesMax), new Float64Array(groupSamplesMax)];
  return { refs: new Uint32Array(groupSamplesMax), timesMs, values };
}

/** In their order: of several samples of one series at one time the last one must still come last. */
function together(group: readonly Piece[], columns: Columns): ReceivedSamples {
  let count = 0;
  const histograms: ReceivedHistogram[] = [];
  for (const { samples } of group) {
    columns.refs.set(samples.refs.subarray(0, samples.count), count);
    columns.timesMs.set(samples.timesMs.subarray(0, samples.count), count);
    columns.values.set(samples.values.subarray(0, samples.count), count);
    count += samples.count;
    for (const histogram of samples.histograms ?? []) histograms.push(histogram);
  }
  return { count, ...columns, histograms };
}

function weightOf({ count, histograms = [] }: ReceivedSamples): number {
  return count + histogramWeight * histograms.length;
}
