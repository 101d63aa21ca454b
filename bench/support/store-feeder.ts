/**
 * A writer under ingest, as the data thread runs it: ticks are committed one by one, and between them upkeep runs in slices. Time is
 * the data's, so that an hour passes in seconds. Each step is timed on the process's CPU and on the wall. (This thread's CPU alone would
 * be nearer to the point, but the kernel counts it by scheduler ticks of 4 ms: useless for a commit.)
 */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/core/clock.ts";
import type { Labels } from "../../src/core/labels.ts";
import type { SampleWriter, SeriesRef } from "../../src/core/storage.ts";
import { openWriter } from "../../src/store/writer.ts";
import { benchLogger } from "./bench-logger.ts";
import { round } from "./report.ts";
import type { Tick } from "./store-samples.ts";

/** As in `collect/collect-service.ts`: length of a slice, pause after it while there is more, pause when there is not. */
export const sliceMs = 10;
export const pauseMs = 2000;
/** Slices that the pauses leave room for in the second between two ticks. */
const slicesPerTick = 1000 / (2 * sliceMs);

/** What one kind of step has cost. CPU is that of the process: other threads may have compiled or collected garbage meanwhile. */
export interface StepCost {
  readonly count: number;
  readonly cpuSeconds: number;
  readonly longestMs: number;
  /** Without what other programs on the machine add. */
  readonly longestCpuMs: number;
}

export interface FeederOptions {
  readonly dataDir: string;
  readonly labels: readonly Labels[];
  /** What time it is before the first tick: the writer takes a clock that jumps for a wrong one. */
  readonly startMs: number;
  /**
   * Whether the log is brought to the disk once a second of the data, as in operation, or only once a real second, which is
   * faster. Default: true.
   */
  readonly syncs?: boolean;
  readonly retentionDays?: number;
}

/** For reports. */
export function roundedCost({ count, cpuSeconds, longestMs, longestCpuMs }: StepCost): Readonly<Record<string, number>> {
  return {
    count,
    microsMean: round((cpuSeconds * 1e6) / count),
    longestMs: round(longestMs),
    longestCpuMs: round(longestCpuMs),
  };
}

export class StoreFeeder {
  readonly #writer: SampleWriter;
  readonly #labels: readonly Labels[];
  readonly #refs: Uint32Array;
  readonly #refByRow = new Map<number, SeriesRef>();
  #commits = new Meter();
  #slices = new Meter();
  #closing = new Meter();
  #samples = 0;
  #wallMs: number;
  #idleSinceMs = -Infinity;

  /** Opens a writer with default options over the directory. */
  constructor(options: FeederOptions) {
    this.#wallMs = options.startMs;
    const clock: Clock = {
      nowMs: () => this.#wallMs,
      monotonicMs: () => performance.now() + (options.syncs === false ? 0 : this.#wallMs),
    };
    this.#labels = options.labels;
    this.#refs = new Uint32Array(options.labels.length);
    this.#writer = openWriter({
      dataDir: options.dataDir,
      logger: benchLogger,
      clock,
      retentionDays: options.retentionDays ?? 30,
      maxBytes: 2 ** 40,
    });
  }

  get samples(): number {
    return this.#samples;
  }

  /** Since the last call. Sealing and the other upkeep are counted in `upkeep`, what the end had left to do in `closing`. */
  takeCost(): { readonly append: StepCost; readonly upkeep: StepCost; readonly closing: StepCost } {
    const cost = { append: this.#commits.cost(), upkeep: this.#slices.cost(), closing: this.#closing.cost() };
    [this.#commits, this.#slices, this.#closing] = [new Meter(), new Meter(), new Meter()];
    return cost;
  }

  /** Feeds all ticks, with the upkeep that there is time for between them. */
  async feed(ticks: Iterable<Tick>): Promise<void> {
    for (const tick of ticks) {
      this.commit(tick);
      this.#keepUp();
      // Lets the log's sync, which runs beside, report back.
      await setImmediate();
    }
  }

  /** Commits one tick; time is the tick's from then on. A series is made when its first sample comes. */
  commit({ timestampMs, rows, values, count }: Tick): void {
    this.#wallMs = timestampMs;
    for (let i = 0; i < count; i++) this.#refs[i] = this.#refOf(rows[i] ?? 0);
    this.#commits.time(() => this.#writer.commit(timestampMs, this.#refs, values, count));
    this.#samples += count;
  }

  /** One slice of upkeep; whether there is more to do. */
  maintain(): boolean {
    return this.#slices.time(() => this.#writer.maintain(this.#wallMs, sliceMs));
  }

  /** All upkeep that is due by then. */
  restUntil(timeMs: number): void {
    this.#wallMs = timeMs;
    while (this.maintain());
  }

  close(): void {
    this.#closing.time(() => this.#writer.close());
  }

  #keepUp(): void {
    if (this.#wallMs - this.#idleSinceMs < pauseMs) return;
    for (let slice = 0; slice < slicesPerTick; slice++) {
      if (this.maintain()) continue;
      this.#idleSinceMs = this.#wallMs;
      return;
    }
  }

  #refOf(row: number): SeriesRef {
    let ref = this.#refByRow.get(row);
    if (ref === undefined) this.#refByRow.set(row, (ref = this.#writer.resolve(this.#labels[row] ?? {})));
    return ref;
  }
}

class Meter {
  #count = 0;
  #cpuMicros = 0;
  #longestMs = 0;
  #longestCpuMicros = 0;

  time<T>(work: () => T): T {
    const startMs = performance.now();
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    this.#count++;
    this.#cpuMicros += user + system;
    this.#longestCpuMicros = Math.max(this.#longestCpuMicros, user + system);
    this.#longestMs = Math.max(this.#longestMs, performance.now() - startMs);
    return result;
  }

  cost(): StepCost {
    return {
      count: this.#count,
      cpuSeconds: this.#cpuMicros / 1e6,
      longestMs: this.#longestMs,
      longestCpuMs: this.#longestCpuMicros / 1000,
    };
  }
}
