/** What is shown of a node's processes: the machine's totals, the live table, the applications. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import type { ViewGroup, ViewList } from "../../../core/view.ts";
import { anonymousGrowth, groupCpu, living, livingGroups, processCpu, runDelay, threadLimit } from "../process/expressions.ts";
import {
  processDetailMetrics,
  processGroupMetrics,
  processMetrics,
  processPssMetrics,
  processThreadMetrics,
} from "../process/metrics.ts";
import { perSecondSlow } from "../slow-rate.ts";

const percent = { unit: "%", scale: 100 } as const;

const processes: ViewList = {
  name: "processes",
  help: "The processes with series of their own: those that use most, and the watched ones.",
  key: { field: "pid", label: labelOf(processMetrics.cpuTime, "process.pid"), help: "Process id." },
  labels: [
    { field: "name", label: labelOf(processMetrics.cpuTime, "process.executable.name"), help: "Name of the process." },
    { field: "user", label: labelOf(processMetrics.cpuTime, "process.owner"), help: "User that the process runs as." },
    { field: "container", label: labelOf(processMetrics.cpuTime, "container.name"), help: "Container it runs in." },
    { field: "pod", label: labelOf(processMetrics.cpuTime, "k8s.pod.name"), help: "Kubernetes pod it runs in." },
    { field: "unit", label: labelOf(processMetrics.cpuTime, "systemd.unit"), help: "systemd service it belongs to." },
  ],
  fields: [
    { name: "cpuPercent", help: "CPU in use; 100 is one core.", expr: living(processCpu), ...percent },
    { name: "residentBytes", help: "Memory that is in RAM.", unit: "By", expr: select(processMetrics.memoryUsage) },
    { name: "virtualBytes", help: "Reserved address space.", unit: "By", expr: select(processMetrics.memoryVirtual) },
    {
      name: "anonymousBytes",
      help: "Heap and stack in RAM.",
      unit: "By",
      expr: select(processDetailMetrics.residentByKind, { "process.memory.kind": "anonymous" }),
    },
    {
      name: "anonymousGrowthBytesPerSecond",
      help: "Growth of heap and stack over ten minutes.",
      unit: "By/s",
      expr: living(anonymousGrowth),
    },
    {
      name: "proportionalBytes",
      help: "Memory with shared pages divided among those who share them; watched processes only.",
      unit: "By",
      expr: select(processPssMetrics.proportional),
    },
    { name: "swappedBytes", help: "Memory in swap.", unit: "By", expr: select(processDetailMetrics.swapped) },
    {
      name: "ioReadBytesPerSecond",
      help: "Read from storage.",
      unit: "By/s",
      expr: living(perSecond(processMetrics.diskIo, { "disk.io.direction": "read" })),
    },
    {
      name: "ioWriteBytesPerSecond",
      help: "Written to storage.",
      unit: "By/s",
      expr: living(perSecond(processMetrics.diskIo, { "disk.io.direction": "write" })),
    },
    {
      name: "majorFaultsPerSecond",
      help: "Page faults that waited for a disk.",
      unit: "1/s",
      expr: living(perSecond(processMetrics.pagingFaults, { "process.paging.fault_type": "major" })),
    },
    {
      name: "minorFaultsPerSecond",
      help: "Page faults that mapped memory.",
      unit: "1/s",
      expr: living(perSecond(processMetrics.pagingFaults, { "process.paging.fault_type": "minor" })),
    },
    { name: "threads", help: "Threads.", unit: "1", expr: select(processMetrics.threadCount) },
    { name: "openFiles", help: "Open descriptors.", unit: "1", expr: select(processDetailMetrics.fileDescriptors) },
    { name: "openFilesLimit", help: "Descriptors allowed.", unit: "1", expr: select(processDetailMetrics.fileDescriptorLimit) },
    { name: "runDelayPercent", help: "Time that threads waited for a CPU, of one core.", expr: living(runDelay), ...percent },
    {
      name: "involuntarySwitchesPerSecond",
      help: "Times that a thread was preempted.",
      unit: "1/s",
      expr: living(perSecondSlow(processThreadMetrics.contextSwitches, { "process.context_switch.type": "involuntary" })),
    },
    { name: "lastCpu", help: "CPU that the main thread ran on last.", unit: "1", expr: select(processMetrics.lastCpu) },
    { name: "allowedCpus", help: "CPUs that it may run on.", unit: "1", expr: select(processDetailMetrics.affinity) },
    {
      name: "migrationsPerSecond",
      help: "Moves to another CPU that were seen.",
      unit: "1/s",
      expr: living(perSecond(processMetrics.migrations)),
    },
    {
      name: "state",
      help: "State: 0 running, 1 sleeping, 2 waiting for a device, 6 zombie.",
      unit: "1",
      expr: select(processMetrics.state),
    },
    { name: "startTimeSeconds", help: "Start, since the epoch.", unit: "s", expr: select(processMetrics.startTime) },
  ],
};

const applications: ViewList = {
  name: "applications",
  help: "All processes by application, children that came and went included.",
  key: { field: "name", label: labelOf(processGroupMetrics.cpuTime, "process.group.name"), help: "Name of the application." },
  fields: [
    { name: "cpuPercent", help: "CPU in use; 100 is one core.", expr: livingGroups(groupCpu), ...percent },
    { name: "residentBytes", help: "Memory in RAM, summed.", unit: "By", expr: select(processGroupMetrics.memoryUsage) },
    { name: "processes", help: "Processes.", unit: "1", expr: select(processGroupMetrics.processCount) },
    { name: "threads", help: "Threads.", unit: "1", expr: select(processGroupMetrics.threadCount) },
  ],
};

export const processView: ViewGroup = {
  name: "process",
  help: "Processes and applications.",
  fields: [
    { name: "count", help: "Processes of the machine.", unit: "1", expr: select(processGroupMetrics.byState), reduce: "sum" },
    { name: "threads", help: "Threads of the machine.", unit: "1", expr: select(processGroupMetrics.threads) },
    { name: "threadLimit", help: "Threads that the kernel allows.", unit: "1", expr: threadLimit },
    {
      name: "blocked",
      help: "Processes that wait for a device.",
      unit: "1",
      expr: select(processGroupMetrics.byState, { "process.state": "disk_sleep" }),
    },
    {
      name: "zombies",
      help: "Processes that have ended and that nobody has waited for.",
      unit: "1",
      expr: select(processGroupMetrics.byState, { "process.state": "zombie" }),
    },
    {
      name: "restCount",
      help: "Processes without series of their own.",
      unit: "1",
      expr: select(processGroupMetrics.restCount),
    },
    {
      name: "restCpuPercent",
      help: "CPU that they use together.",
      expr: perSecond(processGroupMetrics.restCpuTime),
      ...percent,
    },
    {
      name: "restResidentBytes",
      help: "Memory that they use together.",
      unit: "By",
      expr: select(processGroupMetrics.restMemoryUsage),
    },
  ],
  lists: [processes, applications],
};
