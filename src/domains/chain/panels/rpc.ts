/** Charts of requests: those of ChainPulse itself, which are its price, and those that the client serves to all. */
import type { PanelSection } from "../../../core/panel.ts";
import { select } from "../../../core/promql-text.ts";
import { clientMetrics as c } from "../client/metrics.ts";
import { perMinute, requestTime, servedTime } from "../expressions/client.ts";
import { client, clientAnd } from "./legend.ts";

const meanByMethod = `${perMinute(c.requestTime)} / (${perMinute(c.requests)} > 0)`;

export const rpcPanels: PanelSection = {
  id: "chain-rpc",
  title: "RPC",
  panels: [
    {
      id: "chain_rpc_latency",
      title: "RPC latency",
      help: "Mean time of ChainPulse's own requests, traces of blocks left out.",
      unit: "seconds",
      queries: [{ expr: requestTime, legend: client }],
      thresholds: [{ value: 1, label: "slow" }],
      metrics: [c.requestTime.name, c.requests.name],
    },
    {
      id: "chain_rpc_methods",
      title: "RPC latency by method",
      help: "Mean time of ChainPulse's own requests, of the ten slowest methods.",
      unit: "seconds",
      queries: [{ expr: `topk(10, ${meanByMethod})`, legend: clientAnd(c.requests, "rpc.method") }],
      metrics: [c.requestTime.name, c.requests.name],
    },
    {
      id: "chain_rpc_requests",
      title: "Requests of ChainPulse",
      help: "What watching asks of the client, by method.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: perMinute(c.requests), legend: clientAnd(c.requests, "rpc.method") }],
      metrics: [c.requests.name],
    },
    {
      id: "chain_rpc_failures",
      title: "Failed requests of ChainPulse",
      help: "By how they failed.",
      unit: "count/s",
      queries: [{ expr: perMinute(c.requestFailures), legend: clientAnd(c.requestFailures, "error.type") }],
      metrics: [c.requestFailures.name],
    },
    {
      id: "chain_subscription",
      title: "Silence of the subscription",
      help: "Time since a client's subscription told of something. Where it grows and blocks come, the subscription has ended; ChainPulse asks instead.",
      unit: "seconds",
      queries: [{ expr: select(c.subscriptionAge), legend: client }],
      metrics: [c.subscriptionAge.name],
    },
    {
      id: "chain_rpc_active",
      title: "Requests in progress",
      help: "Requests of all users that the client is working on: a number that stays high is a queue.",
      unit: "count",
      queries: [{ expr: select(c.activeRequests), legend: client }],
      metrics: [c.activeRequests.name],
    },
    {
      id: "chain_rpc_served",
      title: "Requests served",
      help: "Of all the client's users, as it says itself.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: perMinute(c.servedRequests), legend: clientAnd(c.servedRequests, "rpc.outcome") }],
      metrics: [c.servedRequests.name],
    },
    {
      id: "chain_rpc_served_latency",
      title: "Latency of requests served",
      help: "Mean time of all users' requests, as the client says itself.",
      unit: "seconds",
      queries: [{ expr: servedTime, legend: client }],
      metrics: [c.servedTime.name, c.servedRequests.name],
    },
  ],
};
