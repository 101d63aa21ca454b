/**
 * One collector under the scheduler's care: when it is due, its time-out, its breaker and its figures. It never throws:
 * a source that fails, hangs or answers slowly is isolated here and shown.
 */
import type { Clock } from "../core/clock.ts";
import type { CollectContext, Collector, CollectorDeclaration } from "../core/collector.ts";
import type { Logger } from "../core/logger.ts";
import type { CollectorFacts } from "../core/runtime.ts";
import type { CollectorState, CollectorStatus } from "./api.ts";
import type { SeriesGroup } from "./series-table.ts";

/** Failures in a row that open the breaker. */
const breakerFailures = 5;
/** An open breaker lets one attempt through after 2, 4, 8 … intervals, at the latest after this. */
const breakerPauseMsMax = 60_000;
/** A run that has not come back by then counts as failed; the next one starts only after it has come back. */
const runTimeoutMs = 10_000;

export class CollectorRun {
  readonly declaration: CollectorDeclaration;
  readonly group: SeriesGroup;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #platform: NodeJS.Platform;
  #collector: Collector | null = null;
  #running = false;
  #startedMs: number | null = null;
  #lastRunMs: number | null = null;
  #dueMs = 0;
  #durationSeconds: number | null = null;
  #failuresInRow = 0;
  #runs = 0;
  #failures = 0;
  #error: string | null = null;

  constructor(
    declaration: CollectorDeclaration,
    group: SeriesGroup,
    options: { readonly clock: Clock; readonly logger: Logger; readonly platform: NodeJS.Platform },
  ) {
    this.declaration = declaration;
    this.group = group;
    this.#clock = options.clock;
    this.#logger = options.logger.child({ collector: declaration.id });
    this.#platform = options.platform;
  }

  get supported(): boolean {
    return this.declaration.platforms?.includes(this.#platform) ?? true;
  }

  async open(context: CollectContext): Promise<void> {
    if (!this.supported) return;
    try {
      this.#collector = await this.declaration.open(context);
    } catch (error) {
      this.#failed(error);
    }
  }

  async close(): Promise<void> {
    const collector = this.#collector;
    this.#collector = null;
    try {
      await collector?.close?.();
    } catch (error) {
      this.#logger.warn("collector did not close cleanly", { error });
    }
  }

  /** Runs it if it is due. A collector that answers later writes its samples then; they go out with the next commit. */
  tick(timestampMs: number, intervalMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#running) return this.#watch(nowMs);
    if (this.#collector === null || !this.#isDue(nowMs, intervalMs)) return;
    const elapsedSeconds = this.#startedMs === null ? null : (nowMs - this.#startedMs) / 1000;
    this.#startedMs = nowMs;
    this.#lastRunMs = timestampMs;
    this.#runs++;
    this.#dueMs = nowMs + (this.declaration.intervalMs ?? 0);
    try {
      const pending = this.#collector.collect({ timestampMs, elapsedSeconds });
      if (pending === undefined) return this.#succeeded(nowMs);
      this.#running = true;
      pending.then(
        () => this.#returned(() => this.#succeeded(nowMs)),
        (error: unknown) => this.#returned(() => this.#failed(error)),
      );
    } catch (error) {
      this.#failed(error);
    }
  }

  get state(): CollectorState {
    if (!this.supported) return "unsupported";
    if (this.#failuresInRow >= breakerFailures) return "open";
    if (this.#failuresInRow > 0) return "failing";
    return this.#durationSeconds === null ? "idle" : "ok";
  }

  status(): CollectorStatus {
    return {
      id: this.declaration.id,
      title: this.declaration.title,
      state: this.state,
      lastRunMs: this.#lastRunMs,
      lastDurationSeconds: this.#durationSeconds,
      series: this.group.size,
      error: this.#error,
    };
  }

  facts(): CollectorFacts {
    return {
      id: this.declaration.id,
      durationSeconds: this.#durationSeconds,
      succeeded: this.#failuresInRow === 0,
      runs: this.#runs,
      failures: this.#failures,
      series: this.group.size,
    };
  }

  /**
   * Half a tick of tolerance: a timer that fires a little early must not cost a slow collector a whole tick. One without an interval
   * of its own runs at every tick, however soon.
   */
  #isDue(nowMs: number, intervalMs: number): boolean {
    return nowMs >= this.#dueMs - (this.#failuresInRow < breakerFailures ? intervalMs / 2 : 0);
  }

  #watch(nowMs: number): void {
    if (this.#startedMs !== null && nowMs - this.#startedMs > runTimeoutMs && this.#error === null) {
      this.#failed(new Error(`no answer within ${runTimeoutMs / 1000} s`));
    }
  }

  #returned(settle: () => void): void {
    this.#running = false;
    settle();
  }

  #succeeded(startedMs: number): void {
    this.#durationSeconds = (this.#clock.monotonicMs() - startedMs) / 1000;
    this.group.ran = true;
    if (this.#failuresInRow > 0) this.#logger.info("collector works again");
    this.#failuresInRow = 0;
    this.#error = null;
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    // What it wrote before it failed is true and stays; what it did not write is stale.
    this.group.ran = true;
    this.#failures++;
    this.#failuresInRow++;
    if (message !== this.#error) this.#logger.warn("collector failed", { error });
    this.#error = message;
    if (this.#failuresInRow < breakerFailures) return;
    const intervalMs = this.declaration.intervalMs ?? 1000;
    const pauseMs = Math.min(breakerPauseMsMax, intervalMs * 2 ** (this.#failuresInRow - breakerFailures + 1));
    this.#dueMs = this.#clock.monotonicMs() + pauseMs;
  }
}
