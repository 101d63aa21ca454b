/** One trace as columns, and what one of its spans says, as the server answers them (`serve/telemetry/trace-routes.ts`). */
import type { SpanColumns, SpanColumnsJson } from "../../core/span-columns.ts";
import { columnsFromJson } from "../../core/trace/columns-json.ts";
import { getJson } from "./http.ts";
import type { TraceSummary } from "./telemetry.ts";
import type { OtlpSpan, ResourceSpans } from "./otlp-json.ts";

export interface TraceColumns {
  readonly summary: TraceSummary;
  /** Of the first spans where the summary counts more. */
  readonly columns: SpanColumns;
  readonly warnings: readonly string[];
  /** When the answer came, by the page's own clock: tells two answers apart. */
  readonly cameAtMs: number;
}

interface ColumnsAnswer {
  readonly summary: TraceSummary;
  readonly warnings: readonly string[];
  readonly columns: SpanColumnsJson;
}

/** Throws with `ApiProblem`. */
export async function getTraceColumns(traceId: string, signal: AbortSignal): Promise<TraceColumns> {
  const { summary, warnings, columns } = await getJson<ColumnsAnswer>(`${traceUrl(traceId)}/columns`, signal);
  return { summary, warnings, columns: columnsFromJson(columns), cameAtMs: performance.now() };
}

/** A span with the attributes of who has sent it. */
export interface SpanDetails {
  readonly span: OtlpSpan;
  readonly resource: ResourceSpans["resource"];
  readonly scope: { readonly name: string };
}

/** More than one where a sender's ids are not unique. Throws with `ApiProblem`. */
export async function getSpanDetails(traceId: string, spanId: string, signal: AbortSignal): Promise<readonly SpanDetails[]> {
  const url = `${traceUrl(traceId)}/spans/${spanId}`;
  return detailsIn((await getJson<{ readonly resourceSpans: readonly ResourceSpans[] }>(url, signal)).resourceSpans);
}

/** Spans one by one. */
export function detailsIn(resources: readonly ResourceSpans[]): readonly SpanDetails[] {
  return resources.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ span, resource, scope }))),
  );
}

export function traceUrl(traceId: string): string {
  return `/api/v1/performance/traces/${encodeURIComponent(traceId)}`;
}

/** The id of a row's span: 16 hex digits. */
export function spanIdOf({ spanIds }: SpanColumns, row: number): string {
  return Array.from(spanIds.subarray(8 * row, 8 * row + 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The first row with that id; −1: none. */
export function rowOfSpan({ spanIds }: SpanColumns, spanId: string): number {
  const wanted = Array.from({ length: 8 }, (_, byte) => Number.parseInt(spanId.slice(2 * byte, 2 * byte + 2), 16));
  for (let row = 0; 8 * row < spanIds.length; row++) if (wanted.every((byte, at) => spanIds[8 * row + at] === byte)) return row;
  return -1;
}
