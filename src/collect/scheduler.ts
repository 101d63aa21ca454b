/**
 * Ticks: at each one every due collector runs, and what they wrote is committed as one row. Ticks fall on whole multiples of the
 * interval, so that the samples of several nodes line up; the first two come at once and 250 ms later, so that a chart has
 * its first line before the user has found it.
 */
import type { AgentRecord } from "../core/agent-record.ts";
import type { Clock } from "../core/clock.ts";
import type { CollectContext, CollectorDeclaration } from "../core/collector.ts";
import type { Config } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import type { ForwardFacts } from "../core/forward.ts";
import type { IntakeFacts } from "../core/intake.ts";
import type { Logger } from "../core/logger.ts";
import type { CollectorFacts, RuleGroupFacts, RuntimeFacts, ThreadFacts, TickFacts } from "../core/runtime.ts";
import type { SampleWriter } from "../core/storage.ts";
import { AbsenceRegister } from "./absence-register.ts";
import type { TickEvent } from "./api.ts";
import { CollectorRun } from "./collector-run.ts";
import type { TickPlan } from "./rule-sample-writer.ts";
import { SeriesRefusals } from "./series-refusals.ts";
import { type Row, SeriesTable } from "./series-table.ts";
import { StorageOutage } from "./storage-outage.ts";

const secondTickMs = 250;
/** A clock set back by up to this is waited out: a minute's gap. By more, the store goes on from the new time. */
const waitOutMs = 60_000;

export interface SchedulerOptions {
  readonly domains: readonly Domain[];
  /** What writes what the domains' observers hold. */
  readonly observed: readonly CollectorDeclaration[];
  readonly config: Config;
  readonly node: string;
  readonly writer: Pick<SampleWriter, "resolve" | "release" | "commit" | "rewind" | "annotate" | "stats">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly platform: NodeJS.Platform;
  readonly threads: () => readonly ThreadFacts[];
  readonly rules: () => readonly RuleGroupFacts[];
  readonly intake: () => IntakeFacts;
  readonly agents: () => readonly AgentRecord[];
  readonly forward: () => ForwardFacts | null;
  readonly onTick: (event: TickEvent) => void;
}

