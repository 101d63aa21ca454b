/** Health of block devices. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf } from "../../../core/promql-text.ts";
import { diskQueue, diskUtilisation, flushTime } from "../disk/expressions.ts";
import { diskMetrics } from "../disk/metrics.ts";
import { mostIo } from "./culprits.ts";

const device = labelOf(diskMetrics.io, "system.device");
const minuteMs = 60_000;

export const diskChecks: readonly CheckDeclaration[] = [
  {
    id: "host.disk_saturation",
    title: "Disk saturation",
    help: "A device that is always busy *and* has a queue is the bottleneck; busy alone says little of NVMe. Limit: 95 % busy with ten requests in flight, which is node-mixin's NodeDiskIOSaturation (aqu-sz > 10).",
    // Zero rather than nothing where it is not always busy: there is something to judge.
    expr: `${diskQueue} * (${diskUtilisation} > bool 0.95)`,
    direction: "above",
    warning: 10,
    forMs: 5 * minuteMs,
    details: mostIo.details,
    unit: "count",
    message: `{{${device}}} has been busy all the time with {{$value}} requests in flight since {{$since}}${mostIo.clause}.`,
    ok: "No disk is always busy with a queue of requests.",
    action: "See which process reads and writes most; give the database a disk of its own, or a faster one.",
    metrics: [diskMetrics.ioTime.name, diskMetrics.weightedIoTime.name],
  },
  {
    id: "host.disk_flush",
    title: "Latency of fsync",
    help: "A database's commit waits for the flush. etcd's guidance for consensus logs is a 99th percentile of fsync below 10 ms; a mean of 10 ms is worse than that, 100 ms is a failing or throttled disk.",
    expr: flushTime,
    direction: "above",
    warning: 0.01,
    critical: 0.1,
    forMs: 5 * minuteMs,
    details: mostIo.details,
    unit: "seconds",
    message: `A flush of {{${device}}} takes {{$value}} on average since {{$since}}${mostIo.clause}.`,
    ok: `A flush of {{${device}}} takes {{$value}} on average.`,
    action: "Use a drive with power-loss protection, and keep logs and other writers off this disk.",
    metrics: [diskMetrics.flushTime.name, diskMetrics.flushOperations.name],
  },
];
