/**
 * What each file of a control group says, for both versions, as a table.
 * Sources: Documentation/admin-guide/cgroup-v2.rst, "Controllers"; cgroup-v1/{cpuacct,memory,blkio-controller,pids}.rst and
 * Documentation/scheduler/sched-bwc.rst for v1.
 */
import type { CollectContext, SeriesHandle } from "../../../core/collector.ts";
import type { LabelValues, Metric } from "../../../core/metric.ts";
import { TextCursor, parseNumber } from "../../../io/parse-text.ts";
import { readOnce } from "../../../io/proc-file.ts";
import { pressureSeconds } from "../pressure/parse-pressure.ts";
import { cgroupMetrics as m } from "./metrics.ts";

/** A file of a control group, and the series that it feeds. */
export interface CgroupFile {
  readonly name: string;
  readonly fields: readonly CgroupField[];
}

/** One series of a file. */
export interface CgroupField {
  readonly metric: Metric;
  open(context: CollectContext, cgroup: string): SeriesHandle;
  /** NaN where the group has no such value (no limit, a line that this kernel does not write). */
  value(text: string, directory: string): number;
}

const micro = 1e-6;
const nano = 1e-9;
/** v1 writes "no limit" as the largest multiple of a page below 2^63. */
const noLimitBytes = 2 ** 62;
const cursor = new TextCursor();

/** Files of version 2, whose `cpu.stat` is in µs. */
export const filesV2: readonly CgroupFile[] = [
  {
    name: "cpu.stat",
    fields: [
      field(m.cgroupCpuTime, { mode: "user" }, (text) => keyed(text, "user_usec") * micro),
      field(m.cgroupCpuTime, { mode: "system" }, (text) => keyed(text, "system_usec") * micro),
      field(m.cgroupCpuPeriods, { kind: "all" }, (text) => whenLimited(text, keyed(text, "nr_periods"))),
      field(m.cgroupCpuPeriods, { kind: "throttled" }, (text) => whenLimited(text, keyed(text, "nr_throttled"))),
      field(m.cgroupThrottledTime, {}, (text) => whenLimited(text, keyed(text, "throttled_usec") * micro)),
    ],
  },
  {
    name: "cpu.max",
    fields: [field(m.cgroupCpuLimit, {}, (text) => cursor.reset(text).number() / cursor.number())],
  },
  { name: "memory.current", fields: [field(m.cgroupMemory, {}, parseNumber)] },
  { name: "memory.max", fields: [field(m.cgroupMemoryLimit, {}, parseNumber)] },
  { name: "memory.swap.current", fields: [field(m.cgroupSwap, {}, parseNumber)] },
  {
    name: "memory.events",
    fields: [field(m.cgroupOomKills, {}, (text) => keyed(text, "oom_kill"))],
  },
  {
    name: "memory.stat",
    fields: [
      field(m.cgroupMemoryKind, { part: "anonymous" }, (text) => keyed(text, "anon")),
      field(m.cgroupMemoryKind, { part: "file" }, (text) => keyed(text, "file")),
      field(m.cgroupMemoryKind, { part: "inactive_file" }, (text) => keyed(text, "inactive_file")),
    ],
  },
  {
    name: "io.stat",
    fields: [
      field(m.cgroupIo, { direction: "read" }, (text) => sumAfter(text, " rbytes=")),
      field(m.cgroupIo, { direction: "write" }, (text) => sumAfter(text, " wbytes=")),
      field(m.cgroupIoOperations, { direction: "read" }, (text) => sumAfter(text, " rios=")),
      field(m.cgroupIoOperations, { direction: "write" }, (text) => sumAfter(text, " wios=")),
    ],
  },
  { name: "pids.current", fields: [field(m.cgroupTasks, {}, parseNumber)] },
  { name: "pids.max", fields: [field(m.cgroupTasksLimit, {}, parseNumber)] },
  ...(["cpu", "memory", "io"] as const).map((resource) => ({
    name: `${resource}.pressure`,
    fields: [field(m.cgroupPressure, { resource }, (text) => pressureSeconds(cursor, text, "some"))],
  })),
];

