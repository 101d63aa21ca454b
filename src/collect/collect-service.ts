/** What the data thread does: it owns the writer, runs the scheduler over it, and keeps the store in order between ticks. */
import type { Annotation, AnnotationKind } from "../core/annotation.ts";
import { ChainPulseError } from "../core/errors.ts";
import type { Config } from "../core/config.ts";
import type { SampleWriter } from "../core/storage.ts";
import { activeSinceSeries } from "../core/rule.ts";
import type { CollectApi } from "./api.ts";
import { ReceiveQueue } from "./intake/receive-queue.ts";
import { serveIntake } from "./intake/receive-service.ts";
import { ObservedBoard } from "./observed-board.ts";
import { RuleSampleWriter } from "./rule-sample-writer.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { withHolds } from "./series-holds.ts";

/** Time that upkeep may take at once, and the pause between two slices: a tick never waits longer than a slice. */
const upkeepSliceMs = 10;
const upkeepPauseMs = 2000;
const upkeepRetryMs = 30_000;

export interface CollectServiceOptions extends Omit<SchedulerOptions, "writer" | "rules" | "observed"> {
  /** Opens the store for writing. Errors: `STORE_*`. */
  readonly openWriter: (config: Config) => SampleWriter;
  /** Told again and again what the writer says of `oldestAcceptedMs`. */
  readonly onOldest: (oldestMs: number) => void;
}

interface Running {
  readonly writer: SampleWriter;
  readonly ruleSamples: RuleSampleWriter;
  readonly received: ReceiveQueue;
  /** `null` while the configuration says `enabled: false`. */
  scheduler: Scheduler | null;
  upkeep: NodeJS.Timeout | undefined;
}

export function createCollectService(options: CollectServiceOptions): Omit<CollectApi, "reportForward"> {
  let running: Running | null = null;
  // It outlives schedulers: what an observer holds does not depend on how often it is written.
  const board = new ObservedBoard(
    options.domains.flatMap(({ observers = [] }) => observers),
    options.clock,
  );

  const started = (): Running => {
    if (running === null) throw new ChainPulseError("UNAVAILABLE", "collection has not been started");
    return running;
  };
  const schedule = async (config: Config, { writer, ruleSamples }: Running): Promise<Scheduler | null> => {
    if (!config.enabled) return null;
    const scheduler = new Scheduler({
      ...options,
      config,
      writer,
      observed: board.collectors,
      rules: () => ruleSamples.groups,
    });
    await scheduler.open();
    scheduler.start();
    return scheduler;
  };
  const annotate = (kind: AnnotationKind, title: string): void =>
    started().writer.annotate({ kind, title, timestampMs: options.clock.nowMs(), node: options.node });
  /** A full disk is no reason not to start: what is stored is served, and ticks are stored once there is room. */
  const whereRoom = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ChainPulseError) || error.code !== "STORE_FULL") throw error;
      options.logger.error("the disk is full: the start is not marked", { error });
    }
  };
  const maintain = (): void => {
    const state = started();
    const pauseMs = upkeep(state.writer);
    state.upkeep = setTimeout(maintain, pauseMs);
  };
  /** Upkeep is what lets files go: what may still be received of their time is told right after it. */
  const keepUp = (writer: SampleWriter): boolean => {
    const more = writer.maintain(options.clock.nowMs(), upkeepSliceMs);
    options.onOldest(writer.oldestAcceptedMs());
    return more;
  };
  /** One slice; returns the pause until the next. A full disk fails here again and again: said once, tried on. */
  let upkeepError: string | null = null;
  const upkeep = (writer: SampleWriter): number => {
    try {
      const more = keepUp(writer);
      upkeepError = null;
      return more ? upkeepSliceMs : upkeepPauseMs;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== upkeepError) options.logger.error("the store could not be kept in order", { error });
      upkeepError = message;
      return upkeepRetryMs;
    }
  };

  return {
    open: () => {
      const writer = withHolds(options.openWriter(options.config));
      options.onOldest(writer.oldestAcceptedMs());
      running = {
        writer,
        ruleSamples: new RuleSampleWriter(writer),
        received: new ReceiveQueue(writer, {
          backlog: () => writer.backlog(),
          work: () => void keepUp(writer),
        }),
        scheduler: null,
        upkeep: undefined,
      };
      whereRoom(() => {
        // The state of alerts goes on from where it was; all else that was alive has ended with the process.
        writer.endLastRun(new Set([activeSinceSeries]));
        annotate("restart", "ChainPulse started");
      });
    },
    start: async () => {
      const state = started();
      state.scheduler = await schedule(options.config, state);
      state.upkeep = setTimeout(maintain, upkeepPauseMs);
    },
    status: () => {
      const { scheduler, writer } = started();
      return {
        collecting: scheduler !== null,
        lastTickMs: scheduler?.lastTickMs ?? null,
        series: scheduler?.series ?? 0,
        collectors: scheduler?.runs.map((run) => run.status()) ?? [],
        absences: scheduler?.absences.list() ?? [],
        store: writer.stats(),
        forward: options.forward(),
      };
    },
    storeRuleSamples: (batch) => started().ruleSamples.store(batch, () => started().scheduler),
    annotate: (annotation: Annotation) => started().writer.annotate(annotation),
    connectIntake: (port) => serveIntake(port, { writer: started().writer, queue: started().received, board }),
    reconfigure: async (config) => {
      const state = started();
      await state.scheduler?.stop();
      state.scheduler = await schedule(config, state);
      annotate("config", "Configuration changed");
    },
    stop: async () => {
      const state = started();
      clearTimeout(state.upkeep);
      try {
        await state.scheduler?.stop();
        state.received.finish();
      } finally {
        state.writer.close();
        running = null;
      }
    },
  };
}
