/** Charts of ChainPulse's own cost. */
import type { PanelSection } from "../../core/panel.ts";
import { labelOf, select } from "../../core/promql-text.ts";
import { selfMetrics as m } from "./metrics.ts";

const threadLabel = labelOf(m.threadCpuTime, "thread");

export const selfPanels: PanelSection = {
  id: "chainpulse",
  title: "ChainPulse itself",
  panels: [
    {
      id: "self-cpu",
      title: "CPU by thread",
      help: "Share of one core that each of ChainPulse's threads uses. The budget is 2 % with no page open.",
      unit: "ratio",
      form: "stacked",
      queries: [{ expr: `sum by (${threadLabel}) (rate(${select(m.threadCpuTime)}[20s]))`, legend: `{{${threadLabel}}}` }],
      thresholds: [{ value: 0.02, label: "budget" }],
      metrics: [m.threadCpuTime.name],
    },
    {
      id: "self-memory",
      title: "Resident memory",
      help: "Anonymous memory is ChainPulse's own; file pages are shared with whoever maps the same files.",
      unit: "bytes",
      form: "stacked",
      queries: [{ expr: select(m.residentMemory), legend: `{{${labelOf(m.residentMemory, "kind")}}}` }],
      metrics: [m.residentMemory.name],
    },
    {
      id: "self-tick",
      title: "Tick",
      help: "How late a tick begins and how long it takes. Lateness near the interval means that seconds are missed.",
      unit: "seconds",
      queries: [
        { expr: select(m.tickDuration), legend: "duration" },
        { expr: select(m.tickLateness), legend: "lateness" },
      ],
      metrics: [m.tickDuration.name, m.tickLateness.name],
    },
    {
      id: "self-collectors",
      title: "Slowest collectors",
      help: "Duration of the last run of the slowest collectors. A collector that takes long delays the tick's commit.",
      unit: "seconds",
      queries: [
        {
          expr: `topk(8, ${select(m.collectorDuration)})`,
          legend: `{{${labelOf(m.collectorDuration, "collector")}}}`,
        },
      ],
      metrics: [m.collectorDuration.name],
    },
    {
      id: "self-store",
      title: "Store on the disk",
      help: "Size of the data directory, and of the summaries in it that outlive raw samples. At the budget the oldest data goes.",
      unit: "bytes",
      queries: [
        { expr: select(m.storeSize), legend: "all" },
        { expr: select(m.storeTierSize), legend: `summaries {{${labelOf(m.storeTierSize, "tier")}}}` },
        { expr: select(m.storeBudget), legend: "budget" },
      ],
      metrics: [m.storeSize.name, m.storeTierSize.name, m.storeBudget.name],
    },
    {
      id: "self-gc",
      title: "Garbage collection",
      help: "Share of time that each thread spends collecting garbage.",
      unit: "ratio",
      queries: [{ expr: `rate(${select(m.gcTime)}[20s])`, legend: `{{${labelOf(m.gcTime, "thread")}}}` }],
      metrics: [m.gcTime.name],
    },
    {
      id: "self-heap",
      title: "JavaScript heap in use",
      help: "A heap that only grows is a leak.",
      unit: "bytes",
      form: "stacked",
      queries: [{ expr: select(m.heapUsed), legend: `{{${labelOf(m.heapUsed, "thread")}}}` }],
      metrics: [m.heapUsed.name],
    },
  ],
};
