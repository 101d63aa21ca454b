/**
 * The queue of what is to be sent on: everything that was committed and received, in the order in which that happened, in files. The
 * data thread writes it, the forward thread reads it (outbox-reader.ts) and says how far each destination has come. Files that all of
 * them are done with go; beyond the limits of size and age the oldest go, are counted for each destination, and leave a mark on the
 * time axis.
 *
 * Durability is the store's: an appended record survives a kill, and reaches the disk within a second, or before an acknowledgement.
 * A number is never used twice, also not after a power loss that took records which were sent already: each opening leaves a wide gap.
 */
import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import type { Annotation } from "../../core/annotation.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import { ClockGuard } from "../clock-guard.ts";
import { type Cursors, type Loss, type Losses, outboxIdentity, readCursors, readLosses, writeLosses } from "./notes.ts";
import { sampleCount } from "./outbox-record.ts";
import {
  countSamples,
  listAsideSeqs,
  listSegments,
  outboxDir,
  removeSegment,
  type Segment,
  segmentAt,
  segmentBytes,
  segmentFacts,
  setSegmentAside,
} from "./segment-files.ts";
import { SegmentWriter } from "./segment-writer.ts";

export interface OutboxLimits {
  /** Files beyond it go, oldest first. */
  readonly maxBytes: number;
  /** What was stored longer ago goes; not when the wall clock was set forward meanwhile. */
  readonly maxAgeMs: number;
}

export interface OutboxOptions extends OutboxLimits {
  readonly dataDir: string;
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly annotate: (annotation: Annotation) => void;
  /** Called after each record, to wake the reader. */
  readonly onAppend?: () => void;
  /** Bytes after which a new file is begun. Default: 8 MiB. */
  readonly segmentBytes?: number;
}

export interface OutboxStats {
  readonly bytes: number;
  readonly segments: number;
  /** Samples that were ever put in. */
  readonly samples: number;
  readonly losses: Losses;
}

