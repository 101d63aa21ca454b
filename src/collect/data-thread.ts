/** The data thread's entry: the store's only writer, ticking, answering `CollectApi` on its port. */
import type { MessagePort } from "node:worker_threads";
import { systemClock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import type { Domain } from "../core/domain.ts";
import type { PortLogger } from "../io/logger-port.ts";
import { serveCalls } from "../io/rpc.ts";
import { publishThread, readThreads, type ThreadTable } from "../io/thread-stats.ts";
import { sendEvent } from "../io/worker-thread.ts";
import { openWriter } from "../store/writer.ts";
import type { CollectApi } from "./api.ts";
import { createCollectService } from "./collect-service.ts";

export interface DataThreadOptions {
  readonly domains: readonly Domain[];
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  readonly threads: ThreadTable;
  readonly logger: PortLogger;
  readonly port: MessagePort;
}

export function runDataThread(options: DataThreadOptions): void {
  const { domains, config, node, dataDir, threads, logger, port } = options;
  publishThread(threads, "data");
  const service = createCollectService({
    domains,
    config,
    node,
    logger,
    clock: systemClock,
    platform: process.platform,
    threads: () => readThreads(threads),
    onTick: (event) => sendEvent(port, "tick", event),
    openWriter: ({ retention_period_days: retentionDays, storage }) =>
      openWriter({
        dataDir,
        clock: systemClock,
        logger,
        retentionDays,
        maxBytes: storage.max_bytes,
        maxSeries: storage.max_series,
        maxSeriesPerNode: storage.max_series_per_node,
        minuteDays: storage.tiers.minute_days,
        hourDays: storage.tiers.hour_days,
      }),
  });
  serveCalls(port, {
    ...service,
    reconfigure: async (next) => {
      logger.setLevel(next.logging.level);
      await service.reconfigure(next);
    },
  } satisfies CollectApi);
}
