/** Charts of processes and applications. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { groupCpu, processCpu, runDelay } from "../process/expressions.ts";
import { processDetailMetrics, processGroupMetrics, processMetrics, processThreadMetrics } from "../process/metrics.ts";

/** Lines that a chart can hold and a reader can tell apart. */
const shown = 10;

const groupLegend = `{{${labelOf(processGroupMetrics.cpuTime, "process.group.name")}}}`;
const processLegend = `{{${labelOf(processMetrics.cpuTime, "process.executable.name")}}} {{${labelOf(processMetrics.cpuTime, "process.pid")}}}`;

export const processPanels: PanelSection = {
  id: "process",
  title: "Processes",
  overview: ["process_cpu_by_application"],
  panels: [
    {
      id: "process_cpu_by_application",
      title: "CPU by application",
      help: "CPUs in use, with children that came and went. The applications that use most; 1 is one core.",
      unit: "count",
      form: "stacked",
      queries: [{ expr: `topk(${shown}, ${groupCpu})`, legend: groupLegend }],
      metrics: [processGroupMetrics.cpuTime.name],
    },
    {
      id: "process_memory_by_application",
      title: "Memory by application",
      help: "Resident memory; pages that processes share count for each. The applications that use most.",
      unit: "bytes",
      form: "stacked",
      queries: [{ expr: `topk(${shown}, ${select(processGroupMetrics.memoryUsage)})`, legend: groupLegend }],
      metrics: [processGroupMetrics.memoryUsage.name],
    },
    {
      id: "process_cpu",
      title: "CPU by process",
      help: "CPUs in use by the busiest processes; 1 is one core.",
      unit: "count",
      queries: [{ expr: `topk(${shown}, ${processCpu})`, legend: processLegend }],
      metrics: [processMetrics.cpuTime.name],
    },
    {
      id: "process_memory",
      title: "Memory by process",
      help: "Heap and stack in RAM. A line that rises for hours without a step down is a leak.",
      unit: "bytes",
      queries: [
        {
          expr: `topk(${shown}, ${select(processDetailMetrics.residentByKind, { "process.memory.kind": "anonymous" })})`,
          legend: processLegend,
        },
      ],
      metrics: [processDetailMetrics.residentByKind.name],
    },
    {
      id: "process_io",
      title: "Storage traffic by process",
      help: "Read (above) and written (below) by the processes that do most.",
      unit: "bytes/s",
      queries: [
        {
          expr: `topk(${shown}, ${perSecond(processMetrics.diskIo, { "disk.io.direction": "read" })})`,
          legend: `${processLegend} read`,
        },
        {
          expr: `topk(${shown}, ${perSecond(processMetrics.diskIo, { "disk.io.direction": "write" })})`,
          legend: `${processLegend} written`,
          mirrored: true,
        },
      ],
      metrics: [processMetrics.diskIo.name],
    },
    {
      id: "process_run_delay",
      title: "Waiting for a CPU",
      help: "Time that a process's threads were ready and had no CPU, in seconds per second. Above 0.1 for long: too little CPU.",
      unit: "seconds",
      queries: [{ expr: `topk(${shown}, ${runDelay})`, legend: processLegend }],
      metrics: [processThreadMetrics.runDelay.name],
    },
    {
      id: "process_states",
      title: "Processes by state",
      help: "Those that wait for a device (disk_sleep) point to slow storage; zombies to a parent that does not look after its children.",
      unit: "count",
      form: "stacked",
      queries: [
        { expr: select(processGroupMetrics.byState), legend: `{{${labelOf(processGroupMetrics.byState, "process.state")}}}` },
      ],
      metrics: [processGroupMetrics.byState.name],
    },
  ],
};
