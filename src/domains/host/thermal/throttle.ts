/**
 * How often and how long processors were slowed down by heat (Intel only; AMD's do not count it). Every logical processor has the
 * files; those of one core, and of one package, show the same counter, so that each is read once.
 * Source: Documentation/ABI/testing/sysfs-devices-system-cpu, `thermal_throttle`; drivers/thermal/intel/therm_throt.c.
 */
import type { CollectContext, CollectorDeclaration } from "../../../core/collector.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { type LogicalCpu, readTopology } from "../cpu/topology.ts";
import { type NumberFile, numberFilesCollector, openNumberFile } from "../number-file.ts";
import { thermalMetrics } from "./metrics.ts";

const metrics = [
  thermalMetrics.coreThrottles,
  thermalMetrics.packageThrottles,
  thermalMetrics.coreThrottleTime,
  thermalMetrics.packageThrottleTime,
] as const;

const secondsPerMillisecond = 1e-3;

export const throttleCollector: CollectorDeclaration = {
  id: "host.cpu_throttle",
  title: "Thermal throttling",
  metrics,
  intervalMs: 2000,
  platforms: ["linux"],
  open: (context) => numberFilesCollector(openCounters(context)),
};

function openCounters(context: CollectContext): readonly NumberFile[] {
  const { sys_root: sysRoot } = context.config.host;
  const topology = readTopology(sysRoot);
  if ("reason" in topology) {
    context.absent(`${sysRoot}/devices/system/cpu/online`, metrics, topology);
    return [];
  }
  const directoryOf = (cpu: LogicalCpu): string => `${sysRoot}/devices/system/cpu/cpu${cpu.number}/thermal_throttle`;
  const first = topology[0] === undefined ? [] : listDirectory(directoryOf(topology[0]));
  if ("reason" in first) {
    // One absence for the machine: a processor without the counters has them on no core.
    context.absent(first.path, metrics, first);
    return [];
  }
  const cores = new Map(topology.map((cpu) => [`${cpu.package}/${cpu.core}`, cpu]));
  const packages = new Map(topology.map((cpu) => [cpu.package, cpu]));
  return [
    ...Array.from(cores.values(), (cpu) => openCore(context, directoryOf(cpu), cpu)).flat(),
    ...Array.from(packages.values(), (cpu) => openPackage(context, directoryOf(cpu), cpu)).flat(),
  ];
}

function openCore(context: CollectContext, directory: string, cpu: LogicalCpu): readonly NumberFile[] {
  const labels = { package: cpu.package, core: cpu.core };
  const scale = secondsPerMillisecond;
  return [
    openNumberFile(context, `${directory}/core_throttle_count`, { metric: thermalMetrics.coreThrottles, labels }),
    openNumberFile(context, `${directory}/core_throttle_total_time_ms`, {
      metric: thermalMetrics.coreThrottleTime,
      labels,
      scale,
    }),
  ];
}

function openPackage(context: CollectContext, directory: string, cpu: LogicalCpu): readonly NumberFile[] {
  const labels = { package: cpu.package };
  const scale = secondsPerMillisecond;
  return [
    openNumberFile(context, `${directory}/package_throttle_count`, { metric: thermalMetrics.packageThrottles, labels }),
    openNumberFile(context, `${directory}/package_throttle_total_time_ms`, {
      metric: thermalMetrics.packageThrottleTime,
      labels,
      scale,
    }),
  ];
}
