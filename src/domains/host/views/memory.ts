/** What is shown of a node's memory. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import type { ViewGroup } from "../../../core/view.ts";
import { memoryUsage, swapUsage } from "../memory/expressions.ts";
import { memoryMetrics as m } from "../memory/metrics.ts";
import { pressureMetrics } from "../pressure/metrics.ts";

const bytes = { unit: "By" } as const;
const percent = { unit: "%", scale: 100 } as const;

export const memoryView: ViewGroup = {
  name: "memory",
  help: "Physical memory, swap and paging.",
  fields: [
    { name: "usagePercent", help: "Share of memory that is not available to programs.", expr: memoryUsage, ...percent },
    { name: "totalBytes", help: "Physical memory.", expr: select(m.memoryLimit), ...bytes },
    {
      name: "availableBytes",
      help: "Memory that programs could take without swapping.",
      expr: select(m.memoryAvailable),
      ...bytes,
    },
    {
      name: "usedBytes",
      help: "Memory in use, without buffers and cache.",
      expr: select(m.memoryUsage, { "system.memory.state": "used" }),
      ...bytes,
    },
    {
      name: "freeBytes",
      help: "Memory that nothing uses.",
      expr: select(m.memoryUsage, { "system.memory.state": "free" }),
      ...bytes,
    },
    {
      name: "buffersBytes",
      help: "Buffers of block devices.",
      expr: select(m.memoryUsage, { "system.memory.state": "buffers" }),
      ...bytes,
    },
    {
      name: "cachedBytes",
      help: "Page cache and reclaimable slab.",
      expr: select(m.memoryUsage, { "system.memory.state": "cached" }),
      ...bytes,
    },
    { name: "slabBytes", help: "Memory of the kernel's own objects.", expr: select(m.slabUsage), reduce: "sum", ...bytes },
    {
      name: "virtualCommittedBytes",
      help: "Virtual memory that programs were promised.",
      expr: select(m.memoryDetail, { field: "Committed_AS" }),
      ...bytes,
    },
    { name: "swapUsagePercent", help: "Share of the swap space in use.", expr: swapUsage, ...percent },
    {
      name: "swapUsedBytes",
      help: "Swap space in use.",
      expr: select(m.swapUsage, { "system.paging.state": "used" }),
      ...bytes,
    },
    {
      name: "majorFaultsPerSecond",
      help: "Page faults that waited for a disk.",
      unit: "1/s",
      expr: perSecond(m.faults, { "system.paging.fault.type": "major" }),
    },
    {
      name: "minorFaultsPerSecond",
      help: "Page faults that did not wait.",
      unit: "1/s",
      expr: perSecond(m.faults, { "system.paging.fault.type": "minor" }),
    },
    {
      name: "pressurePercent",
      help: "Share of time in which some task waited for memory.",
      expr: perSecond(pressureMetrics.pressure, { resource: "memory", stall: "some" }),
      ...percent,
    },
    { name: "oomKillsTotal", help: "Processes killed since boot because memory ran out.", unit: "1", expr: select(m.oomKills) },
    {
      name: "fragmentationPercent",
      help: "Share of free memory too scattered for a huge page, in the worst zone.",
      expr: select(m.fragmentation),
      reduce: "max",
      ...percent,
    },
  ],
  lists: [
    {
      name: "numaNodes",
      help: "The NUMA nodes, on machines with more than one.",
      key: { field: "nodeId", label: labelOf(m.numaMemory, "numa.node"), help: "Number of the NUMA node." },
      fields: [
        { name: "usedBytes", help: "Memory in use on the node.", expr: select(m.numaMemory, { state: "used" }), ...bytes },
        { name: "freeBytes", help: "Free memory of the node.", expr: select(m.numaMemory, { state: "free" }), ...bytes },
      ],
    },
  ],
};
