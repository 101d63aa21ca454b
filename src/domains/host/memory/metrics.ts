/** What ChainPulse says about memory. Names: OpenTelemetry system conventions where they have one. */
import { defineMetrics } from "../../../core/metric.ts";

/** States that add up to the physical memory. Source: procps-ng `free(1)`: cached = Cached + SReclaimable, used is the rest. */
export const memoryStates = ["used", "free", "buffers", "cached"] as const;

const asNode = { "numa.node": "node" };

export const memoryMetrics = defineMetrics({
  memoryUsage: {
    name: "system.memory.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Physical memory by state; the states add up to all of it. Cached includes reclaimable slab.",
    labels: { "system.memory.state": memoryStates },
    rollup: "mean",
    aliases: [
      { name: "node_memory_MemFree_bytes", where: { "system.memory.state": "free" } },
      { name: "node_memory_Buffers_bytes", where: { "system.memory.state": "buffers" } },
    ],
  },
  memoryLimit: {
    name: "system.memory.limit",
    kind: "updowncounter",
    unit: "By",
    help: "Physical memory that the kernel can use.",
    rollup: "last",
    aliases: [{ name: "node_memory_MemTotal_bytes" }],
  },
  memoryAvailable: {
    name: "system.linux.memory.available",
    kind: "updowncounter",
    unit: "By",
    help: "Memory that programs could take before the machine swaps, as the kernel estimates it.",
    rollup: "mean",
    aliases: [{ name: "node_memory_MemAvailable_bytes" }],
  },
  slabUsage: {
    name: "system.linux.memory.slab.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Memory of the kernel's own objects: what it can give back, and what not.",
    labels: { "linux.memory.slab.state": ["reclaimable", "unreclaimable"] },
    rollup: "mean",
    aliases: [
      { name: "node_memory_SReclaimable_bytes", where: { "linux.memory.slab.state": "reclaimable" } },
      { name: "node_memory_SUnreclaim_bytes", where: { "linux.memory.slab.state": "unreclaimable" } },
    ],
  },
  memoryDetail: {
    name: "chainpulse.host.memory.detail",
    kind: "gauge",
    unit: "By",
    help: "The other sizes of /proc/meminfo, by the kernel's name for them.",
    labels: { field: null },
    aliases: [{ name: "node_memory_{field}_bytes" }],
  },
  hugePages: {
    name: "chainpulse.host.memory.huge_pages",
    kind: "gauge",
    unit: "{page}",
    help: "Huge pages of the default size in the pool, by state.",
    labels: { state: ["total", "free", "reserved", "surplus"] },
    rollup: "last",
    aliases: [
      { name: "node_memory_HugePages_Total", where: { state: "total" } },
      { name: "node_memory_HugePages_Free", where: { state: "free" } },
      { name: "node_memory_HugePages_Rsvd", where: { state: "reserved" } },
      { name: "node_memory_HugePages_Surp", where: { state: "surplus" } },
    ],
  },
  swapUsage: {
    name: "system.paging.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Swap space by state; no series where there is none.",
    labels: { "system.paging.state": ["used", "free"] },
    rollup: "mean",
  },
  faults: {
    name: "system.paging.faults",
    kind: "counter",
    unit: "{fault}",
    help: "Page faults: major ones waited for a disk, minor ones did not.",
    labels: { "system.paging.fault.type": ["major", "minor"] },
    aliases: [{ name: "node_vmstat_pgmajfault", where: { "system.paging.fault.type": "major" } }],
  },
  allFaults: {
    name: "chainpulse.host.paging.faults",
    kind: "counter",
    unit: "{fault}",
    help: "Page faults of both types, as the kernel counts them.",
    aliases: [{ name: "node_vmstat_pgfault" }],
  },
  swapOperations: {
    name: "system.paging.operations",
    kind: "counter",
    unit: "{operation}",
    help: "Pages read from swap and written to it.",
    labels: { "system.paging.direction": ["in", "out"] },
    aliases: [
      { name: "node_vmstat_pswpin", where: { "system.paging.direction": "in" } },
      { name: "node_vmstat_pswpout", where: { "system.paging.direction": "out" } },
    ],
  },
  pagingIo: {
    name: "chainpulse.host.paging.io",
    kind: "counter",
    unit: "By",
    help: "Bytes paged in from and out to block devices, files included.",
    labels: { "system.paging.direction": ["in", "out"] },
    aliases: [
      { name: "node_vmstat_pgpgin", where: { "system.paging.direction": "in" }, scale: 1 / 1024 },
      { name: "node_vmstat_pgpgout", where: { "system.paging.direction": "out" }, scale: 1 / 1024 },
    ],
  },
  oomKills: {
    name: "chainpulse.host.memory.oom_kills",
    kind: "counter",
    unit: "{process}",
    help: "Processes that the kernel killed because memory ran out.",
    aliases: [{ name: "node_vmstat_oom_kill" }],
  },
  reclaimedPages: {
    name: "chainpulse.host.memory.reclaim.pages",
    kind: "counter",
    unit: "{page}",
    help: "Pages that reclaim looked at and took, by who reclaimed: the background thread, or a program that had to wait for it.",
    labels: { action: ["scanned", "reclaimed"], by: ["background", "direct"] },
    aliases: [
      { name: "node_vmstat_pgscan_kswapd", where: { action: "scanned", by: "background" } },
      { name: "node_vmstat_pgscan_direct", where: { action: "scanned", by: "direct" } },
      { name: "node_vmstat_pgsteal_kswapd", where: { action: "reclaimed", by: "background" } },
      { name: "node_vmstat_pgsteal_direct", where: { action: "reclaimed", by: "direct" } },
    ],
  },
  allocationStalls: {
    name: "chainpulse.host.memory.allocation_stalls",
    kind: "counter",
    unit: "{stall}",
    help: "Allocations that had to reclaim memory themselves before they went on.",
  },
  refaults: {
    name: "chainpulse.host.memory.refaults",
    kind: "counter",
    unit: "{page}",
    help: "Pages that were needed again soon after their eviction: the working set does not fit into memory.",
    labels: { kind: ["anonymous", "file"] },
    aliases: [
      { name: "node_vmstat_workingset_refault_anon", where: { kind: "anonymous" } },
      { name: "node_vmstat_workingset_refault_file", where: { kind: "file" } },
    ],
  },
  compactions: {
    name: "chainpulse.host.memory.compactions",
    kind: "counter",
    unit: "{compaction}",
    help: "Times that an allocation waited for memory to be compacted, by how it ended.",
    labels: { result: ["success", "failure"] },
    aliases: [
      { name: "node_vmstat_compact_success", where: { result: "success" } },
      { name: "node_vmstat_compact_fail", where: { result: "failure" } },
    ],
  },
  hugePageFaults: {
    name: "chainpulse.host.memory.huge_page.faults",
    kind: "counter",
    unit: "{fault}",
    help: "Faults that wanted a transparent huge page, by whether they got one.",
    labels: { result: ["allocated", "fallback"] },
    aliases: [
      { name: "node_vmstat_thp_fault_alloc", where: { result: "allocated" } },
      { name: "node_vmstat_thp_fault_fallback", where: { result: "fallback" } },
    ],
  },
  fragmentation: {
    name: "chainpulse.host.memory.fragmentation",
    kind: "gauge",
    unit: "1",
    help: "Share of a zone's free memory that lies in pieces too small for a huge page (2 MiB with 4 KiB pages).",
    labels: { "numa.node": null, zone: null },
  },
  numaMemory: {
    name: "chainpulse.host.numa.memory.usage",
    kind: "gauge",
    unit: "By",
    help: "Memory of each NUMA node by state; on machines with more than one node.",
    labels: { "numa.node": null, state: ["used", "free"] },
    aliases: [
      { name: "node_memory_numa_MemUsed", labels: asNode, where: { state: "used" } },
      { name: "node_memory_numa_MemFree", labels: asNode, where: { state: "free" } },
    ],
  },
  numaAllocations: {
    name: "chainpulse.host.numa.allocations",
    kind: "counter",
    unit: "{page}",
    help: "Pages allocated on each NUMA node: as wanted, or because the wanted node had none.",
    labels: { "numa.node": null, result: ["hit", "miss", "foreign", "local", "other"] },
    aliases: [
      { name: "node_memory_numa_numa_hit_total", labels: asNode, where: { result: "hit" } },
      { name: "node_memory_numa_numa_miss_total", labels: asNode, where: { result: "miss" } },
      { name: "node_memory_numa_numa_foreign_total", labels: asNode, where: { result: "foreign" } },
      { name: "node_memory_numa_local_node_total", labels: asNode, where: { result: "local" } },
      { name: "node_memory_numa_other_node_total", labels: asNode, where: { result: "other" } },
    ],
  },
  eccErrors: {
    name: "chainpulse.host.memory.ecc_errors",
    kind: "counter",
    unit: "{error}",
    help: "Memory errors that the controller noticed: corrected ones, and ones that it could not correct.",
    labels: { controller: null, kind: ["corrected", "uncorrected"] },
    aliases: [
      { name: "node_edac_correctable_errors_total", labels: { controller: "controller" }, where: { kind: "corrected" } },
      { name: "node_edac_uncorrectable_errors_total", labels: { controller: "controller" }, where: { kind: "uncorrected" } },
    ],
  },
});
