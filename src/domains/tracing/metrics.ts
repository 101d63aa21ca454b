/** What the traces of transactions and blocks say: where the network waits. Of all nodes whose spans come here, so a hub tells of its whole network. */
import { defineMetrics, type LabelValues } from "../../core/metric.ts";
import { flowLabels } from "../../core/trace/flow-labels.ts";
import { flowStages } from "../../core/trace/flow.ts";

/** What the traces are of. */
export const flowKinds = ["transaction", "block"] as const;

/** Shares of the places that have it, and quantiles of the last flows. */
export const propagationShares = ["0.5", "0.9", "1"] as const;
export const flowQuantiles = ["0.5", "0.95", "0.99"] as const;
export const hopQuantiles = ["0.5", "0.95"] as const;

/** `simulated`: "true" for chains that are made for show; they are never mixed with others. */
const perChain = { "chain.id": null, simulated: ["", "true"], "trace.kind": flowKinds } as const;
const perStage = { ...perChain, "trace.stage": flowStages } as const;
const perPlace = { ...perStage, "trace.place": null } as const;
const perHop = { ...perChain, "hop.source": null, "hop.target": null } as const;

export const tracingMetrics = defineMetrics({
  flows: {
    name: "chainpulse.tracing.flows",
    kind: "counter",
    unit: "{flow}",
    help: "Transactions and blocks whose life was traced to its end, or as far as it will be, by what became of them.",
    labels: { ...perChain, "trace.status": null },
  },
  latency: {
    name: "chainpulse.tracing.latency",
    kind: "gauge",
    unit: "s",
    help: "From first seen anywhere to canonical at the last place that has it: quantiles of the last 256.",
    labels: { ...perChain, quantile: flowQuantiles },
    rollup: "max",
  },
  stageLatency: {
    name: "chainpulse.tracing.stage.latency",
    kind: "gauge",
    unit: "s",
    help: "What a stage took for the network: quantiles of the last 256 that had it. Those on the way to the last place add up to the latency.",
    labels: { ...perStage, quantile: flowQuantiles },
    rollup: "max",
  },
  stageTime: {
    name: "chainpulse.tracing.stage.time",
    kind: "counter",
    unit: "s",
    help: "Time that transactions and blocks have spent in a stage at a place, summed up; divided by the count, the mean.",
    labels: perPlace,
  },
  stageCount: {
    name: "chainpulse.tracing.stage.count",
    kind: "counter",
    unit: "{stage}",
    help: "Stages of transactions and blocks that have ended at a place.",
    labels: perPlace,
  },
  hopTime: {
    name: "chainpulse.tracing.hop.time",
    kind: "counter",
    unit: "s",
    help: "Time by which a place had transactions or blocks later than the last place before it, summed up; divided by the count, the mean.",
    labels: perHop,
  },
  hopCount: {
    name: "chainpulse.tracing.hop.count",
    kind: "counter",
    unit: "{hop}",
    help: "Transactions or blocks that a place had next after another one.",
    labels: perHop,
  },
  hopUncertain: {
    name: "chainpulse.tracing.hop.uncertain",
    kind: "counter",
    unit: "{hop}",
    help: "Those of them whose delay is less than clocks and polling may be wrong by, or of which nobody knows how wrong it is.",
    labels: perHop,
  },
  hopDelay: {
    name: "chainpulse.tracing.hop.delay",
    kind: "gauge",
    unit: "s",
    help: "By how much later than the last place before it a place had them: quantiles of the last 64.",
    labels: { ...perHop, quantile: hopQuantiles },
    rollup: "max",
  },
  slowestHop: {
    name: "chainpulse.tracing.hop.slowest",
    kind: "gauge",
    unit: "s",
    help: "Middle delay of the slowest hop; no value while none can be told from the next one. Of sources that cannot be told apart, the usual one.",
    labels: perHop,
    rollup: "max",
  },
  propagation: {
    name: "chainpulse.tracing.propagation.delay",
    kind: "gauge",
    unit: "s",
    help: "From the first place that has it until so many of those that have it have it: quantiles of the last 256 with two places and more.",
    labels: { ...perChain, "propagation.share": propagationShares, quantile: hopQuantiles },
    rollup: "max",
  },
  labelled: {
    name: "chainpulse.tracing.labels",
    kind: "counter",
    unit: "{flow}",
    help: "Transactions about which the traces say why they take long.",
    labels: { "chain.id": null, simulated: ["", "true"], "trace.label": flowLabels },
  },
  sampling: {
    name: "chainpulse.tracing.sampling",
    kind: "gauge",
    unit: "1",
    help: "Share of transactions that was traced when the last one was seen: the least that a node of its chain says.",
    labels: { "chain.id": null, simulated: ["", "true"] },
    rollup: "min",
  },
  open: {
    name: "chainpulse.tracing.open",
    kind: "gauge",
    unit: "{flow}",
    help: "Transactions and blocks whose spans are put together now.",
    rollup: "max",
  },
  leftOut: {
    name: "chainpulse.tracing.left_out",
    kind: "counter",
    unit: "{place}",
    help: "Places that were left out because their clock cannot be believed, and flows, hops and places beyond what is told of.",
    labels: { reason: ["clock", "flows", "hops", "places"] },
  },
});

/** Labels that lead to a chain and what of it is traced, and to a hop there. */
export type PerChain = Omit<LabelValues<typeof tracingMetrics.latency>, "quantile">;
export type PerHop = LabelValues<typeof tracingMetrics.slowestHop>;
