/** A chart's query as other tools take it. */
import { expandQuery } from "../../core/promql-text.ts";
import type { ServerStatus } from "./contract.ts";
import { spanParam } from "../state/range.ts";
import { fetchStepMs } from "./step.ts";

type Known = Pick<ServerStatus, "node" | "samplingIntervalMs">;

/** PromQL with the page's variables filled in, so that it runs in Grafana or by hand. */
export function portableQuery(expr: string, status: Known | null): string {
  const samplingIntervalMs = status?.samplingIntervalMs ?? 1000;
  // A wide window's form (`rate` over a fixed range) is right at every step that the other tool may choose.
  const windowMs = Math.max(60_000, 4 * samplingIntervalMs);
  const context = { node: status?.node.id ?? "", stepMs: windowMs - samplingIntervalMs, samplingIntervalMs };
  // `[1m]` is what people write; the other tool need not see that ours counts in milliseconds.
  return expandQuery(expr, context).replaceAll(/\[(\d+)ms\]/g, (_, ms: string) => `[${spanParam(Number(ms))}]`);
}

/** The query over a window as an address of the Prometheus API, absolute. */
export function restUrl(query: string, window: { readonly fromMs: number; readonly toMs: number }): string {
  const url = new URL("/api/v1/query_range", location.origin);
  url.searchParams.set("query", query);
  url.searchParams.set("start", String(Math.round(window.fromMs / 1000)));
  url.searchParams.set("end", String(Math.round(window.toMs / 1000)));
  url.searchParams.set("step", String(Math.max(1, fetchStepMs(window, 1000) / 1000)));
  return url.href;
}
