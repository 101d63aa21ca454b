/**
 * Which logical processor belongs to which core, package and NUMA node.
 * Sources: Documentation/admin-guide/cputopology.rst; /sys/devices/system/node/nodeN/cpulist (Documentation/ABI/stable/sysfs-devices-node).
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { parseList } from "../../../io/parse-text.ts";
import { type ReadFailure, listDirectory, readOnce } from "../../../io/proc-file.ts";
import { HandleTable } from "../handle-table.ts";
import { cpuMetrics } from "./metrics.ts";

/** A logical processor and where it sits. */
export interface LogicalCpu {
  readonly number: number;
  /** Empty where the kernel does not say. */
  readonly core: string;
  readonly package: string;
  readonly node: string;
}

/** The online processors, ascending; or why `/sys` does not tell. */
export function readTopology(sysRoot: string): readonly LogicalCpu[] | ReadFailure {
  const base = `${sysRoot}/devices/system/cpu`;
  const online = readOnce(`${base}/online`);
  if (typeof online !== "string") return online;
  const nodes = readNodes(sysRoot);
  return parseList(online).map((number) => ({
    number,
    core: readFact(`${base}/cpu${number}/topology/core_id`),
    package: readFact(`${base}/cpu${number}/topology/physical_package_id`),
    node: nodes.get(number) ?? "",
  }));
}

/** Logical processor → NUMA node; empty on kernels without NUMA. */
export function readNodes(sysRoot: string): ReadonlyMap<number, string> {
  const base = `${sysRoot}/devices/system/node`;
  const entries = listDirectory(base);
  const nodes = new Map<number, string>();
  if ("reason" in entries) return nodes;
  for (const entry of entries) {
    if (!/^node\d+$/.test(entry)) continue;
    const cpus = readOnce(`${base}/${entry}/cpulist`);
    if (typeof cpus !== "string") continue;
    for (const number of parseList(cpus)) nodes.set(number, entry.slice("node".length));
  }
  return nodes;
}

/** One word of sysfs; empty where it is missing, as an info label is. */
function readFact(path: string): string {
  const text = readOnce(path);
  return typeof text === "string" ? text.trim() : "";
}

const metrics = [cpuMetrics.cpuInfo, cpuMetrics.logicalCount, cpuMetrics.physicalCount] as const;

/** Changes only when processors are switched on or off. */
export const topologyCollector: CollectorDeclaration = {
  id: "host.cpu_topology",
  title: "Processor topology",
  metrics,
  intervalMs: 60_000,
  platforms: ["linux"],
  open: (context) => openTopology(context),
};

function openTopology(context: CollectContext): Collector {
  const { proc_root: procRoot, sys_root: sysRoot } = context.config.host;
  const model = readModel(procRoot);
  const logical = context.series(cpuMetrics.logicalCount, {});
  const physical = context.series(cpuMetrics.physicalCount, {});
  let cpus: readonly LogicalCpu[] = [];
  const infos = new HandleTable<number>((number) => {
    const cpu = cpus.find((candidate) => candidate.number === number);
    return {
      handles: [
        context.series(cpuMetrics.cpuInfo, {
          "cpu.logical_number": String(number),
          core: cpu?.core ?? "",
          package: cpu?.package ?? "",
          "numa.node": cpu?.node ?? "",
          model,
        }),
      ],
    };
  });
  const source = `${sysRoot}/devices/system/cpu/online`;
  return {
    collect: () => {
      const topology = readTopology(sysRoot);
      if ("reason" in topology) {
        context.absent(source, metrics, topology);
        cpus = [];
      } else {
        context.present(source);
        cpus = topology;
        logical.set(cpus.length);
        const cores = new Set(cpus.map((cpu) => `${cpu.package}/${cpu.core}`));
        if (cpus.some((cpu) => cpu.core !== "")) physical.set(cores.size);
      }
      for (const cpu of cpus) infos.row(cpu.number).handles[0]?.set(1);
      infos.sweep();
    },
  };
}

/** `model name` (x86) or `Model`/`CPU implementer` is not everywhere: empty where `/proc/cpuinfo` has none. */
function readModel(procRoot: string): string {
  const text = readOnce(`${procRoot}/cpuinfo`);
  if (typeof text !== "string") return "";
  return /^(?:model name|Model)\s*:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? "";
}
