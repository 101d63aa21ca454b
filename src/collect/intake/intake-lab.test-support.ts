/** The intake in one thread, for tests: its service over a real port, before a writer of the test's choice. */
import { MessageChannel } from "node:worker_threads";
import type { Clock } from "../../core/clock.ts";
import { type Config, configSchema } from "../../core/config.ts";
import type { Logger } from "../../core/logger.ts";
import type { SampleWriter } from "../../core/storage.ts";
import type { TelemetrySink } from "../../core/telemetry-sink.ts";
import { connectCalls } from "../../io/rpc.ts";
import { openTelemetryStore } from "../../store/beside/telemetry-store.ts";
import { ObservedBoard } from "../observed-board.ts";
import type { ReceiveApi } from "./api.ts";
import { createIntakeService, type IntakeService } from "./intake-service.ts";
import { createIntakeTable, type IntakeTable, oldestStoredMs, setOldestStored, setSeriesHeld } from "./intake-table.ts";
import { createPortSink } from "./port-sink.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { serveIntake } from "./receive-service.ts";
import type { IntakeSink } from "./sink.ts";

const dayMs = 86_400_000;

export interface IntakeLab {
  readonly service: IntakeService;
  readonly table: IntakeTable;
  readonly sink: IntakeSink;
  /** Tells the doors what the writer says of `oldestAcceptedMs`, as the data thread does every two seconds. */
  tellOldest(): void;
  close(): void;
}

export interface IntakeLabOptions {
  readonly writer: Pick<SampleWriter, "resolve" | "release" | "annotate" | "receive" | "oldestAcceptedMs" | "sync" | "synced">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dataDir: string;
  readonly config?: Config;
  /** Default: the real one, in the data directory. */
  readonly telemetry?: TelemetrySink;
}

export function openIntakeLab(options: IntakeLabOptions): IntakeLab {
  const { writer, clock, logger, dataDir, config = configSchema.parse({}) } = options;
  const { port1, port2 } = new MessageChannel();
  const table = createIntakeTable();
  const board = new ObservedBoard([], clock);
  serveIntake(port1, { writer, queue: new ReceiveQueue(writer, undefined, 0), board });
  const data = connectCalls<ReceiveApi>(port2, { name: "data", timeoutMs: 10_000, givesArguments: true });
  const sink = createPortSink({
    data,
    oldestAcceptedMs: () => Math.max(clock.nowMs() - config.retention_period_days * dayMs, oldestStoredMs(table)),
    newestAcceptedMs: () => clock.nowMs() + 600_000,
    onHeld: (series) => setSeriesHeld(table, series),
    logger,
  });
  let closeTelemetry = (): void => undefined;
  const openTelemetry = (): TelemetrySink => {
    const store = openTelemetryStore({ dataDir, clock, logger, limits: config.telemetry });
    closeTelemetry = () => store.close();
    return store;
  };
  let telemetry = options.telemetry;
  const service = createIntakeService({
    config,
    node: "node-1",
    sink,
    table,
    clock,
    logger,
    dataDir,
    annotate: (annotation) => writer.annotate(annotation),
    telemetry: () => (telemetry ??= openTelemetry()),
    loadObservers: () => Promise.resolve([]),
    eventKinds: [],
    observed: (change) => data.observed(change),
  });
  return {
    service,
    table,
    sink,
    tellOldest: () => setOldestStored(table, writer.oldestAcceptedMs()),
    close() {
      service.close();
      closeTelemetry();
      port1.close();
    },
  };
}
