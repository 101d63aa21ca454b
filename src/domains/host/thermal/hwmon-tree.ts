/** What `/sys/class/hwmon` holds: chips, their sensors and labels. Source: Documentation/hwmon/sysfs-interface.rst. */
import { basename, dirname } from "node:path";
import { type ReadFailure, listDirectory, readOnce, resolvePath } from "../../../io/proc-file.ts";

/** A chip with sensors, or a device that has some (a processor, a drive). */
export interface HwmonChip {
  readonly directory: string;
  /** Where the chip sits, the same after a restart: `platform_coretemp_0`. Made as node_exporter makes it. */
  readonly chip: string;
  /** The driver: `coretemp`, `k10temp`, `nvme`. */
  readonly name: string;
  readonly files: readonly string[];
}

/** Boards have a handful of chips; this is a bound, not an expectation. */
const maxChips = 32;

/** All chips, in the order of their directories, or why there are none. */
export function readHwmonChips(sysRoot: string): readonly HwmonChip[] | ReadFailure {
  const base = `${sysRoot}/class/hwmon`;
  const entries = listDirectory(base);
  if ("reason" in entries) return entries;
  return entries
    .toSorted()
    .slice(0, maxChips)
    .flatMap((entry) => {
      const directory = `${base}/${entry}`;
      const files = listDirectory(directory);
      if ("reason" in files) return [];
      return [{ directory, chip: chipId(directory, entry), name: textOf(`${directory}/name`), files }];
    });
}

/** `temp1` → what `temp1_label` says (`Package id 0`), else empty. */
export function sensorLabel(chip: HwmonChip, sensor: string): string {
  return chip.files.includes(`${sensor}_label`) ? textOf(`${chip.directory}/${sensor}_label`) : "";
}

function chipId(directory: string, entry: string): string {
  const device = resolvePath(`${directory}/device`);
  if (typeof device !== "string") return entry;
  return `${clean(basename(dirname(device)))}_${clean(basename(device))}`;
}

function clean(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9:_]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
}

function textOf(path: string): string {
  const text = readOnce(path);
  return typeof text === "string" ? text.trim() : "";
}
