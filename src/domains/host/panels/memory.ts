/** Charts of memory, paging and reclaim. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { memoryMetrics as m } from "../memory/metrics.ts";

export const memoryPanels: PanelSection = {
  id: "memory",
  title: "Memory",
  overview: ["memory_usage"],
  panels: [
    {
      id: "memory_usage",
      title: "Memory",
      help: "Physical memory by state. Cached and buffers are given back when programs need them.",
      unit: "bytes",
      form: "stacked",
      queries: memoryStateQueries(),
      metrics: [m.memoryUsage.name],
    },
    {
      id: "memory_available",
      title: "Available memory",
      help: "What programs could still take before the machine swaps. Near zero: the kernel soon kills processes.",
      unit: "bytes",
      queries: [
        { expr: select(m.memoryAvailable), legend: "available" },
        { expr: select(m.memoryLimit), legend: "total" },
      ],
      metrics: [m.memoryAvailable.name, m.memoryLimit.name],
    },
    {
      id: "memory_virtual",
      title: "Committed virtual memory",
      help: "What programs were promised, beside the limit that applies when overcommit is off.",
      unit: "bytes",
      queries: [
        { expr: select(m.memoryDetail, { field: "Committed_AS" }), legend: "committed" },
        { expr: select(m.memoryDetail, { field: "CommitLimit" }), legend: "limit" },
      ],
      metrics: [m.memoryDetail.name],
    },
    {
      id: "memory_kernel",
      title: "Kernel memory",
      help: "Memory of the kernel itself. Unreclaimable slab that only grows is a leak in the kernel or a driver.",
      unit: "bytes",
      form: "stacked",
      queries: [
        { expr: select(m.slabUsage), legend: `slab, {{${labelOf(m.slabUsage, "linux.memory.slab.state")}}}` },
        ...["PageTables", "KernelStack", "Percpu", "VmallocUsed"].map((field) => ({
          expr: select(m.memoryDetail, { field }),
          legend: field,
        })),
      ],
      metrics: [m.slabUsage.name, m.memoryDetail.name],
    },
    {
      id: "memory_dirty",
      title: "Waiting to be written",
      help: "File data that is not on a disk yet. High and rising: the disks cannot keep up with writes.",
      unit: "bytes",
      queries: ["Dirty", "Writeback"].map((field) => ({ expr: select(m.memoryDetail, { field }), legend: field })),
      metrics: [m.memoryDetail.name],
    },
    {
      id: "memory_swap",
      title: "Swap space",
      help: "Swap in use is harmless while nothing moves; see the swap traffic.",
      unit: "bytes",
      form: "stacked",
      queries: [{ expr: select(m.swapUsage), legend: `{{${labelOf(m.swapUsage, "system.paging.state")}}}` }],
      metrics: [m.swapUsage.name],
    },
    {
      id: "memory_swap_traffic",
      title: "Swap traffic",
      help: "Pages read from swap and written to it. Steady traffic both ways: the working set does not fit into memory.",
      unit: "count/s",
      queries: [
        { expr: perSecond(m.swapOperations, { "system.paging.direction": "in" }), legend: "in" },
        { expr: perSecond(m.swapOperations, { "system.paging.direction": "out" }), legend: "out", mirrored: true },
      ],
      metrics: [m.swapOperations.name],
    },
    {
      id: "memory_faults",
      title: "Page faults",
      help: "Major faults wait for a disk: many of them mean that memory is too small for the data in use.",
      unit: "count/s",
      queries: [{ expr: perSecond(m.faults), legend: `{{${labelOf(m.faults, "system.paging.fault.type")}}}` }],
      metrics: [m.faults.name],
    },
    {
      id: "memory_reclaim",
      title: "Reclaim",
      help: "Pages looked at and taken back. Direct reclaim holds programs up; scanning much and taking little is thrashing.",
      unit: "count/s",
      queries: [
        {
          expr: perSecond(m.reclaimedPages),
          legend: `{{${labelOf(m.reclaimedPages, "action")}}} by {{${labelOf(m.reclaimedPages, "by")}}}`,
        },
        { expr: perSecond(m.allocationStalls), legend: "allocation stalls" },
        { expr: perSecond(m.refaults), legend: `needed again, {{${labelOf(m.refaults, "kind")}}}` },
      ],
      metrics: [m.reclaimedPages.name, m.allocationStalls.name, m.refaults.name],
    },
    {
      id: "memory_oom",
      title: "Processes killed for lack of memory",
      help: "Each one is a service that lost its work.",
      unit: "count",
      queries: [{ expr: select(m.oomKills), legend: "since boot" }],
      metrics: [m.oomKills.name],
    },
    {
      id: "memory_fragmentation",
      title: "Fragmentation",
      help: "Share of a zone's free memory in pieces too small for a huge page. Near 1, huge pages are not to be had.",
      unit: "ratio",
      max: 1,
      queries: [
        {
          expr: select(m.fragmentation),
          legend: `node {{${labelOf(m.fragmentation, "numa.node")}}}, {{${labelOf(m.fragmentation, "zone")}}}`,
        },
      ],
      metrics: [m.fragmentation.name],
    },
    {
      id: "memory_huge_pages",
      title: "Transparent huge pages",
      help: "Faults that got a huge page, and those that had to do with small ones; compactions that waited.",
      unit: "count/s",
      queries: [
        { expr: perSecond(m.hugePageFaults), legend: `{{${labelOf(m.hugePageFaults, "result")}}}` },
        { expr: perSecond(m.compactions), legend: `compaction, {{${labelOf(m.compactions, "result")}}}` },
      ],
      metrics: [m.hugePageFaults.name, m.compactions.name],
    },
    {
      id: "memory_huge_page_pool",
      title: "Huge page pool",
      help: "Pages set aside for programs that ask for them. Free ones that nobody reserves are wasted.",
      unit: "count",
      queries: [{ expr: select(m.hugePages), legend: `{{${labelOf(m.hugePages, "state")}}}` }],
      metrics: [m.hugePages.name],
    },
    {
      id: "memory_numa",
      title: "Memory of NUMA nodes",
      help: "A node without free memory makes its programs use the other node's, which is slower.",
      unit: "bytes",
      queries: [
        {
          expr: select(m.numaMemory),
          legend: `node {{${labelOf(m.numaMemory, "numa.node")}}}, {{${labelOf(m.numaMemory, "state")}}}`,
        },
      ],
      metrics: [m.numaMemory.name],
    },
    {
      id: "memory_numa_misses",
      title: "Allocations on the wrong NUMA node",
      help: "Pages that a node had to give because another one had none.",
      unit: "count/s",
      queries: [
        {
          expr: perSecond(m.numaAllocations, { result: "miss" }),
          legend: `node {{${labelOf(m.numaAllocations, "numa.node")}}}`,
        },
      ],
      metrics: [m.numaAllocations.name],
    },
    {
      id: "memory_errors",
      title: "Memory errors",
      help: "Corrected errors that come again and again announce a module that fails.",
      unit: "count",
      queries: [
        {
          expr: select(m.eccErrors),
          legend: `controller {{${labelOf(m.eccErrors, "controller")}}}, {{${labelOf(m.eccErrors, "kind")}}}`,
        },
      ],
      metrics: [m.eccErrors.name],
    },
  ],
};

/** What is free lies on top: the edge below it is the memory in use, cache included. */
function memoryStateQueries() {
  const states = m.memoryUsage.labels["system.memory.state"];
  return [...states.filter((state) => state !== "free"), "free" as const].map((state) => ({
    expr: select(m.memoryUsage, { "system.memory.state": state }),
    legend: state,
  }));
}
