/** Health by pressure stalls: which resource is short, whatever its usage says. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { perSecond } from "../../../core/promql-text.ts";
import { pressureMetrics } from "../pressure/metrics.ts";
import { mostCpu, mostIo, mostMemory } from "./culprits.ts";

const { pressure } = pressureMetrics;
const minuteMs = 60_000;

export const pressureChecks: readonly CheckDeclaration[] = [
  {
    id: "host.pressure_cpu",
    title: "Work waiting for processors",
    help: "Share of time in which a runnable task waited for a processor. Half of the time is common on a busy machine; more hurts latencies.",
    expr: perSecond(pressure, { resource: "cpu", stall: "some" }),
    details: mostCpu.details,
    direction: "above",
    warning: 0.6,
    critical: 0.9,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: `Tasks wait for a processor {{$value}} of the time, since {{$since}}${mostCpu.clause}.`,
    ok: "Tasks wait for a processor {{$value}} of the time.",
    action: "Reduce worker threads, move work away, or add cores.",
    metrics: [pressure.name],
  },
  {
    id: "host.pressure_memory",
    title: "Work waiting for memory",
    help: "Share of time in which all working tasks waited for memory to be reclaimed or read back. systemd-oomd kills at 60 %.",
    expr: perSecond(pressure, { resource: "memory", stall: "full" }),
    details: mostMemory.details,
    direction: "above",
    warning: 0.1,
    critical: 0.4,
    forMs: minuteMs,
    unit: "ratio",
    message: `All work waits for memory {{$value}} of the time, since {{$since}}${mostMemory.clause}.`,
    ok: "All work waits for memory {{$value}} of the time.",
    action: "Lower caches or add memory; see swap traffic and refaults.",
    metrics: [pressure.name],
  },
  {
    id: "host.pressure_io",
    title: "Work waiting for disks",
    help: "Share of time in which all working tasks waited for input or output. Block import is bound by the disk from here on.",
    expr: perSecond(pressure, { resource: "io", stall: "full" }),
    details: mostIo.details,
    direction: "above",
    warning: 0.3,
    critical: 0.7,
    forMs: 5 * minuteMs,
    unit: "ratio",
    message: `All work waits for disks {{$value}} of the time, since {{$since}}${mostIo.clause}.`,
    ok: "All work waits for disks {{$value}} of the time.",
    action: "See which disk is slow and which process uses it; a faster disk or a larger cache helps.",
    metrics: [pressure.name],
  },
];
