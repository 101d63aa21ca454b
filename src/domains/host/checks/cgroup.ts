/** Health of services and containers that have limits. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cgroupMetrics as m } from "../cgroup/metrics.ts";

const minuteMs = 60_000;
const cgroup = `{{${labelOf(m.cgroupMemory, "cgroup")}}}`;

export const cgroupChecks: readonly CheckDeclaration[] = [
  {
    id: "host.cgroup_throttled",
    title: "Throttled by a CPU limit",
    help: "Share of the enforcement periods in which a group used up its quota. Each one stops it for up to 100 ms: a quarter of them ruins latencies.",
    expr: `${perSecond(m.cgroupCpuPeriods, { kind: "throttled" })} / ignoring (${labelOf(m.cgroupCpuPeriods, "kind")}) (${perSecond(m.cgroupCpuPeriods, { kind: "all" })} > 0)`,
    direction: "above",
    warning: 0.25,
    critical: 0.75,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: `${cgroup} is stopped by its processor limit in {{$value}} of the periods, since {{$since}}.`,
    ok: `No processor limit stops a group for long; at worst ${cgroup}, in {{$value}} of the periods.`,
    action: "Raise the service's or container's CPU limit, or give it fewer threads.",
    metrics: [m.cgroupCpuPeriods.name],
  },
  {
    id: "host.cgroup_memory_limit",
    title: "Memory limit of a group",
    help: "Memory without the file cache that can be dropped, as a share of the group's limit. At 1 the kernel kills in the group.",
    expr: `(${select(m.cgroupMemory)} - ignoring (${labelOf(m.cgroupMemoryKind, "part")}) ${select(m.cgroupMemoryKind, { part: "inactive_file" })}) / ${select(m.cgroupMemoryLimit)}`,
    direction: "above",
    warning: 0.9,
    critical: 0.98,
    forMs: minuteMs,
    unit: "ratio",
    message: `${cgroup} uses {{$value}} of its memory limit since {{$since}}.`,
    ok: `${cgroup} is nearest to its memory limit: {{$value}} of it is used.`,
    action: "Raise the service's or container's memory limit, or lower its caches.",
    metrics: [m.cgroupMemory.name, m.cgroupMemoryKind.name, m.cgroupMemoryLimit.name],
  },
];
