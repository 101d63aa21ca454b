/** Charts of the client as a process, as it tells of itself. */
import type { PanelSection } from "../../../core/panel.ts";
import { select } from "../../../core/promql-text.ts";
import { perMinute } from "../expressions/client.ts";
import { chainRuntimeMetrics as r } from "../runtime/metrics.ts";
import { client } from "./legend.ts";

export const runtimePanels: PanelSection = {
  id: "chain-runtime",
  title: "Client runtime",
  panels: [
    {
      id: "chain_cpu",
      title: "Client CPU",
      help: "Processor time, in cores.",
      unit: "count",
      queries: [{ expr: perMinute(r.cpu), legend: client }],
      metrics: [r.cpu.name],
    },
    {
      id: "chain_memory",
      title: "Client memory",
      help: "Resident memory, and the heap in use within it. A heap that only grows is a leak.",
      unit: "bytes",
      queries: [
        { expr: select(r.memory), legend: `${client} resident` },
        { expr: select(r.heap), legend: `${client} heap` },
      ],
      metrics: [r.memory.name, r.heap.name],
    },
    {
      id: "chain_gc",
      title: "Garbage collection",
      help: "Share of time that goes into collecting garbage. Above a few percent blocks wait for it.",
      unit: "ratio",
      queries: [{ expr: perMinute(r.gcTime), legend: client }],
      metrics: [r.gcTime.name],
    },
    {
      id: "chain_open_files",
      title: "Open files",
      help: "File descriptors that the client has open: databases and peers take most.",
      unit: "count",
      queries: [{ expr: select(r.openFiles), legend: client }],
      metrics: [r.openFiles.name],
    },
    {
      id: "chain_threads",
      title: "Threads",
      help: "Threads, or goroutines. A number that only grows is a leak.",
      unit: "count",
      queries: [{ expr: select(r.threads), legend: client }],
      metrics: [r.threads.name],
    },
    {
      id: "chain_uptime",
      title: "Time since the start",
      help: "It falls to zero with each restart.",
      unit: "seconds",
      queries: [{ expr: `time() - ${select(r.startTime)}`, legend: client }],
      metrics: [r.startTime.name],
    },
  ],
};
