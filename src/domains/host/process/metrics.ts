/**
 * Processes: one series per process for those that matter (top N and watched), one per application for all of them.
 * Names follow the OpenTelemetry conventions for `process.*` (semantic conventions 1.45) where they exist.
 */
import { defineMetrics } from "../../../core/metric.ts";

/** Labels that say which process a series is about. An empty value means that the process has no such thing. */
export const processLabels = {
  "process.pid": null,
  "process.executable.name": null,
  "process.owner": null,
  "container.name": null,
  "k8s.pod.name": null,
  "systemd.unit": null,
} as const;

/** States of `/proc/<pid>/stat`, field 3 (proc(5)); `X` and `x` are never seen by a reader. */
export const processStates = ["running", "sleeping", "disk_sleep", "idle", "stopped", "traced", "zombie"] as const;
export type ProcessState = (typeof processStates)[number];

export const processMetrics = defineMetrics({
  cpuTime: {
    name: "process.cpu.time",
    kind: "counter",
    unit: "s",
    help: "CPU time of all threads of the process, without its children.",
    labels: { ...processLabels, "cpu.mode": ["user", "system"] },
  },
  memoryUsage: {
    name: "process.memory.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Resident memory of the process; pages shared with others count in full.",
    labels: processLabels,
    rollup: "mean",
  },
  memoryVirtual: {
    name: "process.memory.virtual",
    kind: "updowncounter",
    unit: "By",
    help: "Address space that the process has reserved.",
    labels: processLabels,
    rollup: "mean",
  },
  threadCount: {
    name: "process.thread.count",
    kind: "updowncounter",
    unit: "{thread}",
    help: "Threads of the process.",
    labels: processLabels,
    rollup: "mean",
  },
  pagingFaults: {
    name: "process.paging.faults",
    kind: "counter",
    unit: "{fault}",
    help: "Page faults: minor ones map memory that is there, major ones wait for a disk.",
    labels: { ...processLabels, "process.paging.fault_type": ["minor", "major"] },
  },
  diskIo: {
    name: "process.disk.io",
    kind: "counter",
    unit: "By",
    help: "Bytes that the process caused to be read from and written to storage.",
    labels: { ...processLabels, "disk.io.direction": ["read", "write"] },
  },
  ioDelay: {
    name: "chainpulse.process.io.delay",
    kind: "counter",
    unit: "s",
    help: "Time that the process waited for block devices.",
    labels: processLabels,
  },
  state: {
    name: "chainpulse.process.state",
    kind: "gauge",
    unit: "",
    help: "State at the tick: 0 running, 1 sleeping, 2 waiting for a device (cannot be killed), 3 idle, 4 stopped, 5 traced, 6 zombie.",
    labels: processLabels,
    rollup: "last",
  },
  startTime: {
    name: "chainpulse.process.start_time",
    kind: "gauge",
    unit: "s",
    help: "When the process started, in seconds since the epoch.",
    labels: processLabels,
    rollup: "last",
  },
  lastCpu: {
    name: "chainpulse.process.cpu.last",
    kind: "gauge",
    unit: "",
    help: "Number of the CPU that the main thread ran on last.",
    labels: processLabels,
    rollup: "last",
  },
  migrations: {
    name: "chainpulse.process.cpu.migrations",
    kind: "counter",
    unit: "{migration}",
    help: "Ticks at which the main thread was found on another CPU than at the tick before; a lower bound of its migrations.",
    labels: processLabels,
  },
});

