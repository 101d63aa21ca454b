/**
 * The forward thread's entry: sends on what was committed. Hostile answers and slow servers can cost this thread, which is then started
 * anew and goes on where it was.
 */
import type { MessagePort } from "node:worker_threads";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { Metric } from "../../core/metric.ts";
import type { PortLogger } from "../../io/logger-port.ts";
import { type Remote, serveCalls } from "../../io/rpc.ts";
import { publishThread, type ThreadTable } from "../../io/thread-stats.ts";
import { type AppendCount, appendedSince, appendedSoFar } from "../../store/outbox/appended.ts";
import type { ForwardApi, ForwardHost } from "./api.ts";
import { createForwardService } from "./forward-service.ts";
import { createKnownMetrics } from "./known-metrics.ts";

export interface ForwardThreadOptions {
  readonly config: Config;
  readonly dataDir: string;
  readonly node: string;
  readonly threads: ThreadTable;
  readonly appended: AppendCount;
  /** All that are declared. */
  readonly metrics: readonly Metric[];
  readonly logger: PortLogger;
  readonly port: MessagePort;
  readonly host: Remote<ForwardHost>;
}

export function runForwardThread(options: ForwardThreadOptions): void {
  const { appended, host, logger, port } = options;
  /** What is told is told again, or not needed any more when the process ends. */
  const tell = (what: string, told: Promise<void>): void => {
    told.catch((error: unknown) => logger.debug("the main thread did not take what it was told", { what, error }));
  };
  publishThread(options.threads, "forward");
  const service = createForwardService({
    ...options,
    clock: systemClock,
    known: createKnownMetrics({ ...options, clock: systemClock }),
    appended: { count: () => appendedSoFar(appended), beyond: (count, signal) => appendedSince(appended, count, signal) },
    wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    random: Math.random,
    annotate: (annotation) => tell("annotate", host.annotate(annotation)),
    onEngineNewest: (timeMs) => tell("engineHas", host.engineHas(timeMs)),
    report: (facts) => tell("reportForward", host.reportForward(facts)),
  });
  serveCalls(port, {
    ...service,
    reconfigure: async (next) => {
      logger.setLevel(next.logging.level);
      await service.reconfigure(next);
    },
  } satisfies ForwardApi);
}
