/** A trace as the REST API answers it: OTLP's JSON with our summary beside it, which readers of OTLP skip. */
import { msOfNs } from "../../core/nanoseconds.ts";
import type { StoredTrace, TraceSummary } from "../../core/telemetry-reader.ts";
import { type JsonValue, resourceSpansOf } from "./otlp-json.ts";

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
