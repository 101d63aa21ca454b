/** PromQL about one client among several: whose series belong together, what it does, how it answers. */
import type { NodeType } from "../../../core/node-type.ts";
import type { Metric } from "../../../core/metric.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { clientMetrics } from "../client/metrics.ts";
import type { Layer } from "../client/client-kind.ts";

export const clientLabel = labelOf(clientMetrics.up, "chain.client");
/** What tells one client of a node from another. */
export const clientLabels = `${clientLabel}, ${labelOf(clientMetrics.up, "simulated")}`;
/** After `and`, `unless`, `/`: the other side is about the same client, whatever else it is labelled with. */
export const sameClient = `on (${clientLabels})`;

type Aggregation = "sum" | "max" | "avg" | "quantile";

/** One element for each client; `parameter` is that of `quantile`. */
export function perClient(aggregation: Aggregation, expr: string, parameter?: number): string {
  return `${aggregation} by (${clientLabels}) (${parameter === undefined ? "" : `${parameter}, `}${expr})`;
}

/** Of clients with one of these roles. */
export function inRole(expr: string, roles: readonly NodeType[]): string {
  return `((${expr}) and ${sameClient} ${select(clientMetrics.info, { "chain.client.role": { any: roles } })})`;
}

/** Of clients of one of these layers. */
export function inLayer(expr: string, layers: readonly Layer[]): string {
  return `((${expr}) and ${sameClient} ${select(clientMetrics.info, { "chain.layer": { any: layers } })})`;
}

/** Part of a whole, both with the same labels: 0 where nothing of the part was ever counted, no value where there is no whole. */
export function shareOf(part: string, whole: string): string {
  return `((${part}) or (${whole}) * 0) / ((${whole}) > 0)`;
}

/** Blocks further apart than this, seconds, are too few for a minute's rate: Bitcoin's family (Litecoin: 150 s, Bitcoin: 600 s). */
const slowBlocks = 30;

/**
 * Rate of what comes with blocks: over a minute, and over an hour where a minute has hardly a block. `$window` follows the chart and can be
 * shorter than the distance of two blocks.
 */
export function withBlocks<M extends Metric>(metric: M, matchers?: Parameters<typeof select<M>>[1]): string {
  const counter = select(metric, matchers);
  return `(rate(${counter}[1m]) unless ${sameClient} ${select(blockMetrics.interval)} > ${slowBlocks} or rate(${counter}[1h]))`;
}

/** Rate over the last minute of what a client counts at its own pace, which `$window` may be shorter than. */
export function perMinute<M extends Metric>(metric: M, matchers?: Parameters<typeof select<M>>[1]): string {
  return `rate(${select(metric, matchers)}[1m])`;
}

/** Mean time of a request of ChainPulse's. Traces of blocks are long by nature, and paused by themselves. */
const untraced = { "rpc.method": { notMatches: "(debug|trace)_.*" } } as const;
export const requestTime = `${perClient("sum", perMinute(clientMetrics.requestTime, untraced))} / (${perClient("sum", perMinute(clientMetrics.requests, untraced))} > 0)`;

/** Failed requests of all that ChainPulse sent in five minutes. */
export const requestFailures = shareOf(
  perClient("sum", `rate(${select(clientMetrics.requestFailures)}[5m])`),
  perClient("sum", `rate(${select(clientMetrics.requests)}[5m])`),
);

/** Requests of all the client's users that it answered with an error. */
export const servedErrors = shareOf(
  perClient("sum", `rate(${select(clientMetrics.servedRequests, { "rpc.outcome": "error" })}[5m])`),
  perClient("sum", `rate(${select(clientMetrics.servedRequests)}[5m])`),
);

/** Mean time of a request of all the client's users. */
export const servedTime = `${perClient("sum", `rate(${select(clientMetrics.servedTime)}[5m])`)} / (${perClient("sum", `rate(${select(clientMetrics.servedRequests)}[5m])`)} > 0)`;
