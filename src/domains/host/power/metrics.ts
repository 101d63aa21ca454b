/** What ChainPulse says about electric power. */
import { defineMetrics } from "../../../core/metric.ts";

export const powerMetrics = defineMetrics({
  energy: {
    name: "chainpulse.host.power.energy",
    kind: "counter",
    unit: "J",
    help: "Energy that a part of the processor has taken: package, core, uncore, dram, or psys for the whole platform.",
    labels: { part: null, index: null, zone: null },
    aliases: [{ name: "node_rapl_{part}_joules_total", labels: { index: "index" } }],
  },
  powerLimit: {
    name: "chainpulse.host.power.limit",
    kind: "gauge",
    unit: "W",
    help: "Power at which the processor holds itself back, averaged over the window of the constraint.",
    labels: { part: null, index: null, constraint: null },
    rollup: "last",
  },
});
