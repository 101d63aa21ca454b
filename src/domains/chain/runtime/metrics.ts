/** The client as a process, where it tells of itself. What the host sees of it is in the host's own metrics. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

export const chainRuntimeMetrics = defineMetrics({
  cpu: {
    name: "chainpulse.chain.process.cpu.time",
    kind: "counter",
    unit: "s",
    help: "CPU time of the client, user and system.",
    labels: perClient,
  },
  memory: {
    name: "chainpulse.chain.process.memory",
    kind: "gauge",
    unit: "By",
    help: "Resident memory of the client.",
    labels: perClient,
  },
  heap: {
    name: "chainpulse.chain.process.heap",
    kind: "gauge",
    unit: "By",
    help: "Heap that the client's runtime has in use.",
    labels: perClient,
  },
  gcTime: {
    name: "chainpulse.chain.process.gc.time",
    kind: "counter",
    unit: "s",
    help: "Time that the client's runtime has spent collecting garbage.",
    labels: perClient,
  },
  openFiles: {
    name: "chainpulse.chain.process.open_files",
    kind: "gauge",
    unit: "{file}",
    help: "File descriptors that the client has open.",
    labels: perClient,
  },
  threads: {
    name: "chainpulse.chain.process.threads",
    kind: "gauge",
    unit: "{thread}",
    help: "Threads, or goroutines, of the client.",
    labels: perClient,
  },
  startTime: {
    name: "chainpulse.chain.process.start_time",
    kind: "gauge",
    unit: "s",
    help: "When the client was started, seconds since the epoch.",
    labels: perClient,
    rollup: "last",
  },
});
