/**
 * The intake thread's entry: decompresses and decodes what others send. Hostile input can cost this thread, which is then started anew;
 * what it has acknowledged is with the data thread.
 */
import type { MessagePort } from "node:worker_threads";
import { systemClock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { ObserverDeclaration } from "../../core/observer.ts";
import type { PortLogger } from "../../io/logger-port.ts";
import { connectCalls, serveCalls } from "../../io/rpc.ts";
import { publishThread, type ThreadTable } from "../../io/thread-stats.ts";
import type { IntakeApi, ReceiveApi } from "./api.ts";
import { hasTelemetry } from "../../store/beside/telemetry-files.ts";
import { openTelemetryStore, type TelemetryStore } from "../../store/beside/telemetry-store.ts";
import { createIntakeService } from "./intake-service.ts";
import { type IntakeTable, oldestStoredMs, setBeside, setSeriesHeld } from "./intake-table.ts";
import { createPortSink } from "./port-sink.ts";

/** Clocks of senders that are ahead by more are wrong. What is newer would hide what comes after it from "the newest value". */
const aheadMsMax = 600_000;
const dayMs = 86_400_000;
/** A disk that stalls for some seconds is waited out; a data thread that does not answer for so long hangs. */
const dataTimeoutMs = 30_000;
const telemetryUpkeepMs = 10_000;
const doorUpkeepMs = 60_000;

export interface IntakeThreadOptions {
  readonly config: Config;
  readonly node: string;
  readonly dataDir: string;
  readonly threads: ThreadTable;
  readonly intake: IntakeTable;
  readonly loadObservers: () => Promise<readonly ObserverDeclaration[]>;
  /** Kinds of events that domains declare. */
  readonly eventKinds: readonly string[];
  readonly logger: PortLogger;
  readonly port: MessagePort;
  /** To the data thread. */
  readonly dataPort: MessagePort;
}

export function runIntakeThread(options: IntakeThreadOptions): void {
  const { threads, intake, logger, port, dataPort } = options;
  publishThread(threads, "intake");
  let { config } = options;
  let telemetry: TelemetryStore | null = null;
  const openTelemetry = (): TelemetryStore => {
    const { dataDir } = options;
    const store = openTelemetryStore({ dataDir, clock: systemClock, logger, limits: config.telemetry });
    const keepUp = (): void => {
      store.maintain();
      const { traces, logs, exemplars, metadata, events, failed } = store.stats();
      const bytes = {
        traces: traces.bytes,
        logs: logs.bytes,
        exemplars: exemplars.bytes,
        metadata: metadata.bytes,
        events: events.bytes,
      };
      setBeside(intake, bytes, failed);
    };
    keepUp();
    setInterval(keepUp, telemetryUpkeepMs).unref();
    return store;
  };
  // What was stored by an earlier run is looked after also when no more comes.
  if (hasTelemetry(options.dataDir)) telemetry = openTelemetry();
  setSeriesHeld(intake, 0);
  const data = connectCalls<ReceiveApi>(dataPort, { name: "data", timeoutMs: dataTimeoutMs, givesArguments: true });
  const service = createIntakeService({
    config,
    node: options.node,
    dataDir: options.dataDir,
    annotate: (annotation) => {
      data.annotate(annotation).catch((error: unknown) => logger.error("a mark could not be put", { error }));
    },
    loadObservers: options.loadObservers,
    eventKinds: options.eventKinds,
    observed: (change) => data.observed(change),
    table: intake,
    clock: systemClock,
    logger,
    telemetry: () => (telemetry ??= openTelemetry()),
    sink: createPortSink({
      data,
      // Where the store is past its size, files go before that age, and nothing can be stored of their time.
      oldestAcceptedMs: () => Math.max(systemClock.nowMs() - config.retention_period_days * dayMs, oldestStoredMs(intake)),
      newestAcceptedMs: () => systemClock.nowMs() + aheadMsMax,
      onHeld: (series) => setSeriesHeld(intake, series),
      logger,
    }),
  });
  serveCalls(port, {
    receive: (door, request) => service.receive(door, request),
    reconfigure: async (next) => {
      config = next;
      logger.setLevel(next.logging.level);
      await service.reconfigure(next);
    },
    observe: () => service.observe(),
    endObserving: () => service.endObserving(),
    scrapeTargets: (query) => service.scrapeTargets(query),
    scrapeMetadata: (query) => service.scrapeMetadata(query),
  } satisfies IntakeApi);
  setInterval(() => service.keepUp(), doorUpkeepMs).unref();
  service.start().catch((error: unknown) => logger.error("nothing is scraped", { error }));
}
