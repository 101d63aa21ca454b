/** Charts of control groups: services, containers, pods. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cgroupMetrics as m } from "../cgroup/metrics.ts";

const cgroup = labelOf(m.cgroupInfo, "cgroup");
const names = (["k8s.pod.name", "container.name", "systemd.unit"] as const).map((label) => labelOf(m.cgroupInfo, label));
const legend = [...names, cgroup].map((label) => `{{${label}}}`).join(" ");

/** The ten largest, more lines than that nobody can tell apart; with their names. */
function top(expr: string): string {
  return `topk(10, ${expr}) * on (${cgroup}) group_left (${names.join(", ")}) ${select(m.cgroupInfo)}`;
}

export const cgroupPanels: PanelSection = {
  id: "cgroup",
  title: "Services and containers",
  panels: [
    {
      id: "cgroup_cpu",
      title: "Processor time",
      help: "Processors' worth of time, the ten largest groups. An outer group contains its inner ones.",
      unit: "count",
      queries: [{ expr: top(`sum by (${cgroup}) (${perSecond(m.cgroupCpuTime)})`), legend }],
      metrics: [m.cgroupCpuTime.name],
    },
    {
      id: "cgroup_throttled",
      title: "Throttled by the CPU limit",
      help: "Seconds per second that a group's tasks were held back by its own limit, although processors may have been idle.",
      unit: "seconds",
      queries: [{ expr: top(perSecond(m.cgroupThrottledTime)), legend }],
      metrics: [m.cgroupThrottledTime.name],
    },
    {
      id: "cgroup_memory",
      title: "Memory",
      help: "Memory with page cache, the ten largest groups.",
      unit: "bytes",
      queries: [{ expr: top(select(m.cgroupMemory)), legend }],
      metrics: [m.cgroupMemory.name],
    },
    {
      id: "cgroup_memory_limit",
      title: "Memory limit in use",
      help: "At 1 the kernel reclaims, then kills in the group.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: top(`${select(m.cgroupMemory)} / ${select(m.cgroupMemoryLimit)}`), legend }],
      metrics: [m.cgroupMemory.name, m.cgroupMemoryLimit.name],
    },
    {
      id: "cgroup_io",
      title: "Disk traffic",
      help: "Bytes read and written, the ten largest groups of each.",
      unit: "bytes/s",
      queries: [
        { expr: top(perSecond(m.cgroupIo, { direction: "read" })), legend: `${legend} read` },
        { expr: top(perSecond(m.cgroupIo, { direction: "write" })), legend: `${legend} write`, mirrored: true },
      ],
      metrics: [m.cgroupIo.name],
    },
    {
      id: "cgroup_pressure",
      title: "Pressure",
      help: "Share of time in which some task of a group was held up, the ten worst.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: top(perSecond(m.cgroupPressure)), legend: `${legend} {{${labelOf(m.cgroupPressure, "resource")}}}` }],
      metrics: [m.cgroupPressure.name],
    },
    {
      id: "cgroup_tasks",
      title: "Tasks",
      help: "Processes and threads, the ten largest groups.",
      unit: "count",
      queries: [{ expr: top(select(m.cgroupTasks)), legend }],
      metrics: [m.cgroupTasks.name],
    },
  ],
};
