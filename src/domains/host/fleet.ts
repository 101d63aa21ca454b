/** What a list of many nodes shows of each machine. */
import type { ViewField } from "../../core/view.ts";
import { perSecond, select } from "../../core/promql-text.ts";
import { cpuMetrics, idleModes } from "./cpu/metrics.ts";
import { filesystemUsage, onWritable } from "./filesystem/expressions.ts";
import { memoryUsage } from "./memory/expressions.ts";

/** As the processor's view has it, from the idle modes alone: of a thousand nodes the others are four times as many series. */
const cpuUsage = `clamp_min(1 - sum(${perSecond(cpuMetrics.cpuTime, { "cpu.mode": { any: idleModes } })}) / on () ${select(cpuMetrics.logicalCount)}, 0)`;

const percent = { unit: "%", scale: 100 } as const;

export const hostFleet: readonly ViewField[] = [
  { name: "cpuPercent", help: "Share of time in which processors worked.", expr: cpuUsage, ...percent },
  { name: "memoryPercent", help: "Share of memory that is not available to programs.", expr: memoryUsage, ...percent },
  {
    name: "diskPercent",
    help: "Share of space that is used on the fullest file system.",
    expr: `${filesystemUsage} and ${onWritable}`,
    reduce: "max",
    ...percent,
  },
];