const mib = 1024 * 1024;
/** After this a new file is begun, so that what is done with can go. */
const segmentAgeMsMax = 10 * 60_000;
/** More records than a power loss can take. */
const seqGap = 2 ** 20;
/** Pause between two looks at what can go, and between two background syncs. */
const upkeepMs = 5000;
const syncMs = 1000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #guard: ClockGuard;
  #limits: OutboxLimits;
  #writer: SegmentWriter;
  #beganMs: number;
  #nextSeq: number;
  /** Ever appended. */
  #samples: number;
  #losses: Map<string, Loss>;
  #upkeptMs = -Infinity;
  #syncedMs = -Infinity;
  /** Why a file that was ended is not on the disk, until somebody was told who asked for it. */
  #unsynced: Error | null = null;

  /** Goes on behind what is there; makes the directory where it is missing. Throws what the system throws. */
  constructor(options: OutboxOptions) {
    const { dataDir, clock, logger } = options;
    mkdirSync(outboxDir(dataDir), { recursive: true, mode: 0o700 });
    this.#options = options;
    this.#limits = options;
    this.#guard = new ClockGuard(clock, (gainedMs) =>
      logger.warn("the clock was set forward: what waits to be sent is dropped for its size alone until the next start", {
        gainedMs,
      }),
    );
    // Before anybody can ask for it from another thread.
    outboxIdentity(dataDir);
    this.#losses = new Map(readLosses(dataDir));
    const { lastSeq, samples } = endOf(dataDir);
    this.#nextSeq = lastSeq + seqGap;
    this.#samples = samples;
    this.#writer = this.#begin();
    this.#beganMs = clock.monotonicMs();
  }

  /** What goes from now on. */
  setLimits(limits: OutboxLimits): void {
    this.#limits = limits;
  }

  /** A tick of the first `count` series in `refs`. Throws what the system throws; nothing is written then. */
  appendTick(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void {
    this.#rotate();
    this.#writer.appendTick(this.#nextSeq, timestampMs, refs.subarray(0, count), values);
    this.#appended(count);
  }

  /** The same for what a door has received. */
  appendReceived(samples: ReceivedSamples): void {
    this.#rotate();
    this.#writer.appendReceived(this.#nextSeq, samples);
    this.#appended(sampleCount(samples));
  }

  /**
   * What was appended is on the disk on return. Throws what the system throws, also where that is about a file that was ended since this or
   * `synced` was called last: so whoever acknowledges asks once for all that it has appended.
   */
  sync(): void {
    const error = this.#takeUnsynced();
    if (error !== null) throw error;
    this.#writer.sync();
  }

  /** Resolves when what was appended before is on the disk; rejects as `sync` throws. */
  synced(): Promise<void> {
    const error = this.#takeUnsynced();
    return error === null ? this.#writer.synced(this.#onSyncFailure) : Promise.reject(error);
  }

  /** Lets go of what is done with, and of what is too much; cheap, looks every few seconds. */
  maintain(nowMs: number): void {
    const { clock, dataDir } = this.#options;
    const { maxBytes, maxAgeMs } = this.#limits;
    if (clock.monotonicMs() - this.#upkeptMs < upkeepMs) return;
    this.#upkeptMs = clock.monotonicMs();
    const cursors = readCursors(dataDir);
    const segments = listSegments(dataDir).filter(({ firstSeq }) => firstSeq < this.#writer.segment.firstSeq);
    let bytes = segments.reduce((sum, { path }) => sum + segmentBytes(path), this.#writer.bytes);
    const oldestMs = this.#guard.trusts(nowMs) ? nowMs - maxAgeMs : -Infinity;
    for (const [i, segment] of segments.entries()) {
      const endSeq = segments[i + 1]?.firstSeq ?? this.#writer.segment.firstSeq;
      const isDone = cursors.done.size > 0 && cursors.done.values().every((seq) => seq >= endSeq - 1);
      const isTooMuch = bytes > maxBytes || segmentFacts(segment.path).toMs < oldestMs;
      if (!isDone && !isTooMuch) break;
      bytes -= segmentBytes(segment.path);
      if (!isDone) this.#noteLoss(segment, cursors);
      if (cursors.damaged.has(basename(segment.path))) setSegmentAside(segment.path);
      else removeSegment(segment.path);
    }
  }

  stats(): OutboxStats {
    const segments = listSegments(this.#options.dataDir);
    return {
      bytes: segments.reduce((sum, { path }) => sum + segmentBytes(path), 0),
      segments: segments.length,
      samples: this.#samples,
      losses: this.#losses,
    };
  }

  close(): void {
    this.#writer.close();
  }

  #begin(): SegmentWriter {
    const { clock, dataDir } = this.#options;
    return new SegmentWriter(segmentAt(dataDir, this.#nextSeq), { beganMs: clock.nowMs(), samplesBefore: this.#samples });
  }

  #appended(samples: number): void {
    const { clock, onAppend } = this.#options;
    this.#nextSeq++;
    this.#samples += samples;
    onAppend?.();
    if (clock.monotonicMs() - this.#syncedMs < syncMs) return;
    this.#syncedMs = clock.monotonicMs();
    this.#writer.syncSoon(this.#onSyncFailure);
  }

  readonly #onSyncFailure = (error: Error): void =>
    this.#options.logger.error("the outbox could not be brought to the disk", { error });

  #rotate(): void {
    const { clock } = this.#options;
    const isFull = this.#writer.bytes >= (this.#options.segmentBytes ?? 8 * mib);
    const isOld = clock.monotonicMs() - this.#beganMs >= segmentAgeMsMax;
    if (!isFull && !isOld) return;
    // The new one first: as long as it cannot be begun, the old one is the newest, and the next append tries again.
    const next = this.#begin();
    const before = this.#writer;
    this.#writer = next;
    this.#beganMs = clock.monotonicMs();
    this.#end(before);
  }

  /**
   * What the disk does to the old file is no reason to be without a new one. Who waits for it is told by itself; what was appended to it and
   * is asked for only now would be taken for safe as soon as the new one is.
   */
  #end(before: SegmentWriter): void {
    try {
      before.sync();
    } catch (error) {
      this.#unsynced = error instanceof Error ? error : new Error(String(error));
      this.#options.logger.error("a file of the outbox was ended that is not on the disk: a power loss may take it", {
        path: before.segment.path,
        error,
      });
    }
    before.close();
  }

  #takeUnsynced(): Error | null {
    const error = this.#unsynced;
    this.#unsynced = null;
    return error;
  }

  #noteLoss({ path }: Segment, cursors: Cursors): void {
    const { annotate, dataDir, logger, node } = this.#options;
    const { fromMs, toMs } = segmentFacts(path);
    for (const [id, seq] of cursors.done) {
      const { samples } = countSamples(path, seq);
      if (samples === 0) continue;
      const before = this.#losses.get(id);
      // Files that follow each other are one loss, which goes on.
      const began = before !== undefined && fromMs - before.toMs <= segmentAgeMsMax ? before.fromMs : fromMs;
      this.#losses.set(id, { samples: (before?.samples ?? 0) + samples, fromMs: began, toMs });
      const title = `${samples} samples were dropped before ${id} took them`;
      logger.warn(title, { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() });
      annotate({ kind: "gap", title, timestampMs: fromMs, endMs: toMs, node });
    }
    writeLosses(dataDir, this.#losses);
  }
}

/** The greatest number that was ever given out, as far as anybody knows, and how many samples were put in up to there. */
function endOf(dataDir: string): { readonly lastSeq: number; readonly samples: number } {
  const newest = listSegments(dataDir).at(-1);
  // What is in a file that was set aside is not known; it has less than a gap's records.
  const aside = listAsideSeqs(dataDir).map((firstSeq) => firstSeq + seqGap);
  const known = Math.max(0, ...readCursors(dataDir).done.values(), ...aside);
  if (newest === undefined) return { lastSeq: known, samples: 0 };
  const { samples, lastSeq } = countSamples(newest.path, 0);
  return {
    lastSeq: Math.max(known, lastSeq ?? newest.firstSeq),
    samples: segmentFacts(newest.path).samplesBefore + samples,
  };
}
