/**
 * Processors and memory of macOS and Windows, in the metrics that Linux has. Not run by the project, which has Linux machines alone:
 * compiled, and tested with a stand-in for what the platform says.
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { type SystemInformation, loadSystemInformation } from "../../../io/system-information.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { HandleTable } from "../handle-table.ts";
import { memoryMetrics } from "../memory/metrics.ts";
import { systemMetrics } from "../system/metrics.ts";

/** The modes that Node tells of on every platform. */
const modes = ["user", "nice", "system", "idle", "interrupt"] as const;
const loads = [cpuMetrics.load1, cpuMetrics.load5, cpuMetrics.load15] as const;
const { memoryUsage, memoryLimit, swapUsage } = memoryMetrics;

export const otherProcessorsCollector = otherProcessorsWith(loadSystemInformation);

/** `load` is injected by tests. */
export function otherProcessorsWith(load: () => Promise<SystemInformation>): CollectorDeclaration {
  return {
    id: "host.other_processors",
    title: "Processors and memory (macOS, Windows)",
    metrics: [cpuMetrics.cpuTime, ...loads, systemMetrics.uptime, memoryUsage, memoryLimit, swapUsage],
    platforms: ["darwin", "win32"],
    open: async (context) => openProcessors(context, await load()),
  };
}

function openProcessors(context: CollectContext, information: SystemInformation): Collector {
  const cores = new HandleTable((core: number) => ({
    handles: modes.map((mode) => context.series(cpuMetrics.cpuTime, { "cpu.logical_number": String(core), "cpu.mode": mode })),
  }));
  const setLoads = openLoads(context, information);
  const uptime = context.series(systemMetrics.uptime, {});
  const used = context.series(memoryUsage, { "system.memory.state": "used" });
  const free = context.series(memoryUsage, { "system.memory.state": "free" });
  const total = context.series(memoryLimit, {});
  const swapUsed = context.series(swapUsage, { "system.paging.state": "used" });
  const swapFree = context.series(swapUsage, { "system.paging.state": "free" });
  return {
    collect: async () => {
      for (const [core, times] of information.cpuTimes().entries()) {
        const { handles } = cores.row(core);
        for (const [index, mode] of modes.entries()) handles[index]?.set(times[mode]);
      }
      cores.sweep();
      setLoads();
      uptime.set(information.uptimeSeconds());
      const memory = await information.memory();
      // What the platform can give back at once counts as free: it tells of no caches apart from it.
      used.set(memory.totalBytes - memory.availableBytes);
      free.set(memory.availableBytes);
      total.set(memory.totalBytes);
      swapUsed.set(memory.swapUsedBytes);
      swapFree.set(memory.swapFreeBytes);
    },
  };
}

/** Windows has no load average: Node answers zeros, which would be a false value. */
function openLoads(context: CollectContext, information: SystemInformation): () => void {
  if (information.loadAverages().every((load) => load === 0)) {
    context.absent("load", loads, { reason: "unsupported", detail: "this platform has no load average" });
    return () => undefined;
  }
  const handles = loads.map((metric) => context.series(metric, {}));
  return () => {
    for (const [index, load] of information.loadAverages().entries()) handles[index]?.set(load);
  };
}
