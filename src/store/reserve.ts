/**
 * What the writer does about a full disk. While there is room it keeps a reserve: a file of real bytes. When a write fails for want of
 * room, the reserve is given back to the disk, so that sealing, checkpoints, retention and the state file, which make the store smaller
 * or safer, can go on; ticks are refused until the disk has room again, or else they would use the reserve up within minutes.
 *
 * Ticks are tried again when the file system says that there is room, and the state ends when one of them was stored: the file
 * system's figures say nothing of quotas and inodes.
 */
import { randomFillSync } from "node:crypto";
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import { isDiskFull } from "./database.ts";

const mib = 1024 * 1024;
/** An hour of 1,500 series being sealed, merged and summarised takes about half of it. */
const reserveBytes = 8 * mib;
/** What must be free besides before a reserve is made: on a small disk it would be what fills it. */
const roomForReserve = 64 * mib;
/** What must be free besides the reserve before ticks are taken again. */
const roomForTicks = 16 * mib;
/** On disks below this size it is a share of them. */
const smallDiskBytes = 256 * mib;
const smallDiskShare = 0.05;
/** Pause after a try that failed, ms. */
const retryMs = 5000;
/** Pause between two looks whether a reserve can be made, ms. */
const lookMs = 60_000;

export interface ReserveOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function reservePath(dataDir: string): string {
  return join(dataDir, "reserve");
}

/** Runs `work`, and again with the reserve's room where the disk has none: for opening and closing, which write little, but not nothing. */
export function withRoom<T>(dataDir: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isDiskFull(error) || !releaseReserve(dataDir)) throw error;
    return work();
  }
}

/** Gives what is there of a reserve back to the disk. Returns whether there was any. */
function releaseReserve(dataDir: string): boolean {
  const path = reservePath(dataDir);
  const was = statSync(path, { throwIfNoEntry: false }) !== undefined;
  rmSync(path, { force: true });
  return was;
}

export class Reserve {
  readonly #options: ReserveOptions;
  #isFull = false;
  /** Not before this, by the monotonic clock. */
  #nextTryMs = -Infinity;
  #nextLookMs: number;
  #isMade: boolean;

  constructor(options: ReserveOptions) {
    this.#options = options;
    // Not at once: who opens a store to put an hour of samples in has no use for it.
    this.#nextLookMs = options.clock.monotonicMs() + lookMs;
    this.#isMade = statSync(reservePath(options.dataDir), { throwIfNoEntry: false })?.size === reserveBytes;
  }

  /** Whether a write has failed for want of room, and no tick was stored since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether it is worth to try and store a tick. */
  get admits(): boolean {
    return !this.#isFull || (this.#options.clock.monotonicMs() >= this.#nextTryMs && this.#hasRoom());
  }

  /** A write has failed for want of room. */
  reportFull(): void {
    this.#isFull = true;
    this.#nextTryMs = this.#options.clock.monotonicMs() + retryMs;
    this.#isMade = false;
    releaseReserve(this.#options.dataDir);
  }

  /** A tick was stored. */
  reportStored(): void {
    this.#isFull = false;
  }

  /** Makes the reserve where there is none and room for it, in steps of some milliseconds. */
  *make(): Generator<void> {
    const { dataDir, clock, logger } = this.#options;
    if (this.#isMade || this.#isFull || clock.monotonicMs() < this.#nextLookMs) return;
    this.#nextLookMs = clock.monotonicMs() + lookMs;
    if (freeBytes(dataDir).free < reserveBytes + roomForReserve) return;
    try {
      yield* fill(reservePath(dataDir));
      this.#isMade = true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      releaseReserve(dataDir);
      logger.info("there is no room for a reserve on the disk", { error });
    }
  }

  /** A stopped store takes no room for it, unless there is so little that the next start may need it. */
  close(): void {
    if (freeBytes(this.#options.dataDir).free >= roomForTicks) releaseReserve(this.#options.dataDir);
  }

  #hasRoom(): boolean {
    const { free, size } = freeBytes(this.#options.dataDir);
    const released = size < reserveBytes + roomForReserve ? 0 : reserveBytes;
    return free >= released + (size < smallDiskBytes ? size * smallDiskShare : roomForTicks);
  }
}

/** Random bytes: zeros would take no room on a file system that compresses, or that keeps holes. */
function* fill(path: string): Generator<void> {
  const file = openSync(path, "w", 0o600);
  try {
    const bytes = new Uint8Array(mib);
    for (let written = 0; written < reserveBytes;) {
      randomFillSync(bytes);
      // A disk that fills up takes a part first, and refuses the next one.
      written += writeSync(file, bytes, 0, Math.min(mib, reserveBytes - written));
      yield;
    }
  } finally {
    closeSync(file);
  }
}

/** For who is not root: what only root may fill is not free. */
function freeBytes(dataDir: string): { readonly free: number; readonly size: number } {
  const { bavail, blocks, bsize } = statfsSync(dataDir);
  return { free: bavail * bsize, size: blocks * bsize };
}
