/**
 * One temperature per processor package. Intel's coretemp has a sensor `Package id N`; AMD's k10temp has `Tdie` (the die) and `Tctl`
 * (what the fan control sees, with an offset on some models), one chip per package; ARM boards and virtual machines may have only a
 * thermal zone. Sources: Documentation/hwmon/{coretemp,k10temp}.rst; drivers/thermal/intel/x86_pkg_temp_thermal.c.
 */
import type { CollectorDeclaration } from "../../../core/collector.ts";
import { listDirectory, readOnce } from "../../../io/proc-file.ts";
import { numberFilesCollector, openNumberFile } from "../number-file.ts";
import { type HwmonChip, readHwmonChips, sensorLabel } from "./hwmon-tree.ts";
import { thermalMetrics } from "./metrics.ts";

const metric = thermalMetrics.cpuTemperature;
const milli = 1e-3;

export const cpuTemperatureCollector: CollectorDeclaration = {
  id: "host.cpu_temperature",
  title: "Processor temperature",
  metrics: [metric],
  intervalMs: 2000,
  platforms: ["linux"],
  open: (context) => {
    const { sys_root: sysRoot } = context.config.host;
    const sensors = findPackageSensors(sysRoot);
    if (sensors.length === 0) {
      const detail = `${sysRoot}/class/hwmon and ${sysRoot}/class/thermal: no sensor of a processor`;
      context.absent(`${sysRoot}/class/hwmon`, [metric], { reason: "not_present", detail });
    }
    return numberFilesCollector(
      sensors.map((sensor) =>
        openNumberFile(context, sensor.path, { metric, labels: { package: sensor.package }, scale: milli }),
      ),
    );
  },
};

interface PackageSensor {
  readonly package: string;
  readonly path: string;
}

/** The best source that has any: hardware monitors before thermal zones. */
function findPackageSensors(sysRoot: string): readonly PackageSensor[] {
  const found = readHwmonChips(sysRoot);
  const chips = "reason" in found ? [] : found;
  const coretemp = chips.filter((chip) => chip.name === "coretemp").flatMap(coretempSensors);
  if (coretemp.length > 0) return coretemp;
  const amd = chips.filter((chip) => chip.name === "k10temp" || chip.name === "zenpower").flatMap(amdSensor);
  if (amd.length > 0) return amd;
  const arm = chips.filter((chip) => /^(?:cpu|soc).*_?thermal$/.test(chip.name) && chip.files.includes("temp1_input"));
  if (arm.length > 0) return arm.map((chip, index) => ({ package: String(index), path: `${chip.directory}/temp1_input` }));
  return zoneSensors(sysRoot);
}

function coretempSensors(chip: HwmonChip): readonly PackageSensor[] {
  return temperatureSensors(chip).flatMap((sensor) => {
    const number = /^(?:Package|Physical) id (\d+)$/.exec(sensorLabel(chip, sensor))?.[1];
    return number === undefined ? [] : [{ package: number, path: `${chip.directory}/${sensor}_input` }];
  });
}

function amdSensor(chip: HwmonChip, index: number): readonly PackageSensor[] {
  const sensors = temperatureSensors(chip);
  const labelled = (label: string): string | undefined => sensors.find((sensor) => sensorLabel(chip, sensor) === label);
  const sensor = labelled("Tdie") ?? labelled("Tctl") ?? sensors[0];
  return sensor === undefined ? [] : [{ package: String(index), path: `${chip.directory}/${sensor}_input` }];
}

function zoneSensors(sysRoot: string): readonly PackageSensor[] {
  const base = `${sysRoot}/class/thermal`;
  const entries = listDirectory(base);
  if ("reason" in entries) return [];
  return entries
    .filter((entry) => entry.startsWith("thermal_zone"))
    .toSorted()
    .filter((zone) => {
      const type = readOnce(`${base}/${zone}/type`);
      return typeof type === "string" && /^x86_pkg_temp$|^(?:cpu|soc)[-_]?(?:\d+[-_])?thermal$/.test(type.trim());
    })
    .map((zone, index) => ({ package: String(index), path: `${base}/${zone}/temp` }));
}

function temperatureSensors(chip: HwmonChip): readonly string[] {
  return chip.files
    .filter((name) => /^temp\d+_input$/.test(name))
    .map((name) => name.slice(0, -"_input".length))
    .toSorted();
}
