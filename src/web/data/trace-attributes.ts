/** What spans of a trace say, to look for an attribute in them: columns have none. */
import type { SpanColumns } from "../../core/span-columns.ts";
import { getJson } from "./http.ts";
import { detailsIn, spanIdOf, traceUrl } from "./trace-columns.ts";
import { attributeText, type OtlpAttribute, type ResourceSpans } from "./otlp-json.ts";

/** Spans whose bodies are read: some megabytes. */
export const bodiesMax = 5000;

export interface TraceAttributes {
  readonly has: (row: number, key: string, value: string) => boolean;
  /** Spans that were looked at: the first ones of a large trace. */
  readonly spans: number;
}

/** Throws with `ApiProblem`. */
export async function getTraceAttributes(traceId: string, columns: SpanColumns, signal: AbortSignal): Promise<TraceAttributes> {
  const url = `${traceUrl(traceId)}?limit=${bodiesMax}`;
  const details = detailsIn((await getJson<{ readonly resourceSpans: readonly ResourceSpans[] }>(url, signal)).resourceSpans);
  const said = new Map<string, readonly OtlpAttribute[]>();
  for (const { span, resource } of details) said.set(span.spanId, [...span.attributes, ...resource.attributes]);
  return {
    spans: details.length,
    has: (row, key, value) =>
      (said.get(spanIdOf(columns, row)) ?? []).some((one) => one.key === key && attributeText(one.value) === value),
  };
}