/** From `/proc/<pid>/{status,fd,limits}`: dearer to read, slower to change. */
export const processDetailMetrics = defineMetrics({
  residentByKind: {
    name: "chainpulse.process.memory.resident",
    kind: "updowncounter",
    unit: "By",
    help: "Resident memory by what backs it: anonymous (heap, stack), file (mapped), shared (shmem, tmpfs).",
    labels: { ...processLabels, "process.memory.kind": ["anonymous", "file", "shared"] },
    rollup: "mean",
  },
  swapped: {
    name: "chainpulse.process.memory.swapped",
    kind: "updowncounter",
    unit: "By",
    help: "Anonymous memory of the process that is in swap.",
    labels: processLabels,
    rollup: "mean",
  },
  affinity: {
    name: "chainpulse.process.cpu.affinity",
    kind: "gauge",
    unit: "{cpu}",
    help: "CPUs that the process is allowed to run on.",
    labels: processLabels,
    rollup: "last",
  },
  fileDescriptors: {
    name: "process.unix.file_descriptor.count",
    kind: "updowncounter",
    unit: "{file_descriptor}",
    help: "File descriptors that the process has open.",
    labels: processLabels,
    rollup: "mean",
  },
  fileDescriptorLimit: {
    name: "chainpulse.process.file_descriptor.limit",
    kind: "gauge",
    unit: "{file_descriptor}",
    help: "File descriptors that the process may have open (soft limit); beyond it, accepting a connection fails.",
    labels: processLabels,
    rollup: "last",
  },
  info: {
    name: "chainpulse.process.info",
    kind: "gauge",
    unit: "",
    help: "Command line of the process; collected only with host.processes.command_lines.",
    labels: { "process.pid": null, "process.executable.name": null, "process.command_line": null },
    rollup: "last",
  },
});

/** Summed over `/proc/<pid>/task/*`: the files of the process itself show its main thread only. */
export const processThreadMetrics = defineMetrics({
  runDelay: {
    name: "chainpulse.process.cpu.run_delay",
    kind: "counter",
    unit: "s",
    help: "Time that the process's threads were ready to run and waited for a CPU, summed over threads.",
    labels: processLabels,
  },
  contextSwitches: {
    name: "process.context_switches",
    kind: "counter",
    unit: "{context_switch}",
    help: "Switches away from the process's threads: voluntary (it waited) and involuntary (it was preempted).",
    labels: { ...processLabels, "process.context_switch.type": ["voluntary", "involuntary"] },
  },
});

/** From `/proc/<pid>/smaps_rollup`, which walks the page tables (6 ms for a large process): watched processes only. */
export const processPssMetrics = defineMetrics({
  proportional: {
    name: "chainpulse.process.memory.proportional",
    kind: "updowncounter",
    unit: "By",
    help: "Proportional set size of a watched process: shared pages are divided among those who share them.",
    labels: processLabels,
    rollup: "mean",
  },
  private: {
    name: "chainpulse.process.memory.private",
    kind: "updowncounter",
    unit: "By",
    help: "Memory of a watched process that would be freed if it ended (private clean and dirty pages).",
    labels: processLabels,
    rollup: "mean",
  },
});

/** All processes, by application and by state. */
export const processGroupMetrics = defineMetrics({
  cpuTime: {
    name: "chainpulse.process.group.cpu.time",
    kind: "counter",
    unit: "s",
    help: "CPU time of an application's processes since ChainPulse started, with children that came and went between two ticks.",
    labels: { "process.group.name": null },
  },
  memoryUsage: {
    name: "chainpulse.process.group.memory.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Resident memory of an application's processes; pages that they share count once for each.",
    labels: { "process.group.name": null },
    rollup: "mean",
  },
  processCount: {
    name: "chainpulse.process.group.process.count",
    kind: "updowncounter",
    unit: "{process}",
    help: "Processes of an application.",
    labels: { "process.group.name": null },
    rollup: "mean",
  },
  threadCount: {
    name: "chainpulse.process.group.thread.count",
    kind: "updowncounter",
    unit: "{thread}",
    help: "Threads of an application.",
    labels: { "process.group.name": null },
    rollup: "mean",
  },
  restCpuTime: {
    name: "chainpulse.process.rest.cpu.time",
    kind: "counter",
    unit: "s",
    help: "CPU time, since ChainPulse started, of processes that had no series of their own when they used it.",
  },
  restMemoryUsage: {
    name: "chainpulse.process.rest.memory.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Resident memory of the processes that have no series of their own.",
    rollup: "mean",
  },
  restCount: {
    name: "chainpulse.process.rest.count",
    kind: "updowncounter",
    unit: "{process}",
    help: "Processes that have no series of their own.",
    rollup: "mean",
  },
  byState: {
    name: "system.process.count",
    kind: "updowncounter",
    unit: "{process}",
    help: "Processes of the machine by state.",
    labels: { "process.state": processStates },
    rollup: "mean",
  },
  threads: {
    name: "chainpulse.host.thread.count",
    kind: "updowncounter",
    unit: "{thread}",
    help: "Threads of the machine.",
    rollup: "mean",
  },
});
