/** What ChainPulse says about processors and scheduling. Names: OpenTelemetry system conventions where they have one. */
import { defineMetrics } from "../../../core/metric.ts";

/** Columns of a `cpu` line in `/proc/stat`, in its order. Source: Documentation/filesystems/proc.rst, 1.7 "Miscellaneous kernel statistics". */
export const cpuModes = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "interrupt",
  "softirq",
  "steal",
  "guest",
  "guest_nice",
] as const;

/** Modes in which a core does nothing; usage is the share of all others. */
export const idleModes = ["idle", "iowait"] as const;

/** Vectors of the `softirq` line, in its order. Source: include/linux/interrupt.h, the softirq enumeration. */
export const softirqVectors = [
  "HI",
  "TIMER",
  "NET_TX",
  "NET_RX",
  "BLOCK",
  "IRQ_POLL",
  "TASKLET",
  "SCHED",
  "HRTIMER",
  "RCU",
] as const;

const core = { "cpu.logical_number": null } as const;
const asCpu = { "cpu.logical_number": "cpu" };

export const cpuMetrics = defineMetrics({
  cpuTime: {
    name: "system.cpu.time",
    kind: "counter",
    unit: "s",
    help: "Time each logical processor spent in each mode; guest time is not part of user time.",
    labels: { "cpu.logical_number": null, "cpu.mode": cpuModes },
    aliases: [
      // node_exporter counts guest time in `user` as well; here it is a mode of its own, so that all modes add up to the time.
      {
        name: "node_cpu_seconds_total",
        labels: { "cpu.logical_number": "cpu", "cpu.mode": "mode" },
        values: { "cpu.mode": { interrupt: "irq" } },
      },
      {
        name: "node_cpu_guest_seconds_total",
        labels: { "cpu.logical_number": "cpu", "cpu.mode": "mode" },
        where: { "cpu.mode": "guest" },
        values: { "cpu.mode": { guest: "user" } },
      },
      {
        name: "node_cpu_guest_seconds_total",
        labels: { "cpu.logical_number": "cpu", "cpu.mode": "mode" },
        where: { "cpu.mode": "guest_nice" },
        values: { "cpu.mode": { guest_nice: "nice" } },
      },
    ],
  },
  cpuImbalance: {
    name: "chainpulse.host.cpu.imbalance",
    kind: "gauge",
    unit: "1",
    help: "Utilisation of the busiest core or NUMA node minus the mean of all of them, over the last tick.",
    labels: { scope: ["core", "numa_node"] },
    rollup: "max",
  },
  numaCpuUtilization: {
    name: "chainpulse.host.numa.cpu.utilization",
    kind: "gauge",
    unit: "1",
    help: "Share of the last tick that the cores of a NUMA node were busy; on machines with more than one node.",
    labels: { "numa.node": null },
  },
  contextSwitches: {
    name: "chainpulse.host.context_switches",
    kind: "counter",
    unit: "{switch}",
    help: "Context switches on all processors.",
    aliases: [{ name: "node_context_switches_total" }],
  },
  interrupts: {
    name: "chainpulse.host.interrupts",
    kind: "counter",
    unit: "{interrupt}",
    help: "Interrupts serviced on all processors.",
    aliases: [{ name: "node_intr_total" }],
  },
  softirqs: {
    name: "chainpulse.host.softirqs",
    kind: "counter",
    unit: "{softirq}",
    help: "Soft interrupts handled on all processors, by vector.",
    labels: { vector: softirqVectors },
    aliases: [{ name: "node_softirqs_total", labels: { vector: "vector" } }],
  },
  interruptsByCpu: {
    name: "chainpulse.host.cpu.interrupts",
    kind: "counter",
    unit: "{interrupt}",
    help: "Interrupts that each logical processor serviced.",
    labels: core,
  },
  interruptsBySource: {
    name: "chainpulse.host.interrupts.by_source",
    kind: "counter",
    unit: "{interrupt}",
    help: "Interrupts by line, all processors together; the 32 busiest lines.",
    labels: { irq: null, device: null },
    aliases: [{ name: "node_interrupts_total", labels: { irq: "type", device: "devices" } }],
  },
  processesCreated: {
    name: "system.process.created",
    kind: "counter",
    unit: "{process}",
    help: "Processes and threads created since boot.",
    aliases: [{ name: "node_forks_total" }],
  },
  tasksRunning: {
    name: "chainpulse.host.tasks.running",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks that run or wait for a processor (the run queue of all processors together).",
    aliases: [{ name: "node_procs_running" }],
  },
  tasksBlocked: {
    name: "chainpulse.host.tasks.blocked",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks that wait for input or output and cannot be interrupted.",
    aliases: [{ name: "node_procs_blocked" }],
  },
  tasks: {
    name: "chainpulse.host.tasks",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks (processes and threads) that exist.",
    aliases: [{ name: "node_processes_threads" }],
  },
  bootTime: {
    name: "chainpulse.host.boot_time",
    kind: "gauge",
    unit: "s",
    help: "Time of the last boot, seconds since the epoch.",
    rollup: "last",
    aliases: [{ name: "node_boot_time_seconds" }],
  },
  load1: {
    name: "system.cpu.load_average.1m",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks that ran, waited for a processor or were blocked: damped average over one minute.",
    aliases: [{ name: "node_load1" }],
  },
  load5: {
    name: "system.cpu.load_average.5m",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks that ran, waited for a processor or were blocked: damped average over five minutes.",
    aliases: [{ name: "node_load5" }],
  },
  load15: {
    name: "system.cpu.load_average.15m",
    kind: "gauge",
    unit: "{task}",
    help: "Tasks that ran, waited for a processor or were blocked: damped average over fifteen minutes.",
    aliases: [{ name: "node_load15" }],
  },
  scheduleRunTime: {
    name: "chainpulse.host.cpu.schedule.run_time",
    kind: "counter",
    unit: "s",
    help: "Time that tasks ran on each processor, as the scheduler counts it (nanoseconds instead of clock ticks).",
    labels: core,
    aliases: [{ name: "node_schedstat_running_seconds_total", labels: asCpu }],
  },
  scheduleWaitTime: {
    name: "chainpulse.host.cpu.schedule.wait_time",
    kind: "counter",
    unit: "s",
    help: "Time that runnable tasks waited for each processor: the run queue's latency.",
    labels: core,
    aliases: [{ name: "node_schedstat_waiting_seconds_total", labels: asCpu }],
  },
  scheduleSlices: {
    name: "chainpulse.host.cpu.schedule.timeslices",
    kind: "counter",
    unit: "{timeslice}",
    help: "Time slices run on each processor.",
    labels: core,
    aliases: [{ name: "node_schedstat_timeslices_total", labels: asCpu }],
  },
  cpuFrequency: {
    name: "system.cpu.frequency",
    kind: "gauge",
    unit: "Hz",
    help: "Frequency at which each logical processor runs now.",
    labels: core,
    aliases: [{ name: "node_cpu_scaling_frequency_hertz", labels: asCpu }],
  },
  cpuFrequencyLimit: {
    name: "chainpulse.host.cpu.frequency.limit",
    kind: "gauge",
    unit: "Hz",
    help: "Lowest and highest frequency of each logical processor: what the hardware can and what the policy allows.",
    labels: { "cpu.logical_number": null, limit: ["hardware_min", "hardware_max", "policy_min", "policy_max"] },
    rollup: "last",
    aliases: [
      { name: "node_cpu_frequency_min_hertz", labels: asCpu, where: { limit: "hardware_min" } },
      { name: "node_cpu_frequency_max_hertz", labels: asCpu, where: { limit: "hardware_max" } },
      { name: "node_cpu_scaling_frequency_min_hertz", labels: asCpu, where: { limit: "policy_min" } },
      { name: "node_cpu_scaling_frequency_max_hertz", labels: asCpu, where: { limit: "policy_max" } },
    ],
  },
  cpuGovernor: {
    name: "chainpulse.host.cpu.frequency.governor",
    kind: "gauge",
    unit: "",
    help: "The frequency governor of each logical processor; the value is always 1.",
    labels: { "cpu.logical_number": null, governor: null },
    rollup: "last",
    aliases: [{ name: "node_cpu_scaling_governor", labels: { "cpu.logical_number": "cpu", governor: "governor" } }],
  },
  logicalCount: {
    name: "system.cpu.logical.count",
    kind: "updowncounter",
    unit: "{cpu}",
    help: "Logical processors that are online.",
    rollup: "last",
  },
  physicalCount: {
    name: "system.cpu.physical.count",
    kind: "updowncounter",
    unit: "{cpu}",
    help: "Physical cores with a logical processor online.",
    rollup: "last",
  },
  cpuInfo: {
    name: "chainpulse.host.cpu.info",
    kind: "gauge",
    unit: "",
    help: "Where each logical processor sits and what it is; the value is always 1.",
    labels: { "cpu.logical_number": null, core: null, package: null, "numa.node": null, model: null },
    rollup: "last",
    aliases: [
      {
        name: "node_cpu_info",
        labels: { "cpu.logical_number": "cpu", core: "core", package: "package", model: "model_name" },
      },
    ],
  },
});
