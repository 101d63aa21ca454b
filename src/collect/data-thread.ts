/** The data thread's entry: the store's only writer, ticking, answering `CollectApi` on its port. */
import type { MessagePort } from "node:worker_threads";
import { systemClock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import { engineOf } from "../core/engine-of.ts";
import type { DestinationFacts } from "../core/forward.ts";
import type { PortLogger } from "../io/logger-port.ts";
import { serveCalls } from "../io/rpc.ts";
import { publishThread, readThreads, type ThreadTable } from "../io/thread-stats.ts";
import { sendEvent } from "../io/worker-thread.ts";
import { type AppendCount, countAppended } from "../store/outbox/appended.ts";
import type { Outbox } from "../store/outbox/outbox.ts";
import { OutboxOutlet } from "../store/outbox/outlet.ts";
import { openEngineWriter } from "../store/remote/engine-writer.ts";
import { openWriter } from "../store/writer.ts";
import type { CollectApi } from "./api.ts";
import { outboxLimitsOf } from "./forward/configured.ts";
import { forwardFactsOf } from "./forward/forward-facts.ts";
import { type IntakeTable, readIntake, setOldestStored } from "./intake/intake-table.ts";
import { createAgentReading } from "./agent-reading.ts";
import { createCollectService } from "./collect-service.ts";

export interface DataThreadOptions {
  readonly domains: readonly Domain[];
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  readonly threads: ThreadTable;
  readonly intake: IntakeTable;
  readonly appended: AppendCount;
  /** A hub: it watches over its agents from the start. */
  readonly everyNode: boolean;
  readonly logger: PortLogger;
  readonly port: MessagePort;
}

export function runDataThread(options: DataThreadOptions): void {
  const { domains, config, node, dataDir, threads, intake, appended, logger, port } = options;
  publishThread(threads, "data");
  let destinations: readonly DestinationFacts[] = [];
  /** Where an engine keeps the samples, the outbox is all that is written here. */
  let engineQueue: Outbox | null = null;
  const outlet = new OutboxOutlet({
    dataDir,
    node,
    clock: systemClock,
    logger,
    annotate: (annotation) => service.annotate(annotation),
    onAppend: () => countAppended(appended),
  });
  const service = createCollectService({
    domains,
    config,
    node,
    logger,
    clock: systemClock,
    platform: process.platform,
    threads: () => readThreads(threads),
    intake: () => readIntake(intake),
    agents: createAgentReading({
      dataDir,
      mayHaveAgents: () => options.everyNode || readIntake(intake).doors.some(({ door }) => door === "agents"),
      logger,
    }),
    forward: () => forwardFactsOf(engineQueue === null ? outlet.stats() : { ...engineQueue.stats(), unsent: 0 }, destinations),
    onOldest: (oldestMs) => setOldestStored(intake, oldestMs),
    onTick: (event) => sendEvent(port, "tick", event),
    openWriter: (settings) => {
      const { retention_period_days: retentionDays, storage } = settings;
      const limits = outboxLimitsOf(settings);
      const { max_series: maxSeries, max_series_per_node: maxSeriesPerNode } = storage;
      const common = { dataDir, node, clock: systemClock, logger, retentionDays, maxSeries, maxSeriesPerNode };
      if (engineOf(settings) !== null && limits !== null) {
        const writer = openEngineWriter({ ...common, ...limits, onAppend: () => countAppended(appended) });
        engineQueue = writer.outbox;
        return writer;
      }
      const writer = openWriter({
        ...common,
        maxBytes: storage.max_bytes,
        minuteDays: storage.tiers.minute_days,
        hourDays: storage.tiers.hour_days,
        outlet,
      });
      outlet.reconfigure(limits, { catalogueIsNew: writer.stats().series === 0 });
      return writer;
    },
  });
  serveCalls(port, {
    ...service,
    reconfigure: async (next) => {
      logger.setLevel(next.logging.level);
      if (engineQueue === null) outlet.reconfigure(outboxLimitsOf(next));
      await service.reconfigure(next);
    },
    reportForward: (facts) => {
      destinations = facts;
    },
  } satisfies CollectApi);
}
