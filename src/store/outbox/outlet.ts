/**
 * Where a store's writer hands on what it has stored: into the outbox while something is configured to be sent, nowhere otherwise. The
 * store comes first: what it refuses is not sent either.
 */
import { rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { ChainPulseError } from "../../core/errors.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import { storeError } from "../database.ts";
import { Outbox, type OutboxLimits, type OutboxOptions, type OutboxStats } from "./outbox.ts";
import { listSegments, outboxDir, setSegmentAside } from "./segment-files.ts";

/** What a store's writer knows of it. */
export interface SampleOutlet {
  /** A tick was stored. */
  tick(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void;
  /** Something was received and stored. Throws `STORE_FULL`: who sent it is not told that it is stored, and keeps it. */
  received(samples: ReceivedSamples): void;
  /** What was handed on is on the disk on return. */
  sync(): void;
  /** Resolves when what was handed on before is on the disk. */
  synced(): Promise<void>;
  maintain(nowMs: number): void;
  close(): void;
}

export interface OutletStats extends OutboxStats {
  /** Samples that are stored and are not sent on, because the outbox had no room for them, since the start. */
  readonly unsent: number;
}

export class OutboxOutlet implements SampleOutlet {
  readonly #options: Omit<OutboxOptions, keyof OutboxLimits>;
  #outbox: Outbox | null = null;
  /** `undefined` before it was configured. */
  #limits: OutboxLimits | null | undefined;
  #unsent = 0;
  #isFailing = false;
  /** Why there is no outbox yet, although there is something to be sent. */
  #noRoom: ChainPulseError | null = null;

  constructor(options: Omit<OutboxOptions, keyof OutboxLimits>) {
    this.#options = options;
  }

  /**
   * `null`: nothing is configured to be sent. What was waiting for a destination that is gone goes with it. `catalogueIsNew`: series have
   * begun to be numbered anew, so what is still there would be sent under wrong names; it is set aside. Throws `STORE_*`, but not for a full
   * disk: what is measured is stored without being sent on until there is room.
   */
  reconfigure(limits: OutboxLimits | null, { catalogueIsNew = false } = {}): void {
    if (this.#limits !== undefined && isDeepStrictEqual(limits, this.#limits)) return;
    if (limits !== null && this.#outbox !== null) {
      // It goes on in the file where it is: another one would have to be begun, and what waits for this one to be on the disk would not.
      this.#outbox.setLimits(limits);
      this.#limits = limits;
      return;
    }
    const { dataDir } = this.#options;
    this.close();
    this.#guard("open", () => {
      if (catalogueIsNew) for (const { path } of listSegments(dataDir)) setSegmentAside(path);
      if (limits === null) rmSync(outboxDir(dataDir), { recursive: true, force: true });
    });
    if (limits !== null) this.#open(limits);
    this.#limits = limits;
  }

  /** `null` while nothing is sent. */
  stats(): OutletStats | null {
    return this.#outbox === null ? null : { ...this.#outbox.stats(), unsent: this.#unsent };
  }

  tick(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void {
    try {
      if (this.#noRoom !== null) throw this.#noRoom;
      this.#outbox?.appendTick(timestampMs, refs, values, count);
      this.#isFailing = false;
    } catch (error) {
      this.#unsent += count;
      if (!this.#isFailing)
        this.#options.logger.error("the outbox takes no samples: they are stored and not sent on", { error });
      this.#isFailing = true;
    }
  }

  received(samples: ReceivedSamples): void {
    if (this.#noRoom !== null) throw this.#noRoom;
    this.#guard("write to", () => this.#outbox?.appendReceived(samples));
  }

  sync(): void {
    this.#guard("write to", () => this.#outbox?.sync());
  }

  async synced(): Promise<void> {
    try {
      await this.#outbox?.synced();
    } catch (error) {
      throw storeError(error, outboxDir(this.#options.dataDir), "write to");
    }
  }

  maintain(nowMs: number): void {
    if (this.#noRoom !== null && this.#limits) this.#open(this.#limits);
    this.#guard("write to", () => this.#outbox?.maintain(nowMs));
  }

  close(): void {
    this.#outbox?.close();
    this.#outbox = null;
    this.#limits = undefined;
    this.#noRoom = null;
  }

  #open(limits: OutboxLimits): void {
    try {
      this.#guard("open", () => (this.#outbox = new Outbox({ ...this.#options, ...limits })));
      this.#noRoom = null;
    } catch (error) {
      if (!(error instanceof ChainPulseError) || error.code !== "STORE_FULL") throw error;
      this.#noRoom = error;
    }
  }

  #guard(doing: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      throw storeError(error, outboxDir(this.#options.dataDir), doing);
    }
  }
}
