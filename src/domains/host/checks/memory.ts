/** Health of memory. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cgroupMetrics } from "../cgroup/metrics.ts";
import { memoryUsage } from "../memory/expressions.ts";
import { memoryMetrics as m } from "../memory/metrics.ts";
import { mostMemory, mostSwapped } from "./culprits.ts";

const minuteMs = 60_000;
const cgroup = labelOf(cgroupMetrics.cgroupOomKills, "cgroup");

export const memoryChecks: readonly CheckDeclaration[] = [
  {
    id: "host.memory_usage",
    title: "Memory in use",
    help: "Without available memory the kernel drops the page cache that databases live on, then kills processes. Limits: 10 % and 3 % left.",
    expr: memoryUsage,
    details: mostMemory.details,
    direction: "above",
    warning: 0.9,
    critical: 0.97,
    forMs: minuteMs,
    unit: "ratio",
    message: `{{$value}} of the memory is in use and cannot be freed, since {{$since}}${mostMemory.clause}.`,
    ok: `{{$value}} of the memory is in use and cannot be freed${mostMemory.clause}.`,
    action: "See which processes grow; lower their caches, add memory, or restart the one that leaks.",
    metrics: [m.memoryAvailable.name, m.memoryLimit.name],
  },
  {
    id: "host.memory_oom_kills",
    title: "Processes killed for lack of memory",
    help: "The kernel kills a process only when nothing else is left to do. Any kill in the last ten minutes counts.",
    // An increase is extrapolated to the whole window: rounded, it is the count again.
    expr: `round(increase(${select(m.oomKills)}[10m]))`,
    details: { group: `topk(1, increase(${select(cgroupMetrics.cgroupOomKills, { cgroup: { not: "/" } })}[10m])) > 0` },
    direction: "above",
    warning: 0.5,
    critical: 2.5,
    unit: "count",
    message: `Processes killed by the kernel in ten minutes because memory ran out: {{$value}}[; most in the group {{group.${cgroup}}}].`,
    ok: "The kernel killed no process for lack of memory in the last ten minutes.",
    action: "See the kernel log for what was killed; give that service a limit of its own, or the machine more memory.",
    metrics: [m.oomKills.name],
  },
  {
    id: "host.memory_swapping",
    title: "Swap traffic",
    help: "Pages that come back from swap are waited for: 100 a second (0.4 MB) are felt, 2,000 stop a database.",
    expr: perSecond(m.swapOperations, { "system.paging.direction": "in" }),
    details: mostSwapped.details,
    direction: "above",
    warning: 100,
    critical: 2000,
    forMs: 2 * minuteMs,
    unit: "count/s",
    message: `Pages come back from swap, {{$value}}, since {{$since}}${mostSwapped.clause}.`,
    ok: "Pages that come back from swap: {{$value}}.",
    action: "The working set does not fit into memory: lower caches or add memory.",
    metrics: [m.swapOperations.name],
  },
  {
    id: "host.memory_errors",
    title: "Uncorrectable memory errors",
    help: "Data was lost in memory. A node that goes on with it may sign or store a wrong value.",
    expr: `round(increase(${select(m.eccErrors, { kind: "uncorrected" })}[1h]))`,
    direction: "above",
    critical: 0.5,
    unit: "count",
    message: "Memory controller {{controller}} could not correct {{$value}} errors in the last hour.",
    ok: "No uncorrectable memory error in the last hour.",
    action: "Take the machine out of service and replace the memory module.",
    metrics: [m.eccErrors.name],
  },
];
