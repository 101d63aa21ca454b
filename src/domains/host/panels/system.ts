/** Charts of the clock and the kernel's limits. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { clockMetrics } from "../clock/metrics.ts";
import { systemMetrics } from "../system/metrics.ts";

export const systemPanels: PanelSection = {
  id: "system",
  title: "System",
  panels: [
    {
      id: "system_uptime",
      title: "Uptime",
      help: "Time since boot.",
      unit: "seconds",
      queries: [{ expr: select(systemMetrics.uptime), legend: "uptime" }],
      metrics: [systemMetrics.uptime.name],
    },
    {
      id: "system_clock_offset",
      title: "Clock offset",
      help: "What the clock is off and the kernel still works off. A validator needs less than half a second.",
      unit: "seconds",
      queries: [
        { expr: select(clockMetrics.clockOffset), legend: "offset" },
        { expr: select(clockMetrics.clockError), legend: `{{${labelOf(clockMetrics.clockError, "kind")}}} error` },
      ],
      metrics: [clockMetrics.clockOffset.name, clockMetrics.clockError.name],
    },
    {
      id: "system_tasks",
      title: "Tasks and their limits",
      help: "At the lower limit no process or thread can be started.",
      unit: "count",
      queries: [
        { expr: select(cpuMetrics.tasks), legend: "tasks" },
        { expr: select(systemMetrics.maxThreads), legend: "limit of tasks" },
        { expr: select(systemMetrics.maxPids), legend: "limit of process numbers" },
      ],
      metrics: [cpuMetrics.tasks.name, systemMetrics.maxThreads.name, systemMetrics.maxPids.name],
    },
    {
      id: "system_entropy",
      title: "Entropy",
      help: "Since Linux 5.18 it stays at 256 once the pool is full; lower after boot only.",
      unit: "count",
      queries: [{ expr: select(systemMetrics.entropy), legend: "bits" }],
      metrics: [systemMetrics.entropy.name],
    },
  ],
};
