/**
 * The outbox as the forward thread sees it. Each destination has a reader of its own, because each is at another place.
 */
import type { Logger } from "../../core/logger.ts";
import { DamagedFileError } from "../database.ts";
import { countSamples, listSegments, orMissing, type Segment, segmentBytes, segmentFacts } from "./segment-files.ts";
import { type OutboxRecord, sampleCount } from "./outbox-record.ts";
import { SegmentReader } from "./segment-reader.ts";

export interface OutboxReaderOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Records up to this one are done with; 0: begin with the oldest that is there. */
  readonly afterSeq: number;
  /** A segment cannot be read any further: it is left, and reading goes on with the next one. */
  readonly onDamage: (damage: OutboxDamage) => void;
}

export interface OutboxDamage {
  readonly path: string;
  /** Lost behind the damage, as far as the heads of the records tell. */
  readonly samples: number;
  /** When they were stored, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is not read yet. */
export interface Backlog {
  /** On the disk. */
  readonly bytes: number;
  /** When the file in which it begins was begun, ms since the epoch; `null` where there is none. */
  readonly sinceMs: number | null;
  /** Samples that were ever put into the outbox up to the record read last. */
  readonly samplesRead: number;
}

export class OutboxReader {
  readonly #options: OutboxReaderOptions;
  #current: SegmentReader | null = null;
  /** The current one when it has met damage: it does not go on. */
  #damaged: SegmentReader | null = null;
  /** Records up to this one have been read. */
  #readSeq: number;
  /** One that was read and was too much for the batch. */
  #held: OutboxRecord | null = null;

  constructor(options: OutboxReaderOptions) {
    this.#options = options;
    this.#readSeq = options.afterSeq;
  }

  /**
   * The next records, in order: as many as have `maxSamples` samples together, one at least where there is one. Empty: there is nothing
   * that was not read. What was dropped meanwhile is left out. Throws what the system throws.
   */
  read(maxSamples: number): readonly OutboxRecord[] {
    const batch: OutboxRecord[] = [];
    let samples = 0;
    for (let record = this.#next(); record !== null; record = this.#next()) {
      const count = sampleCount(record.samples);
      if (batch.length > 0 && samples + count > maxSamples) {
        this.#held = record;
        break;
      }
      batch.push(record);
      samples += count;
      if (samples >= maxSamples) break;
    }
    return batch;
  }

  /** Records before this one have been dropped, or everybody is done with them. */
  get oldestSeq(): number {
    return listSegments(this.#options.dataDir)[0]?.firstSeq ?? 0;
  }

  backlog(): Backlog {
    const current = this.#current;
    const segments = listSegments(this.#options.dataDir).filter(({ firstSeq }) => firstSeq >= (current?.segment.firstSeq ?? 0));
    const bytes = segments.reduce((sum, { path }) => sum + segmentBytes(path), 0) - (current?.bytesRead ?? 0);
    return { bytes: Math.max(0, bytes), sinceMs: oldestBeganMs(segments), samplesRead: current?.samplesRead ?? 0 };
  }

  close(): void {
    this.#current?.close();
    this.#current = null;
  }

  #next(): OutboxRecord | null {
    const held = this.#held;
    this.#held = null;
    if (held !== null && held.seq >= this.oldestSeq) return held;
    for (;;) {
      if (this.#current?.isGone === true) this.close();
      this.#current ??= this.#open();
      if (this.#current === null) return null;
      const record = this.#read(this.#current) ?? this.#readOn(this.#current);
      if (record === null) return null;
      if (record === "left") continue;
      if (record.seq <= this.#readSeq) continue;
      this.#readSeq = record.seq;
      return record;
    }
  }

  /** Leaves a segment that has no more for the next one, if there is one; the writer may have put something in before it began that. */
  #readOn(current: SegmentReader): OutboxRecord | "left" | null {
    const next = listSegments(this.#options.dataDir).find(({ firstSeq }) => firstSeq > current.segment.firstSeq);
    if (next === undefined) return null;
    const last = this.#read(current);
    if (last !== null) return last;
    // A kill has cut it off, or a length is damaged: what that hides cannot be told.
    if (current.hasRest && current !== this.#damaged) this.#leave(current, new Error("it ends in the middle of a record"));
    this.#readSeq = Math.max(this.#readSeq, next.firstSeq - 1);
    this.close();
    return "left";
  }

  #read(current: SegmentReader): OutboxRecord | null {
    if (current === this.#damaged) return null;
    try {
      return current.next();
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      this.#leave(current, error);
      return null;
    }
  }

  #leave(current: SegmentReader, error: Error): void {
    this.#damaged = current;
    const { path } = current.segment;
    const damage = orMissing(() => ({ path, samples: countSamples(path, this.#readSeq).samples, ...segmentFacts(path) }));
    // Dropped since it was opened: the data thread has counted what was in it.
    if (damage === null) return;
    const { samples } = damage;
    this.#options.logger.error("a file of the outbox is damaged: what follows in it is not sent", { path, error, samples });
    this.#options.onDamage(damage);
  }

  /** The segment in which the next record is: the last one that begins before or at it, or else the oldest. */
  #open(): SegmentReader | null {
    const segments = listSegments(this.#options.dataDir);
    const segment = segments.findLast(({ firstSeq }) => firstSeq <= this.#readSeq + 1) ?? segments[0];
    // Dropped between the two calls: the next look finds another one.
    return segment === undefined ? null : orMissing(() => new SegmentReader(segment));
  }
}

/** When the oldest was begun that is still there, ms since the epoch. */
function oldestBeganMs(segments: readonly Segment[]): number | null {
  for (const { path } of segments) {
    const facts = orMissing(() => segmentFacts(path));
    if (facts !== null) return facts.fromMs;
  }
  return null;
}
