/** Questions to the Prometheus HTTP API in the page's own terms: variables are filled in, times are ms. */
import type { ExplainedNode } from "../../core/explain.ts";
import { expandQuery, type QueryContext } from "../../core/promql-text.ts";
import { sendForm } from "./http.ts";
import type { InstantData } from "./instant-rows.ts";
import { shownNode, status } from "./server.ts";

export interface InstantAnswer {
  readonly data: InstantData & {
    /** Seconds, and samples that the evaluation has looked at. */
    readonly stats?: {
      readonly timings: { readonly evalTotalTime: number };
      readonly samples: { readonly totalQueryableSamples: number };
    };
  };
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** What the page's variables stand for in a query at one time. */
export function instantContext(): QueryContext {
  return { node: shownNode.value, stepMs: null, samplingIntervalMs: status.value?.samplingIntervalMs ?? 1000 };
}

/** The expression's value at a time (ms since the epoch), with what it has cost. */
export function askInstant(expr: string, timeMs: number, signal: AbortSignal): Promise<InstantAnswer> {
  const form = new URLSearchParams({ query: expandQuery(expr, instantContext()), time: String(timeMs / 1000), stats: "all" });
  return sendForm<InstantAnswer>("/api/v1/query", form, signal);
}

/** The steps of the expression's evaluation at a time (ms since the epoch). */
export async function askExplain(expr: string, timeMs: number, signal: AbortSignal): Promise<ExplainedNode> {
  const form = new URLSearchParams({ query: expandQuery(expr, instantContext()), time: String(timeMs / 1000) });
  return (await sendForm<{ readonly data: ExplainedNode }>("/api/v1/query_explain", form, signal)).data;
}
