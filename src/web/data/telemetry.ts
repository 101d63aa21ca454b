/** Traces and log records as the server lists them (`serve/telemetry/`). */
import type { CheckStatus } from "../../core/check.ts";
import { serverNow } from "./server.ts";
import { bounds } from "../state/range.ts";
import { timeRange } from "../state/time-range.ts";
import type { ResourceSpans } from "./otlp-json.ts";

export interface Operation {
  readonly service: string;
  readonly name: string;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly startMs: number;
  /** Below 0 where a sender's clock was wrong. */
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  /** `null` while the span without a parent has not come. */
  readonly root: Operation | null;
  readonly first: Operation;
  readonly services: readonly { readonly service: string; readonly spans: number; readonly errors: number }[];
}

export interface TraceList {
  readonly traces: readonly TraceSummary[];
  readonly next: string | null;
  readonly warnings: readonly string[];
}

export interface WholeTrace {
  readonly summary: TraceSummary;
  readonly spansLeftOut: number;
  readonly warnings: readonly string[];
  readonly resourceSpans: readonly ResourceSpans[];
}

export interface LogRecord {
  readonly timeMs: number;
  /** 1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–20 error, 21–24 fatal; 0: not said. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly service: string;
  readonly body: unknown;
  readonly eventName: string;
  /** Empty where it belongs to no trace. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

export interface LogList {
  readonly records: readonly LogRecord[];
  readonly next: string | null;
  readonly warnings: readonly string[];
}

interface Severity {
  /** Records with this number or a greater one. Source: opentelemetry-specification logs/data-model.md, SeverityNumber. */
  readonly from: number;
  readonly word: string;
  /** Of those that want somebody's attention. */
  readonly status?: CheckStatus;
}

/** What is less is detail. */
export const infoFrom = 9;

export const severities: readonly Severity[] = [
  { from: 21, word: "Fatal", status: "critical" },
  { from: 17, word: "Error", status: "critical" },
  { from: 13, word: "Warn", status: "warning" },
  { from: infoFrom, word: "Info" },
  { from: 5, word: "Debug" },
  { from: 1, word: "Trace" },
];

/** The page's window as the server takes it: a moving one in its own words, so that each asking is about now. */
export function rangeQuery(): Readonly<Record<string, string>> {
  const range = timeRange.value;
  if (range.kind === "last") return { from: `-${Math.ceil(range.spanMs / 1000)}s` };
  const { fromMs, toMs } = bounds(range, serverNow());
  return { from: String(fromMs / 1000), to: String(toMs / 1000) };
}
