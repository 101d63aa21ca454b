/** PromQL that the disks' panels, view and checks share. */
import { perSecond } from "../../../core/promql-text.ts";
import { diskMetrics } from "./metrics.ts";

type Direction = "read" | "write";

export const diskBytes = (direction: Direction): string => perSecond(diskMetrics.io, { "disk.io.direction": direction });

/** The same without what is made of other devices (LVM, RAID, compressed memory), which would count twice in a sum. */
export const physicalDiskBytes = (direction: Direction): string =>
  perSecond(diskMetrics.io, {
    "disk.io.direction": direction,
    "system.device": { notMatches: "(?:dm-|md|zram|bcache|drbd)[0-9]+" },
  });

export const diskOperations = (direction: Direction): string =>
  perSecond(diskMetrics.operations, { "disk.io.direction": direction });

/** Mean time of a request from being queued to being done; no value in a tick without requests (0 ÷ 0). */
export const diskAwait = (direction: Direction): string =>
  `${perSecond(diskMetrics.operationTime, { "disk.io.direction": direction })} / (${diskOperations(direction)} > 0)`;

/** Mean time of a flush (fsync). */
export const flushTime = `${perSecond(diskMetrics.flushTime)} / (${perSecond(diskMetrics.flushOperations)} > 0)`;

/** Share of time with requests in flight. The kernel counts whole milliseconds, so that a tick can show a little more than 1. */
export const diskUtilisation = `clamp_max(${perSecond(diskMetrics.ioTime)}, 1)`;

/** Mean number of requests in flight. */
export const diskQueue = perSecond(diskMetrics.weightedIoTime);
