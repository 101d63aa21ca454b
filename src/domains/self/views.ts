/** ChainPulse's own cost, as a view group beside the node's. */
import { select } from "../../core/promql-text.ts";
import type { ViewGroup } from "../../core/view.ts";
import { selfMetrics as m } from "./metrics.ts";

export const selfView: ViewGroup = {
  name: "chainpulse",
  help: "What ChainPulse itself costs on this node.",
  fields: [
    {
      name: "cpuPercent",
      help: "CPU time of ChainPulse, in percent of one core.",
      unit: "%",
      // Own figures come every five seconds: the window must hold two of them.
      expr: `sum(rate(${select(m.processCpuTime)}[20s]))`,
      scale: 100,
    },
    {
      name: "residentBytes",
      help: "Resident memory of ChainPulse.",
      unit: "By",
      expr: `sum(${select(m.residentMemory)})`,
    },
    {
      name: "privateBytes",
      help: "Private (anonymous) resident memory of ChainPulse.",
      unit: "By",
      expr: select(m.residentMemory, { kind: "anonymous" }),
    },
    {
      name: "tickLatenessSeconds",
      help: "How much later than planned the last tick began.",
      unit: "s",
      expr: select(m.tickLateness),
    },
    { name: "storeBytes", help: "Size of the data directory's files.", unit: "By", expr: select(m.storeSize) },
    {
      name: "storeBudgetBytes",
      help: "Size of the data directory at which the oldest data goes.",
      unit: "By",
      expr: select(m.storeBudget),
    },
    {
      name: "samplesPerSecond",
      help: "Samples stored per second.",
      unit: "1/s",
      expr: `rate(${select(m.storeSamples)}[20s])`,
    },
  ],
};
