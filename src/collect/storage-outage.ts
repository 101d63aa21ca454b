/** What the scheduler tells while the store refuses ticks, because its disk is full: once at the begin, and once at the end. */
import type { Clock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { SampleWriter } from "../core/storage.ts";
import type { AbsenceRegister } from "./absence-register.ts";

/** Under this name the outage is among the absences, where the dashboard and `doctor` show it. */
const collector = "store";
const source = "disk";

export interface StorageOutageOptions {
  readonly writer: Pick<SampleWriter, "annotate">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly node: string;
}

interface Outage {
  readonly sinceMs: number;
  readonly startedMs: number;
  ticks: number;
}

export class StorageOutage {
  readonly #options: StorageOutageOptions;
  readonly #absences: AbsenceRegister;
  #outage: Outage | null = null;

  constructor(absences: AbsenceRegister, options: StorageOutageOptions) {
    this.#absences = absences;
    this.#options = options;
  }

  /** A tick was refused. Returns whether it is known why, and was said. */
  refused(timestampMs: number, error: unknown): boolean {
    if (!(error instanceof ChainPulseError) || error.code !== "STORE_FULL") return false;
    const { clock, logger } = this.#options;
    if (this.#outage === null) {
      this.#outage = { sinceMs: timestampMs, startedMs: clock.monotonicMs(), ticks: 0 };
      logger.error("the disk is full: nothing is stored until it has room", { error });
      const fix = error.fix === undefined ? {} : { fix: error.fix };
      this.#absences.report(collector, source, [], { reason: "limit_reached", detail: error.message, ...fix }, timestampMs);
    }
    this.#outage.ticks++;
    return true;
  }

  /** A tick was stored. */
  stored(timestampMs: number): void {
    if (this.#outage === null) return;
    const { clock, logger, node, writer } = this.#options;
    const { sinceMs, startedMs, ticks } = this.#outage;
    this.#outage = null;
    this.#absences.clear(collector, source);
    const seconds = Math.round((clock.monotonicMs() - startedMs) / 1000);
    logger.info("the disk has room again: ticks are stored", { seconds, ticks });
    const title = `The disk was full: nothing was stored for ${seconds} s`;
    try {
      writer.annotate({ kind: "gap", title, timestampMs: sinceMs, endMs: timestampMs, node });
    } catch (error) {
      // The tick is stored, and the log says the same.
      logger.error("the gap could not be marked", { error });
    }
  }
}
