/**
 * RAPL energy counters. Source: Documentation/power/powercap/powercap.rst: `energy_uj` in µJ counts up to `max_energy_range_uj` and
 * starts again at 0. Readable for root only since the PLATYPUS attack (CVE-2020-8694).
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { parseNumber } from "../../../io/parse-text.ts";
import { type ReadFailure, listDirectory, readOnce } from "../../../io/proc-file.ts";
import { setIfNumber } from "../handle-table.ts";
import { type NumberFile, numberFilesCollector, openNumberFile } from "../number-file.ts";
import { type Source, openSource } from "../source.ts";
import { powerMetrics } from "./metrics.ts";

const { energy, powerLimit } = powerMetrics;
const micro = 1e-6;

export const raplCollector: CollectorDeclaration = {
  id: "host.rapl",
  title: "Processor energy",
  metrics: [energy, powerLimit],
  platforms: ["linux"],
  open: (context) => openRapl(context),
};

/** A zone of powercap: `intel-rapl:0` is a package, `intel-rapl:0:1` a part of it. AMD uses the same names. */
interface RaplZone {
  readonly directory: string;
  readonly zone: string;
  readonly part: string;
  readonly index: string;
}

function openRapl(context: CollectContext): Collector {
  const base = `${context.config.host.sys_root}/class/powercap`;
  const zones = readZones(base);
  if ("reason" in zones) context.absent(base, [energy, powerLimit], zones);
  else if (zones.length === 0) {
    context.absent(base, [energy, powerLimit], { reason: "not_present", detail: `${base}: no RAPL zone` });
  }
  const found = "reason" in zones ? [] : zones;
  const counters = found.map((zone) => openCounter(context, zone));
  const limits = numberFilesCollector(found.flatMap((zone) => openLimits(context, zone)));
  return {
    collect: (tick) => {
      for (const counter of counters) counter.collect();
      return limits.collect(tick);
    },
    close: () => {
      for (const counter of counters) counter.source.close();
      return limits.close?.();
    },
  };
}

function readZones(base: string): readonly RaplZone[] | ReadFailure {
  const entries = listDirectory(base);
  if ("reason" in entries) return entries;
  const used = new Map<string, number>();
  return entries
    .filter((entry) => entry.startsWith("intel-rapl:"))
    .toSorted()
    .map((zone) => {
      const name = readOnce(`${base}/${zone}/name`);
      return { directory: `${base}/${zone}`, zone, ...partOf(typeof name === "string" ? name.trim() : "", used) };
    });
}

/** `package-1` → package 1; a name without a number (`core`, `dram`) is numbered in order of appearance, as node_exporter does. */
function partOf(name: string, used: Map<string, number>): { readonly part: string; readonly index: string } {
  const [, part, number] = /^(.+)-(\d+)$/.exec(name) ?? [];
  if (part !== undefined && number !== undefined) return { part, index: number };
  const index = used.get(name) ?? 0;
  used.set(name, index + 1);
  return { part: name, index: String(index) };
}

/** Adds a whole range whenever the counter starts again, so that the series only grows. */
function openCounter(context: CollectContext, zone: RaplZone): { readonly source: Source; collect(): void } {
  const { part, index } = zone;
  const range = readOnce(`${zone.directory}/max_energy_range_uj`);
  const rangeMicrojoules = typeof range === "string" ? parseNumber(range) : Number.NaN;
  const source = openSource(context, `${zone.directory}/energy_uj`, [energy]);
  const handle = context.series(energy, { part, index, zone: zone.zone });
  let wrapped = 0;
  let previous = 0;
  return {
    source,
    collect: () => {
      const text = source.read();
      if (text === null) return;
      const current = parseNumber(text);
      // Without the range a restart looks like any counter's reset, which queries know how to handle.
      if (current < previous && !Number.isNaN(rangeMicrojoules)) wrapped += rangeMicrojoules;
      previous = current;
      setIfNumber(handle, (wrapped + current) * micro);
    },
  };
}

function openLimits(context: CollectContext, zone: RaplZone): readonly NumberFile[] {
  const { directory, part, index } = zone;
  const files = listDirectory(directory);
  if ("reason" in files) return [];
  return files.toSorted().flatMap((file) => {
    const number = /^constraint_(\d+)_power_limit_uw$/.exec(file)?.[1];
    if (number === undefined) return [];
    const name = readOnce(`${directory}/constraint_${number}_name`);
    const constraint = typeof name === "string" ? name.trim() : number;
    return [
      openNumberFile(context, `${directory}/${file}`, {
        metric: powerLimit,
        labels: { part, index, constraint },
        scale: micro,
      }),
    ];
  });
}
