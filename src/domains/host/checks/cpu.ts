/** Health of processors and scheduling. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { busiestCore, cpuShare, cpuUsage, otherCoresUsage, loadPerCore } from "../cpu/expressions.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { mostCpu, mostCpuOnBusiestCore, mostCpuOnNumaNode } from "./culprits.ts";

const minuteMs = 60_000;
const core = labelOf(cpuMetrics.cpuTime, "cpu.logical_number");
const numaNode = labelOf(cpuMetrics.numaCpuUtilization, "numa.node");
const usageByNode = select(cpuMetrics.numaCpuUtilization);
const busiestNode = `topk(1, ${usageByNode})`;
/** The check's sentence and its ok sentence tell the same: where the work is, and whose it is. */
const spreadOverCores = `{{busiest.$value}} % busy, the other cores {{others.$value}} %`;
const spreadOverNodes = `{{busiest.$value}} % busy, the other nodes {{others.$value}} %`;
const otherNodesUsage = `(sum(${usageByNode}) - max(${usageByNode})) / (count(${usageByNode}) - 1 > 0)`;

export const cpuChecks: readonly CheckDeclaration[] = [
  {
    id: "host.cpu_usage",
    title: "CPU usage",
    help: "Processors without reserve delay block import and attestations. Limits: 10 % and 2 % of the time left idle, for minutes.",
    expr: cpuUsage,
    details: mostCpu.details,
    direction: "above",
    warning: 0.9,
    critical: 0.98,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: `All processors together are {{$value}} busy since {{$since}}${mostCpu.clause}.`,
    ok: `All processors together are {{$value}} busy${mostCpu.clause}.`,
    action: "See which processes use the time; move work off this machine or give it more cores.",
    metrics: [cpuMetrics.cpuTime.name],
  },
  {
    id: "host.cpu_imbalance",
    title: "Work spread over cores",
    help: "One core at its limit while others idle: a single thread is the bottleneck. Judged is the busiest core's usage minus the mean of the others, so that the limit means the same on 2 cores and on 128.",
    expr: `${busiestCore} - on () group_left () ${otherCoresUsage}`,
    direction: "above",
    warning: 0.6,
    forMs: 2 * minuteMs,
    details: {
      busiest: `100 * ${busiestCore}`,
      others: `100 * ${otherCoresUsage}`,
      // Named on machines with several nodes only: elsewhere it is always the same.
      place: `${select(cpuMetrics.cpuInfo)} and on (${core}) ${busiestCore} and on (${numaNode}) ${usageByNode}`,
      ...mostCpuOnBusiestCore.details,
    },
    unit: "ratio",
    message: `Core {{${core}}}[ of NUMA node {{place.${numaNode}}}] carries the work since {{$since}}: it is ${spreadOverCores}${mostCpuOnBusiestCore.clause}.`,
    ok: `No core carries the work alone: the busiest, {{${core}}}, is ${spreadOverCores}${mostCpuOnBusiestCore.clause}.`,
    action: "Raise the worker or thread setting of the busiest program, or widen its CPU affinity.",
    metrics: [cpuMetrics.cpuTime.name],
  },
  {
    id: "host.numa_imbalance",
    title: "Work spread over NUMA nodes",
    help: "One node at its limit while another idles: programs are pinned to it, or follow their memory.",
    expr: `${busiestNode} - on () group_left () ${otherNodesUsage}`,
    direction: "above",
    warning: 0.6,
    forMs: 2 * minuteMs,
    details: {
      busiest: `100 * ${busiestNode}`,
      others: `100 * ${otherNodesUsage}`,
      ...mostCpuOnNumaNode(busiestNode).details,
    },
    unit: "ratio",
    message: `NUMA node {{${numaNode}}} carries the work since {{$since}}: it is ${spreadOverNodes}${mostCpuOnBusiestCore.clause}.`,
    ok: `No NUMA node carries the work alone: the busiest, {{${numaNode}}}, is ${spreadOverNodes}${mostCpuOnBusiestCore.clause}.`,
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
    ok: "The hypervisor gives {{$value}} of this machine's processor time to others.",
    action: "Ask the provider for dedicated cores, or move the node to another host.",
    metrics: [cpuMetrics.cpuTime.name],
  },
  {
    id: "host.cpu_run_queue",
    title: "Load for each processor",
    help: "More work than processors: it queues up. Limits: 2 for each processor, which is node-mixin's NodeSystemSaturation, and 5, for minutes. Tasks that wait for a disk count too.",
    expr: loadPerCore,
    details: mostCpu.details,
    direction: "above",
    warning: 2,
    critical: 5,
    forMs: 2 * minuteMs,
    unit: "count",
    message: `{{$value}} tasks for each processor run, wait or are blocked, the mean of a minute, since {{$since}}${mostCpu.clause}.`,
    ok: "{{$value}} tasks for each processor run, wait or are blocked, the mean of a minute.",
    action: "See the scheduling latency and the busiest processes; reduce worker threads or add cores.",
    metrics: [cpuMetrics.load1.name, cpuMetrics.logicalCount.name],
  },
];