export class Scheduler implements TickPlan {
  readonly #options: SchedulerOptions;
  readonly #table: SeriesTable;
  readonly #absences = new AbsenceRegister();
  readonly #refusals: SeriesRefusals;
  readonly #outage: StorageOutage;
  readonly #runs: readonly CollectorRun[];
  #timer: NodeJS.Timeout | undefined;
  #plannedMs: number | null = null;
  /** Who waits for the next tick to be over. */
  #waiting: (() => void)[] = [];
  #lastTickMs: number | null = null;
  #tick: Omit<TickFacts, "samplesRefused"> = { latenessSeconds: 0, durationSeconds: 0, missed: 0, ticks: 0 };

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#table = new SeriesTable(options.writer, options.node);
    this.#refusals = new SeriesRefusals(this.#table, this.#absences, options);
    this.#outage = new StorageOutage(this.#absences, options);
    this.#runs = [...options.domains.flatMap((domain) => domain.collectors), ...options.observed].map(
      (declaration) => new CollectorRun(declaration, this.#table.group(declaration.id), options),
    );
  }

  /** Opens all collectors; a slow one does not hold up the others' first tick. */
  open(): Promise<unknown> {
    return Promise.all(this.#runs.map((run) => run.open(this.#context(run))));
  }

  start(): void {
    this.tick(this.#options.clock.nowMs());
    this.#plannedMs = this.#options.clock.nowMs() + secondTickMs;
    this.#timer = setTimeout(() => {
      this.tick(this.#options.clock.nowMs());
      this.#planNext();
    }, secondTickMs);
  }

  /** Ends collection: what was alive is marked stale, so that nothing shows a value that nobody reads any more. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#runs.map((run) => run.close()));
    this.#table.end();
    const row = this.#table.take();
    const newestMs = Math.max(this.#lastTickMs ?? 0, this.#options.writer.stats().newestMs ?? 0);
    this.#commit(Math.max(this.#options.clock.nowMs(), newestMs + 1), row);
    // Gives up what has ended: whoever collects next holds it anew.
    this.#table.take();
    this.#plannedMs = null;
    this.#wake();
  }

  get plannedMs(): number | null {
    return this.#plannedMs;
  }

  afterTick(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  get absences(): AbsenceRegister {
    return this.#absences;
  }

  get runs(): readonly CollectorRun[] {
    return this.#runs;
  }

  get lastTickMs(): number | null {
    return this.#lastTickMs;
  }

  get series(): number {
    return this.#table.size;
  }

  /** One tick with this timestamp. While the wall clock, set back by a little, has not passed the last tick, ticks are left out. */
  tick(plannedMs: number): void {
    const { clock, config } = this.#options;
    const timestampMs = Math.trunc(plannedMs);
    if (!this.#advances(timestampMs)) {
      this.#tick = { ...this.#tick, missed: this.#tick.missed + 1 };
      return;
    }
    const startedMs = clock.monotonicMs();
    const latenessSeconds = Math.max(0, clock.nowMs() - plannedMs) / 1000;
    for (const run of this.#runs) run.tick(timestampMs, config.sampling_interval_ms);
    const row = this.#table.take();
    for (const run of this.#runs) run.group.ran = false;
    this.#refusals.report();
    if (!this.#commit(timestampMs, row)) {
      this.#tick = { ...this.#tick, missed: this.#tick.missed + 1 };
      return;
    }
    this.#lastTickMs = timestampMs;
    const durationSeconds = (clock.monotonicMs() - startedMs) / 1000;
    this.#tick = { ...this.#tick, latenessSeconds, durationSeconds, ticks: this.#tick.ticks + 1 };
    this.#options.onTick({ timestampMs, samples: row.count });
  }

  /** Returns whether the row is stored; otherwise the log says why. */
  #commit(timestampMs: number, { refs, values, count }: Row): boolean {
    const { writer, logger } = this.#options;
    try {
      if (count > 0) writer.commit(timestampMs, refs, values, count);
    } catch (error) {
      if (!this.#outage.refused(timestampMs, error)) logger.error("tick was not stored", { error, timestampMs });
      return false;
    }
    this.#outage.stored(timestampMs);
    return true;
  }

  /** Whether a tick at this time can be stored; a clock set back by much is taken over, and marked on the time axis. */
  #advances(timestampMs: number): boolean {
    const { writer, logger, node } = this.#options;
    const newestMs = this.#lastTickMs ?? writer.stats().newestMs;
    if (newestMs === null || timestampMs > newestMs) return true;
    if (newestMs - timestampMs <= waitOutMs) return false;
    const title = `The clock was set back by ${Math.round((newestMs - timestampMs) / 1000)} s`;
    logger.warn(title);
    try {
      writer.rewind(timestampMs);
      writer.annotate({ kind: "clock", title, timestampMs, node });
      return true;
    } catch (error) {
      if (!this.#outage.refused(timestampMs, error))
        logger.error("the store could not follow the clock", { error, timestampMs });
      return false;
    }
  }

  #planNext(): void {
    const intervalMs = this.#options.config.sampling_interval_ms;
    const nowMs = this.#options.clock.nowMs();
    const plannedMs = Math.floor(nowMs / intervalMs + 1) * intervalMs;
    this.#plannedMs = plannedMs;
    this.#wake();
    this.#timer = setTimeout(() => {
      // Timers may fire a millisecond early; what counts is that the time is not before the plan.
      const lateMs = this.#options.clock.nowMs() - plannedMs;
      const missed = Math.max(0, Math.floor(lateMs / intervalMs));
      if (missed > 0) this.#tick = { ...this.#tick, missed: this.#tick.missed + missed };
      this.tick(plannedMs + missed * intervalMs);
      this.#planNext();
    }, plannedMs - nowMs);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #context(run: CollectorRun): CollectContext {
    const { config, clock, node, writer } = this.#options;
    const id = run.declaration.id;
    return {
      config,
      logger: this.#options.logger.child({ collector: id }),
      runtime: this.#runtime(),
      series: (metric, labels) => this.#table.handle(run.group, metric, labels),
      absent: (source, metrics, absence) => this.#absences.report(id, source, metrics, absence, clock.nowMs()),
      present: (source) => this.#absences.clear(id, source),
      annotate: (annotation) => writer.annotate({ ...annotation, node }),
    };
  }

  #runtime(): RuntimeFacts {
    return {
      threads: this.#options.threads,
      collectors: (): readonly CollectorFacts[] => this.#runs.map((run) => run.facts()),
      tick: () => ({ ...this.#tick, samplesRefused: this.#table.samplesRefused }),
      store: () => this.#options.writer.stats(),
      rules: this.#options.rules,
      intake: this.#options.intake,
      agents: this.#options.agents,
      forward: this.#options.forward,
    };
  }
}