/** Files of version 1, each in the tree of its controller; times are in ns. */
export const filesV1: readonly CgroupFile[] = [
  {
    name: "cpuacct.usage_user",
    fields: [field(m.cgroupCpuTime, { mode: "user" }, (text) => parseNumber(text) * nano)],
  },
  {
    name: "cpuacct.usage_sys",
    fields: [field(m.cgroupCpuTime, { mode: "system" }, (text) => parseNumber(text) * nano)],
  },
  {
    name: "cpu.stat",
    fields: [
      field(m.cgroupCpuPeriods, { kind: "all" }, (text) => whenLimited(text, keyed(text, "nr_periods"))),
      field(m.cgroupCpuPeriods, { kind: "throttled" }, (text) => whenLimited(text, keyed(text, "nr_throttled"))),
      field(m.cgroupThrottledTime, {}, (text) => whenLimited(text, keyed(text, "throttled_time") * nano)),
    ],
  },
  { name: "cpu.cfs_quota_us", fields: [field(m.cgroupCpuLimit, {}, quotaV1)] },
  { name: "memory.usage_in_bytes", fields: [field(m.cgroupMemory, {}, parseNumber)] },
  { name: "memory.limit_in_bytes", fields: [field(m.cgroupMemoryLimit, {}, limitV1)] },
  {
    name: "memory.oom_control",
    fields: [field(m.cgroupOomKills, {}, (text) => keyed(text, "oom_kill"))],
  },
  {
    name: "memory.stat",
    fields: [
      field(m.cgroupMemoryKind, { part: "anonymous" }, (text) => keyed(text, "total_rss")),
      field(m.cgroupMemoryKind, { part: "file" }, (text) => keyed(text, "total_cache")),
      field(m.cgroupMemoryKind, { part: "inactive_file" }, (text) => keyed(text, "total_inactive_file")),
      field(m.cgroupSwap, {}, (text) => keyed(text, "total_swap")),
    ],
  },
  {
    name: "blkio.throttle.io_service_bytes_recursive",
    fields: [
      field(m.cgroupIo, { direction: "read" }, (text) => sumAfter(text, " Read ")),
      field(m.cgroupIo, { direction: "write" }, (text) => sumAfter(text, " Write ")),
    ],
  },
  {
    name: "blkio.throttle.io_serviced_recursive",
    fields: [
      field(m.cgroupIoOperations, { direction: "read" }, (text) => sumAfter(text, " Read ")),
      field(m.cgroupIoOperations, { direction: "write" }, (text) => sumAfter(text, " Write ")),
    ],
  },
  { name: "pids.current", fields: [field(m.cgroupTasks, {}, parseNumber)] },
  { name: "pids.max", fields: [field(m.cgroupTasksLimit, {}, parseNumber)] },
];

function field<M extends Metric>(
  metric: M,
  labels: Omit<LabelValues<M>, "cgroup">,
  value: (text: string, directory: string) => number,
): CgroupField {
  const open = (context: CollectContext, cgroup: string): SeriesHandle => {
    // `labels` and `cgroup` are all labels of the metric: the compiler does not see that `Omit` of a generic type lacks just that key.
    return context.series(metric, { ...labels, cgroup } as unknown as LabelValues<M>);
  };
  return { metric, open, value };
}

/** The number on the line that begins with `key`; NaN where there is none. */
function keyed(text: string, key: string): number {
  if (text.startsWith(`${key} `)) return cursor.reset(text, key.length).number();
  const line = text.indexOf(`\n${key} `);
  return line === -1 ? Number.NaN : cursor.reset(text, line + 1 + key.length).number();
}

/** A group without a processor limit has no periods; its zeros say nothing. */
function whenLimited(text: string, value: number): number {
  return keyed(text, "nr_periods") > 0 ? value : Number.NaN;
}

/** Sum of the numbers after each occurrence: one per block device. A group that did no input or output has no line: 0. */
function sumAfter(text: string, mark: string): number {
  let sum = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at)) {
    sum += cursor.reset(text, at + mark.length).number();
    at = cursor.at;
  }
  return sum;
}

function quotaV1(text: string, directory: string): number {
  const quota = parseNumber(text);
  // -1 is no limit.
  if (!(quota > 0)) return Number.NaN;
  const period = readOnce(`${directory}/cpu.cfs_period_us`);
  return typeof period === "string" ? quota / parseNumber(period) : Number.NaN;
}

function limitV1(text: string): number {
  const limit = parseNumber(text);
  return limit < noLimitBytes ? limit : Number.NaN;
}
