/**
 * The board's sensors. Source: Documentation/hwmon/sysfs-interface.rst: temperatures in m°C, voltages in mV, currents in mA, power in
 * µW, energy in µJ.
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { type NumberFile, numberFilesCollector, openNumberFile } from "../number-file.ts";
import { type HwmonChip, readHwmonChips, sensorLabel } from "./hwmon-tree.ts";
import { thermalMetrics } from "./metrics.ts";

const metrics = [
  thermalMetrics.sensorTemperature,
  thermalMetrics.sensorTemperatureLimit,
  thermalMetrics.fanSpeed,
  thermalMetrics.sensorVoltage,
  thermalMetrics.sensorCurrent,
  thermalMetrics.sensorPower,
  thermalMetrics.sensorEnergy,
  thermalMetrics.sensorChip,
] as const;

const milli = 1e-3;
const micro = 1e-6;
/** A big server board has some 100 sensors. */
const maxFiles = 512;

/** Some chips sit on a slow bus, where one reading takes a millisecond. */
export const hwmonCollector: CollectorDeclaration = {
  id: "host.hwmon",
  title: "Board sensors",
  metrics,
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => openHwmon(context),
};

function openHwmon(context: CollectContext): Collector {
  const base = `${context.config.host.sys_root}/class/hwmon`;
  const found = readHwmonChips(context.config.host.sys_root);
  const chips = "reason" in found ? [] : found;
  if ("reason" in found) context.absent(base, metrics, found);
  else if (chips.length === 0) context.absent(base, metrics, { reason: "not_present", detail: `${base}: no sensor chip` });
  const sensors = numberFilesCollector(chips.flatMap((chip) => openChip(context, chip)).slice(0, maxFiles));
  const names = chips.map((chip) => context.series(thermalMetrics.sensorChip, { chip: chip.chip, chip_name: chip.name }));
  return {
    ...sensors,
    collect: (tick) => {
      for (const handle of names) handle.set(1);
      return sensors.collect(tick);
    },
  };
}

function openChip(context: CollectContext, chip: HwmonChip): readonly NumberFile[] {
  return chip.files.toSorted().flatMap((name) => {
    const [, sensor = "", kind = "", what = ""] =
      /^((temp|fan|in|curr|power|energy)\d+)_(input|average|max|crit)$/.exec(name) ?? [];
    const open = openers[`${kind}_${what}`];
    const labels = { chip: chip.chip, sensor, label: sensorLabel(chip, sensor) };
    return open === undefined ? [] : [open(context, `${chip.directory}/${name}`, labels)];
  });
}

type SensorLabels = { readonly chip: string; readonly sensor: string; readonly label: string };

/** Kind of a file → what it feeds. Of power the averaged file is read: the momentary one is noise at our pace. */
const openers: Readonly<Record<string, (context: CollectContext, path: string, labels: SensorLabels) => NumberFile>> = {
  temp_input: sensorOpener(thermalMetrics.sensorTemperature, milli),
  fan_input: sensorOpener(thermalMetrics.fanSpeed, 1),
  in_input: sensorOpener(thermalMetrics.sensorVoltage, milli),
  curr_input: sensorOpener(thermalMetrics.sensorCurrent, milli),
  power_average: sensorOpener(thermalMetrics.sensorPower, micro),
  energy_input: sensorOpener(thermalMetrics.sensorEnergy, micro),
  temp_max: limitOpener("high"),
  temp_crit: limitOpener("critical"),
};

function sensorOpener(metric: typeof thermalMetrics.sensorTemperature, scale: number) {
  return (context: CollectContext, path: string, labels: SensorLabels): NumberFile =>
    openNumberFile(context, path, { metric, labels, scale });
}

function limitOpener(limit: "high" | "critical") {
  return (context: CollectContext, path: string, labels: SensorLabels): NumberFile =>
    openNumberFile(context, path, {
      metric: thermalMetrics.sensorTemperatureLimit,
      labels: { ...labels, limit },
      scale: milli,
    });
}
