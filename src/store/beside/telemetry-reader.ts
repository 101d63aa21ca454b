/** The reader of what is stored beside samples; lives in the query thread. Opens no file before somebody asks. */
import type { Logger } from "../../core/logger.ts";
import type { TelemetryReader } from "../../core/telemetry-reader.ts";
import { readEvents } from "./events/event-reader.ts";
import { LogReader } from "./log-reader.ts";
import { readExemplars, readMetadata } from "./side-readers.ts";
import { TraceReader } from "./trace-reader.ts";

/** Directories that are not there are empty ones. */
export function openTelemetryReader({
  dataDir,
  logger,
}: {
  readonly dataDir: string;
  readonly logger: Logger;
}): TelemetryReader {
  const traces = new TraceReader(dataDir, logger);
  const logs = new LogReader(dataDir, logger);
  return {
    traces: (filter, page, allowance) => traces.list(filter, page, allowance),
    trace: (traceId, wish, allowance) => traces.trace(traceId, wish, allowance),
    eachTrace: (traceIds, wish, allowance, visit) => traces.eachTrace(traceIds, wish, allowance, visit),
    columns: (traceId, rowsMax, allowance) => traces.columns(traceId, rowsMax, allowance),
    spans: (traceId, spanId, allowance) => traces.spans(traceId, spanId, allowance),
    operations: (limit, allowance) => traces.operations(limit, allowance),
    logs: (filter, page, allowance) => logs.list(filter, page, allowance),
    exemplars: (matchers, startMs, endMs, limit, allowance) =>
      readExemplars(dataDir, { matchers, startMs, endMs, limit }, allowance),
    metadata: (metric, limit, allowance) => readMetadata(dataDir, metric, limit, allowance),
    events: (filter, page, allowance) => readEvents(dataDir, filter, page, allowance),
    close() {
      traces.close();
      logs.close();
    },
  };
}
