/** What comes in beside samples: spans, log records, exemplars, metadata, events. Written by one thread, bounded on the disk, oldest first out. */
import type { SeriesExemplars } from "./exemplar.ts";
import type { MetricMetadata } from "./metric-metadata.ts";
import type { StoredEvent } from "./node-event.ts";
import type { LogRecord, Span } from "./span.ts";

/** Each call is durable on return against a kill of the process; on a full disk it throws `STORE_FULL` and stores nothing. */
export interface TelemetrySink {
  /** A span that is there already (trace id, span id, start) is replaced. */
  addSpans(spans: readonly Span[]): void;
  addLogs(records: readonly LogRecord[]): void;
  /** One that is there already (series, time, value, labels) is kept once. */
  addExemplars(exemplars: readonly SeriesExemplars[]): void;
  /** The last word on a metric counts. */
  noteMetadata(metadata: readonly MetricMetadata[]): void;
  /** One that is there already (kind, node, subject, key) is replaced. */
  addEvents(events: readonly StoredEvent[]): void;
  /** What has been added so far is on the disk on return. */
  sync(): void;
}
