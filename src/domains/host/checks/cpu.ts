/** Health of processors and scheduling. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cpuShare, cpuUsage, cpuUsageByCore, runQueuePerCore } from "../cpu/expressions.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { processMetrics } from "../process/metrics.ts";

const minuteMs = 60_000;
const core = labelOf(cpuMetrics.cpuTime, "cpu.logical_number");
const processName = labelOf(processMetrics.cpuTime, "process.executable.name");
const processId = labelOf(processMetrics.cpuTime, "process.pid");

export const cpuChecks: readonly CheckDeclaration[] = [
  {
    id: "host.cpu_usage",
    title: "CPU usage",
    help: "Processors without reserve delay block import and attestations. Limits: 10 % and 2 % of the time left idle, for minutes.",
    expr: cpuUsage,
    direction: "above",
    warning: 0.9,
    critical: 0.98,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: "All processors together are {{$value}} busy since {{$since}}.",
    action: "See which processes use the time; move work off this machine or give it more cores.",
    metrics: [cpuMetrics.cpuTime.name],
  },
  {
    id: "host.cpu_imbalance",
    title: "Work spread over cores",
    help: "One core at its limit while others idle: a single thread is the bottleneck. On 2 cores one busy core is 50 points above the mean, on many nearly 100.",
    expr: `topk(1, ${cpuUsageByCore}) - scalar(avg(${cpuUsageByCore}))`,
    direction: "above",
    warning: 0.45,
    forMs: 5 * minuteMs,
    details: {
      place: `${select(cpuMetrics.cpuInfo)} and on (${core}) topk(1, ${cpuUsageByCore})`,
      process: `topk(1, sum by (${processName}, ${processId}) (${perSecond(processMetrics.cpuTime)}))`,
    },
    unit: "ratio",
    message: `Core {{${core}}} (NUMA node {{place.${labelOf(cpuMetrics.cpuInfo, "numa.node")}}}) is {{$value}} busier than the mean of all cores since {{$since}}; the process with the most time is {{process.${processName}}} ({{process.${processId}}}).`,
    action: "Raise the worker or thread setting of the busiest program, or widen its CPU affinity.",
    metrics: [cpuMetrics.cpuTime.name],
  },
  {
    id: "host.numa_imbalance",
    title: "Work spread over NUMA nodes",
    help: "One node at its limit while another idles: programs are pinned to it, or follow their memory.",
    expr: `topk(1, ${select(cpuMetrics.numaCpuUtilization)}) - scalar(avg(${select(cpuMetrics.numaCpuUtilization)}))`,
    direction: "above",
    warning: 0.3,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: `NUMA node {{${labelOf(cpuMetrics.numaCpuUtilization, "numa.node")}}} is {{$value}} busier than the mean of all nodes since {{$since}}.`,
    action: "See the programs' CPU affinity and `numactl --hardware`; spread them over the nodes.",
    metrics: [cpuMetrics.numaCpuUtilization.name],
  },
  {
    id: "host.cpu_steal",
    title: "Time stolen by the hypervisor",
    help: "The provider runs more machines than its processors can serve. From 5 % latencies suffer, from 20 % the machine is not fit for a validator.",
    expr: cpuShare("steal"),
    direction: "above",
    warning: 0.05,
    critical: 0.2,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: "The hypervisor gave {{$value}} of this machine's processor time to others since {{$since}}.",
    action: "Ask the provider for dedicated cores, or move the node to another host.",
    metrics: [cpuMetrics.cpuTime.name],
  },
  {
    id: "host.cpu_run_queue",
    title: "Run queue",
    help: "More runnable tasks than processors: work waits. Limits: 2 and 5 tasks for each processor, for minutes.",
    expr: runQueuePerCore,
    direction: "above",
    warning: 2,
    critical: 5,
    forMs: 2 * minuteMs,
    unit: "count",
    message: "{{$value}} tasks run or wait for each processor since {{$since}}.",
    action: "See the scheduling latency and the busiest processes; reduce worker threads or add cores.",
    metrics: [cpuMetrics.tasksRunning.name, cpuMetrics.logicalCount.name],
  },
];
