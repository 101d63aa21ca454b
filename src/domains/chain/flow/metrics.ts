/** What is said of tracing itself: what of a client's transactions is traced. What the traces say is told by the domain `tracing`. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

export const flowMetrics = defineMetrics({
  ratio: {
    name: "chainpulse.chain.tracing.sampling",
    kind: "gauge",
    unit: "1",
    help: "Share of the client's transactions that is traced: below 1 where there are more than chain.tracing allows.",
    labels: perClient,
    rollup: "min",
  },
  traced: {
    name: "chainpulse.chain.tracing.transactions",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions whose life at the client was begun to be traced.",
    labels: perClient,
  },
  open: {
    name: "chainpulse.chain.tracing.open",
    kind: "gauge",
    unit: "{transaction}",
    help: "Traced transactions whose fate at the client is not settled yet.",
    labels: perClient,
    rollup: "max",
  },
});
