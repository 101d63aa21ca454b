/** Charts of the processors. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cpuShare, cpuUsageByCore } from "../cpu/expressions.ts";
import { cpuMetrics } from "../cpu/metrics.ts";

const cpuTime = [cpuMetrics.cpuTime.name];
const core = labelOf(cpuMetrics.cpuTime, "cpu.logical_number");

export const cpuPanels: PanelSection = {
  id: "cpu",
  title: "CPU",
  overview: ["cpu_usage"],
  panels: [
    {
      id: "cpu_usage",
      title: "CPU usage",
      help: "Share of all processors' time by what they did. Steal is time that the hypervisor gave to other machines.",
      unit: "ratio",
      form: "stacked",
      max: 1,
      queries: [
        { expr: cpuShare("user"), legend: "user" },
        { expr: cpuShare("nice"), legend: "nice" },
        { expr: cpuShare("system"), legend: "system" },
        { expr: cpuShare("iowait"), legend: "iowait" },
        { expr: cpuShare("interrupt", "softirq"), legend: "interrupts" },
        { expr: cpuShare("steal"), legend: "steal" },
        { expr: cpuShare("guest", "guest_nice"), legend: "guests" },
      ],
      metrics: cpuTime,
    },
    {
      id: "cpu_usage_by_core",
      title: "Usage by core",
      help: "One line at the top while others are low: a single-threaded program is the limit, more cores will not help it.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: cpuUsageByCore, legend: `core {{${core}}}` }],
      metrics: cpuTime,
    },
    {
      id: "cpu_imbalance",
      title: "Imbalance",
      help: "Usage of the busiest core (or NUMA node) minus the mean of all. High for long: work is badly spread.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: select(cpuMetrics.cpuImbalance), legend: `{{${labelOf(cpuMetrics.cpuImbalance, "scope")}}}` }],
      metrics: [cpuMetrics.cpuImbalance.name],
    },
    {
      id: "cpu_load",
      title: "Load average",
      help: "Tasks that ran, waited or were blocked. Above the number of processors for long: work queues up.",
      unit: "count",
      queries: [
        { expr: select(cpuMetrics.load1), legend: "1 min" },
        { expr: select(cpuMetrics.load5), legend: "5 min" },
        { expr: select(cpuMetrics.load15), legend: "15 min" },
        { expr: select(cpuMetrics.logicalCount), legend: "processors" },
      ],
      metrics: [cpuMetrics.load1.name, cpuMetrics.load5.name, cpuMetrics.load15.name],
    },
    {
      id: "cpu_tasks",
      title: "Run queue",
      help: "Tasks that run or wait for a processor, and tasks that wait for input or output.",
      unit: "count",
      queries: [
        { expr: select(cpuMetrics.tasksRunning), legend: "running or runnable" },
        { expr: select(cpuMetrics.tasksBlocked), legend: "blocked" },
      ],
      metrics: [cpuMetrics.tasksRunning.name, cpuMetrics.tasksBlocked.name],
    },
    {
      id: "cpu_schedule_wait",
      title: "Scheduling latency",
      help: "Seconds that runnable tasks waited for each processor, per second.",
      unit: "seconds",
      queries: [{ expr: perSecond(cpuMetrics.scheduleWaitTime), legend: `core {{${core}}}` }],
      metrics: [cpuMetrics.scheduleWaitTime.name],
    },
    {
      id: "cpu_switches",
      title: "Context switches and interrupts",
      help: "A sudden rise with no more work done points to contention or to a storm of packets.",
      unit: "count/s",
      queries: [
        { expr: perSecond(cpuMetrics.contextSwitches), legend: "context switches" },
        { expr: perSecond(cpuMetrics.interrupts), legend: "interrupts" },
        { expr: perSecond(cpuMetrics.processesCreated), legend: "tasks created" },
      ],
      metrics: [cpuMetrics.contextSwitches.name, cpuMetrics.interrupts.name, cpuMetrics.processesCreated.name],
    },
    {
      id: "cpu_softirqs",
      title: "Soft interrupts",
      help: "By vector. NET_RX follows the packets received, BLOCK the finished disk requests, TIMER and SCHED the clock.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: perSecond(cpuMetrics.softirqs), legend: `{{${labelOf(cpuMetrics.softirqs, "vector")}}}` }],
      metrics: [cpuMetrics.softirqs.name],
    },
    {
      id: "cpu_interrupts_by_core",
      title: "Interrupts by core",
      help: "All on one core: interrupt affinity keeps that core busy, often with network packets.",
      unit: "count/s",
      queries: [{ expr: perSecond(cpuMetrics.interruptsByCpu), legend: `core {{${core}}}` }],
      metrics: [cpuMetrics.interruptsByCpu.name],
    },
    {
      id: "cpu_frequency",
      title: "Frequency",
      help: "Falling under load: the processor is throttled by heat, power or its governor.",
      unit: "hertz",
      queries: [{ expr: select(cpuMetrics.cpuFrequency), legend: `core {{${core}}}` }],
      metrics: [cpuMetrics.cpuFrequency.name],
    },
  ],
};
