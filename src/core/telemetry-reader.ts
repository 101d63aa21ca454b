/** What can be asked of the spans, log records, exemplars, metadata and events that were stored beside the samples. */
import type { SeriesExemplars } from "./exemplar.ts";
import type { LabelMatcher } from "./labels.ts";
import type { MetricMetadata } from "./metric-metadata.ts";
import type { EventFilter, StoredEvent } from "./node-event.ts";
import type { LogRecord, Span, SpanStatus } from "./span.ts";
import type { SpanColumns } from "./span-columns.ts";

/** How far a read may go. */
export interface ReadAllowance {
  /** Throws when nobody waits any more, or when the time is over. Cheap to ask often. */
  check(): void;
  /** Whether a search should give what it has found so far, and where to go on. */
  isLate(): boolean;
  /** Told of what an answer does not hold: a file that is damaged. */
  note(text: string): void;
}

/** A part of a list that is too long for one answer. */
export interface PageOf<T> {
  readonly items: readonly T[];
  /** Where the next page begins; `null` at the end. A page may be short, or empty, although there is more: the search took long. */
  readonly next: string | null;
}

/** One of a list's items, and where the list goes on behind it. */
export interface Listed<T> {
  readonly cursor: string;
  readonly item: T;
}

/** How much of a list, and from where on. */
export interface PageWish {
  readonly limit: number;
  /** A `cursor` or `next` of an earlier page of the same list; `null`: from its beginning. Errors: `BAD_REQUEST`. */
  readonly cursor: string | null;
}

/**
 * Which traces: those that begin at fromNs ≤ time < toNs and have one span for which all of the rest holds. Times are nanoseconds
 * since the epoch.
 */
export interface TraceFilter {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Of the resource, see `nodesOf`. */
  readonly node?: string | undefined;
  readonly service?: string | undefined;
  /** The span's name, exactly. */
  readonly name?: string | undefined;
  readonly status?: SpanStatus | undefined;
  readonly minDurationNs?: bigint | undefined;
  readonly maxDurationNs?: bigint | undefined;
  /** All of them, exactly; of the span or its resource. Values as `attributeText` writes them. */
  readonly attributes?: readonly { readonly key: string; readonly value: string }[] | undefined;
}

/** A trace without what its spans say. */
export interface TraceColumns {
  readonly summary: TraceSummary;
  /** The first rows where the summary counts more. */
  readonly columns: SpanColumns;
}

export interface Operation {
  readonly service: string;
  readonly name: string;
}

/** What a list shows of a trace: of all its spans that were stored so far. */
export interface TraceSummary {
  readonly traceId: string;
  /** The least start and the greatest end of all spans. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly spans: number;
  readonly errors: number;
  /** Of the first span without a parent; `null` while none has come. */
  readonly root: Operation | null;
  /** Of the span that begins first. */
  readonly first: Operation;
  /** By number of spans, greatest first. */
  readonly services: readonly { readonly service: string; readonly spans: number; readonly errors: number }[];
}

/** A trace with its spans, by their start. */
export interface StoredTrace {
  readonly summary: TraceSummary;
  /** The first ones where the summary counts more. */
  readonly spans: readonly Span[];
}

/** How much of a trace. */
export interface TraceWish {
  /** The first spans by their start; more are left out. */
  readonly spansMax: number;
  /** Bytes of JSON that these may take; of more there is no answer but an error. */
  readonly bytesMax: number;
}

/** Which log records: fromNs ≤ time < toNs; a record without a time of its own counts when it was observed. */
export interface LogFilter {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly node?: string | undefined;
  readonly service?: string | undefined;
  /** At least this severity number. */
  readonly severity?: number | undefined;
  readonly traceId?: string | undefined;
  /** In the body or the event's name, whatever the case. */
  readonly text?: string | undefined;
}

/** Reads what is there at the time of the call; one per thread. Text that came with the data is as it came: hostile. */
export interface TelemetryReader {
  /** Newest first, by their start. */
  traces(filter: TraceFilter, page: PageWish, allowance: ReadAllowance): PageOf<Listed<TraceSummary>>;
  /** `null` where there is none. Errors: `QUERY_LIMIT`. */
  trace(traceId: string, wish: TraceWish, allowance: ReadAllowance): StoredTrace | null;
  /**
   * Reads several, in this order and in one state of the store, which takes a fraction of the time of as many calls of `trace`; `visit` is
   * given each when it is read, and answers whether to go on. `null`: there is none, or, with a note, it is too large.
   */
  eachTrace(
    traceIds: readonly string[],
    wish: TraceWish,
    allowance: ReadAllowance,
    visit: (trace: StoredTrace | null) => boolean,
  ): void;
  /** All rows but those beyond `rowsMax`; `null` where there is no such trace. */
  columns(traceId: string, rowsMax: number, allowance: ReadAllowance): TraceColumns | null;
  /** The spans with that id, with all they say: more than one where ids are not unique. Empty where there is none. */
  spans(traceId: string, spanId: string, allowance: ReadAllowance): readonly Span[];
  /** Names of services and spans that there are, sorted; at most `limit`. */
  operations(limit: number, allowance: ReadAllowance): readonly Operation[];
  /** Newest first. */
  logs(filter: LogFilter, page: PageWish, allowance: ReadAllowance): PageOf<Listed<LogRecord>>;
  /** Of the series that one of the sets of matchers accepts, at startMs ≤ time ≤ endMs; beyond `limit` of all there is a note. */
  exemplars(
    matchers: readonly (readonly LabelMatcher[])[],
    startMs: number,
    endMs: number,
    limit: number,
    allowance: ReadAllowance,
  ): readonly SeriesExemplars[];
  /** Of one metric, or of all; sorted by name, at most `limit`. */
  metadata(metric: string | null, limit: number, allowance: ReadAllowance): readonly MetricMetadata[];
  /** Newest first. */
  events(filter: EventFilter, page: PageWish, allowance: ReadAllowance): PageOf<Listed<StoredEvent>>;
  close(): void;
}
