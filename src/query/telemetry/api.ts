/**
 * What the query thread answers of spans, log records, exemplars, metadata and events; beside `QueryApi`, because these are stored here also
 * where another engine has the samples.
 */
import type { Cancellation } from "../../core/cancellation.ts";
import type { SeriesExemplars } from "../../core/exemplar.ts";
import type { MetricMetadata } from "../../core/metric-metadata.ts";
import type { EventFilter, StoredEvent } from "../../core/node-event.ts";
import type { LogRecord } from "../../core/span.ts";
import type {
  Listed,
  LogFilter,
  Operation,
  PageOf,
  PageWish,
  StoredTrace,
  TraceFilter,
  TraceSummary,
} from "../../core/telemetry-reader.ts";
import type { TraceAnalysis } from "./trace-analysis.ts";
import type { WindowAnalysis, WindowWish } from "./window-analysis.ts";

/** What to know of an answer: files that are damaged. */
export interface Warned {
  readonly warnings: readonly string[];
}

/**
 * A call whose `signal` is aborted ends with `CANCELLED` within some milliseconds. Errors besides: `QUERY_TIMEOUT`, `QUERY_LIMIT`, and
 * `BAD_REQUEST` for a cursor that is none.
 */
export interface TelemetryApi {
  /** Newest first. */
  traces(filter: TraceFilter, page: PageWish, signal?: Cancellation): PageOf<Listed<TraceSummary>> & Warned;
  /** The first spans of a trace, as far as a few megabytes go; `null` where there is none. */
  trace(traceId: string, spansMax: number, signal?: Cancellation): (StoredTrace & Warned) | null;
  /** A whole trace as the REST API answers it, UTF-8; `null` where there is none. Its buffer is the caller's. */
  traceJson(traceId: string, spansMax: number, signal?: Cancellation): Uint8Array<ArrayBuffer> | null;
  /** The same of its columns, without what its spans say. */
  columnsJson(traceId: string, rowsMax: number, signal?: Cancellation): Uint8Array<ArrayBuffer> | null;
  /** The same of what the spans with one id say. */
  spansJson(traceId: string, spanId: string, signal?: Cancellation): Uint8Array<ArrayBuffer> | null;
  /** Names of services and spans, sorted; the first thousands. */
  operations(signal?: Cancellation): { readonly operations: readonly Operation[] } & Warned;
  /** What a trace says when all of its nodes are put side by side; `null` where there is none. `ownNode`: the node that answers. */
  traceAnalysis(traceId: string, ownNode: string, signal?: Cancellation): (TraceAnalysis & Warned) | null;
  /** The same of all transactions, or blocks, of a stretch of time. */
  windowAnalysis(wish: WindowWish, ownNode: string, signal?: Cancellation): WindowAnalysis & Warned;
  /** Newest first. */
  logs(filter: LogFilter, page: PageWish, signal?: Cancellation): PageOf<Listed<LogRecord>> & Warned;
  /** Of the series that the expression's selectors select, whatever it does with them. Throws `QUERY_SYNTAX`. */
  exemplars(
    expr: string,
    startMs: number,
    endMs: number,
    signal?: Cancellation,
  ): { readonly series: readonly SeriesExemplars[] } & Warned;
  /** What was received, of one metric or of all; sorted by name. */
  metadata(
    metric: string | null,
    limit: number,
    signal?: Cancellation,
  ): { readonly metadata: readonly MetricMetadata[] } & Warned;
  /** Newest first. */
  events(filter: EventFilter, page: PageWish, signal?: Cancellation): PageOf<Listed<StoredEvent>> & Warned;
}
