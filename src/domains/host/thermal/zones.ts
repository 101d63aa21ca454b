/** Thermal zones and cooling devices. Source: Documentation/driver-api/thermal/sysfs-api.rst; temperatures in m°C. */
import type { CollectContext, CollectorDeclaration } from "../../../core/collector.ts";
import type { Metric } from "../../../core/metric.ts";
import { listDirectory, readOnce } from "../../../io/proc-file.ts";
import { type NumberFile, numberFilesCollector, openNumberFile } from "../number-file.ts";
import { thermalMetrics } from "./metrics.ts";

const { zoneTemperature, coolingState, coolingStateLimit } = thermalMetrics;
const milli = 1e-3;
/** A machine with many cores has a cooling device for each of them. */
const maxDevices = 256;

export const thermalZonesCollector: CollectorDeclaration = {
  id: "host.thermal_zones",
  title: "Thermal zones and cooling devices",
  metrics: [zoneTemperature, coolingState, coolingStateLimit],
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => numberFilesCollector([...openZones(context), ...openCoolingDevices(context)]),
};

function openZones(context: CollectContext): readonly NumberFile[] {
  return listDevices(context, "thermal_zone", [zoneTemperature]).map(({ directory, number, type }) =>
    openNumberFile(context, `${directory}/temp`, { metric: zoneTemperature, labels: { zone: number, type }, scale: milli }),
  );
}

function openCoolingDevices(context: CollectContext): readonly NumberFile[] {
  return listDevices(context, "cooling_device", [coolingState, coolingStateLimit]).flatMap(({ directory, number, type }) => {
    const labels = { device: number, type };
    return [
      openNumberFile(context, `${directory}/cur_state`, { metric: coolingState, labels }),
      openNumberFile(context, `${directory}/max_state`, { metric: coolingStateLimit, labels }),
    ];
  });
}

interface ThermalDevice {
  readonly directory: string;
  readonly number: string;
  readonly type: string;
}

function listDevices(context: CollectContext, prefix: string, metrics: readonly Metric[]): readonly ThermalDevice[] {
  const base = `${context.config.host.sys_root}/class/thermal`;
  const entries = listDirectory(base);
  if ("reason" in entries) {
    context.absent(`${base}/${prefix}*`, metrics, entries);
    return [];
  }
  const names = entries.filter((entry) => entry.startsWith(prefix)).slice(0, maxDevices);
  if (names.length === 0)
    context.absent(`${base}/${prefix}*`, metrics, { reason: "not_present", detail: `${base}/${prefix}*: none` });
  return names.map((name) => {
    const type = readOnce(`${base}/${name}/type`);
    return {
      directory: `${base}/${name}`,
      number: name.slice(prefix.length),
      type: typeof type === "string" ? type.trim() : "",
    };
  });
}
