/** The clients themselves: which ones run here, whether they answer, and what asking them costs. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

/** How a request to a client can fail: no answer in time, no connection, told to ask less, no JSON, an error of its own, a contradiction. */
export const requestFailures = ["timeout", "unreachable", "rate_limited", "garbage", "refused", "contradiction"] as const;
export type RequestFailure = (typeof requestFailures)[number];

export const clientMetrics = defineMetrics({
  info: {
    name: "chainpulse.chain.client.info",
    kind: "gauge",
    unit: "",
    help: "1 for each client that is watched; the labels say what it is.",
    labels: {
      ...perClient,
      "chain.client.kind": null,
      "chain.layer": ["execution", "consensus", "validator", "utxo", "substrate", "other"],
      "chain.client.version": null,
      "chain.network": null,
      "chain.client.role": null,
    },
  },
  up: {
    name: "chainpulse.chain.client.up",
    kind: "gauge",
    unit: "",
    help: "1 while the client answers, 0 while it does not.",
    labels: perClient,
    rollup: "min",
  },
  reachable: {
    name: "chainpulse.chain.client.p2p_port.reachable",
    kind: "gauge",
    unit: "",
    help: "1 where the client's P2P port accepts connections on this machine, 0 where it does not.",
    labels: perClient,
    rollup: "min",
  },
  requests: {
    name: "chainpulse.chain.rpc.requests",
    kind: "counter",
    unit: "{request}",
    help: "Requests that ChainPulse has sent to the client.",
    labels: { ...perClient, "rpc.method": null },
  },
  requestTime: {
    name: "chainpulse.chain.rpc.time",
    kind: "counter",
    unit: "s",
    help: "Time until the client answered, summed over the requests.",
    labels: { ...perClient, "rpc.method": null },
  },
  requestFailures: {
    name: "chainpulse.chain.rpc.failures",
    kind: "counter",
    unit: "{request}",
    help: "Requests of ChainPulse that failed, by how.",
    labels: { ...perClient, "error.type": requestFailures },
  },
  subscriptionAge: {
    name: "chainpulse.chain.subscription.age",
    kind: "gauge",
    unit: "s",
    help: "Time since the client's subscription told of something; a chain that lives does so every few seconds.",
    labels: perClient,
    rollup: "max",
  },
  servedRequests: {
    name: "chainpulse.chain.rpc.served",
    kind: "counter",
    unit: "{request}",
    help: "Requests that the client has answered to all its users, as it says itself.",
    labels: { ...perClient, "rpc.outcome": ["ok", "error"] },
  },
  activeRequests: {
    name: "chainpulse.chain.rpc.active",
    kind: "gauge",
    unit: "{request}",
    help: "Requests of all its users that the client is working on; ChainPulse's own question and its wait for the next block are left out.",
    labels: perClient,
    rollup: "max",
  },
  servedTime: {
    name: "chainpulse.chain.rpc.served.time",
    kind: "counter",
    unit: "s",
    help: "Time that the client has spent on the requests of all its users, as it says itself.",
    labels: perClient,
  },
});
