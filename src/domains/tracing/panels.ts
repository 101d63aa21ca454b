/** The charts of traced transactions and blocks. */
import type { PanelSection } from "../../core/panel.ts";
import { labelOf, select } from "../../core/promql-text.ts";
import { chainLabel, hopMean, hopUncertainty, kindLabel, stageLabel, stageMean } from "./expressions.ts";
import { tracingMetrics as t } from "./metrics.ts";

const kind = `{{${kindLabel}}}`;
const chain = `{{${chainLabel}}}`;
const quantile = `{{${labelOf(t.latency, "quantile")}}}`;
const stage = `{{${stageLabel}}}`;
const hop = `{{${labelOf(t.hopTime, "hop.source")}}} → {{${labelOf(t.hopTime, "hop.target")}}}`;

export const tracingPanels: PanelSection = {
  id: "tracing",
  title: "Tracing",
  panels: [
    {
      id: "tracing_latency",
      title: "Latency",
      help: "From first seen anywhere to canonical at the last place that has it: half, 19 of 20 and 99 of 100 of the last 256 transactions, and blocks.",
      unit: "seconds",
      queries: [{ expr: select(t.latency), legend: `${chain} ${kind} ${quantile}` }],
      metrics: [t.latency.name],
    },
    {
      id: "tracing_stages",
      title: "Slow end by stage",
      help: "What a stage takes for the network: 19 of 20 of the last 256 were faster. Where the time of the slow ones goes.",
      unit: "seconds",
      queries: [{ expr: select(t.stageLatency, { quantile: "0.95" }), legend: `${chain} ${kind} ${stage}` }],
      metrics: [t.stageLatency.name],
    },
    {
      id: "tracing_places",
      title: "Time by stage and place",
      help: "Mean time of a stage at a place over ten minutes. A place that is slower than the others at the same stage is where to look.",
      unit: "seconds",
      queries: [{ expr: stageMean, legend: `{{${labelOf(t.stageTime, "trace.place")}}} ${kind} ${stage}` }],
      metrics: [t.stageTime.name, t.stageCount.name],
    },
    {
      id: "tracing_hops",
      title: "Hops",
      help: "By how much later than the last place before it a place has a transaction or block: the mean over ten minutes, and 19 of 20 of the last 64. The source is an assumption: the order of times.",
      unit: "seconds",
      queries: [
        { expr: hopMean, legend: `${kind} ${hop} mean` },
        { expr: select(t.hopDelay, { quantile: "0.95" }), legend: `${kind} ${hop} 19 of 20` },
      ],
      metrics: [t.hopTime.name, t.hopCount.name, t.hopDelay.name],
    },
    {
      id: "tracing_slowest_hop",
      title: "Slowest hop",
      help: "Middle delay of the slowest hop of each chain. Empty while the two slowest differ by less than clocks and polling may be wrong by.",
      unit: "seconds",
      queries: [{ expr: select(t.slowestHop), legend: `${chain} ${kind} ${hop}` }],
      metrics: [t.slowestHop.name],
    },
    {
      id: "tracing_hop_uncertainty",
      title: "Uncertain hops",
      help: "Share of a hop's delays that are less than clocks and polling may be wrong by. Near 1, the hop's delay says nothing.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: hopUncertainty, legend: `${kind} ${hop}` }],
      metrics: [t.hopUncertain.name, t.hopCount.name],
    },
    {
      id: "tracing_propagation",
      title: "Propagation",
      help: "From the first place that has it until half, nine of ten, and all that have it have it: 19 of 20 of the last 256.",
      unit: "seconds",
      queries: [
        {
          expr: select(t.propagation, { quantile: "0.95" }),
          legend: `${chain} ${kind} to {{${labelOf(t.propagation, "propagation.share")}}}`,
        },
      ],
      metrics: [t.propagation.name],
    },
    {
      id: "tracing_flows",
      title: "Traced to the end",
      help: "Transactions and blocks per second whose life was traced, by what became of them.",
      unit: "count/s",
      queries: [{ expr: `rate(${select(t.flows)}[10m])`, legend: `${chain} ${kind} {{${labelOf(t.flows, "trace.status")}}}` }],
      metrics: [t.flows.name],
    },
    {
      id: "tracing_labels",
      title: "Why transactions wait",
      help: "Transactions per second of which the traces say why they take long: fee below the base fee, a gap in nonces, places that have not seen them …",
      unit: "count/s",
      queries: [{ expr: `rate(${select(t.labelled)}[10m])`, legend: `${chain} {{${labelOf(t.labelled, "trace.label")}}}` }],
      metrics: [t.labelled.name],
    },
    {
      id: "tracing_sampling",
      title: "Share that is traced",
      help: "Below 1 where there are more transactions than chain.tracing.max_transactions_per_second allows. Which ones is the same at every node.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: select(t.sampling), legend: chain }],
      metrics: [t.sampling.name],
    },
    {
      id: "tracing_open",
      title: "Being put together",
      help: "Transactions and blocks of which more spans are expected, and what was left out: places whose clock cannot be believed, and what is beyond bounds.",
      unit: "count",
      queries: [
        { expr: select(t.open), legend: "being put together" },
        { expr: `round(increase(${select(t.leftOut)}[10m]))`, legend: `left out: {{${labelOf(t.leftOut, "reason")}}}` },
      ],
      metrics: [t.open.name, t.leftOut.name],
    },
  ],
};
