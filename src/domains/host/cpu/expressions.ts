/** PromQL that the processor's panels, view and checks share, so that a chart and a check never disagree about "usage". */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cpuMetrics, type cpuModes, idleModes } from "./metrics.ts";

type CpuMode = (typeof cpuModes)[number];

const core = labelOf(cpuMetrics.cpuTime, "cpu.logical_number");

/** Share of time in none of the idle modes, all processors together, 0–1. */
export const cpuUsage = `sum(${perSecond(cpuMetrics.cpuTime, { "cpu.mode": { not: idleModes } })}) / sum(${perSecond(cpuMetrics.cpuTime)})`;

/** The same for each processor. */
export const cpuUsageByCore = `sum by (${core}) (${perSecond(cpuMetrics.cpuTime, { "cpu.mode": { not: idleModes } })}) / sum by (${core}) (${perSecond(cpuMetrics.cpuTime)})`;

/** The core that works most, and its usage. */
export const busiestCore = `topk(1, ${cpuUsageByCore})`;

/** Mean usage of all cores but the busiest; nothing on a machine with one. */
export const otherCoresUsage = `(sum(${cpuUsageByCore}) - max(${cpuUsageByCore})) / (count(${cpuUsageByCore}) - 1 > 0)`;

/** Share of time in the given modes, all processors together, 0–1. */
export function cpuShare(...modes: readonly CpuMode[]): string {
  return `sum(${perSecond(cpuMetrics.cpuTime, { "cpu.mode": { any: modes } })}) / sum(${perSecond(cpuMetrics.cpuTime)})`;
}

/** The same for each processor. */
export function cpuShareByCore(...modes: readonly CpuMode[]): string {
  return `sum by (${core}) (${perSecond(cpuMetrics.cpuTime, { "cpu.mode": { any: modes } })}) / sum by (${core}) (${perSecond(cpuMetrics.cpuTime)})`;
}

/** Load over one minute for each processor. The kernel samples it by itself: what is read at a tick counts whatever wakes up at whole seconds, us among them. */
export const loadPerCore = `${select(cpuMetrics.load1)} / on () ${select(cpuMetrics.logicalCount)}`;
