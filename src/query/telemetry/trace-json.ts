/** A trace as the REST API answers it: OTLP's JSON with our summary beside it, which readers of OTLP skip. */
import { msOfNs } from "../../core/nanoseconds.ts";
import type { Span } from "../../core/span.ts";
import type { SpanColumnsJson } from "../../core/span-columns.ts";
import type { StoredTrace, TraceColumns, TraceSummary } from "../../core/telemetry-reader.ts";
import { columnsToJson } from "../../core/trace/columns-json.ts";
import { type JsonValue, resourceSpansOf } from "../../core/otlp-json.ts";

/** Times in ms since the epoch and in ms, with what a double keeps of the nanoseconds. */
export function summaryJson({ startNs, endNs, ...rest }: TraceSummary): TraceSummaryJson {
  return { ...rest, startMs: msOfNs(startNs), durationMs: msOfNs(endNs - startNs) };
}

export type TraceSummaryJson = Omit<TraceSummary, "startNs" | "endNs"> & {
  readonly startMs: number;
  /** From the least start to the greatest end; below 0 where a sender's clock was wrong. */
  readonly durationMs: number;
};

/** JSON text. */
export function traceText({ summary, spans, warnings }: StoredTrace & { readonly warnings: readonly string[] }): string {
  const body = {
    summary: summaryJson(summary),
    spansLeftOut: summary.spans - spans.length,
    warnings,
    resourceSpans: resourceSpansOf(spans),
  } satisfies Record<string, JsonValue | TraceSummaryJson>;
  return JSON.stringify(body);
}

/** What a page needs to draw a trace. */
export interface TraceColumnsJson {
  readonly summary: TraceSummaryJson;
  readonly spansLeftOut: number;
  readonly warnings: readonly string[];
  readonly columns: SpanColumnsJson;
}

/** JSON text. */
export function columnsText({ summary, columns }: TraceColumns, warnings: readonly string[]): string {
  return JSON.stringify({
    summary: summaryJson(summary),
    spansLeftOut: summary.spans - columns.startMs.length,
    warnings,
    columns: columnsToJson(columns),
  } satisfies TraceColumnsJson);
}

/** JSON text. */
export function spansText(spans: readonly Span[], warnings: readonly string[]): string {
  return JSON.stringify({ warnings, resourceSpans: resourceSpansOf(spans) });
}
