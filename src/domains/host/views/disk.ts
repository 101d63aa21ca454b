/** What is shown of a node's disks and file systems. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import type { ViewGroup, ViewList } from "../../../core/view.ts";
import {
  diskAwait,
  diskBytes,
  diskOperations,
  diskQueue,
  diskUtilisation,
  flushTime,
  physicalDiskBytes,
} from "../disk/expressions.ts";
import { diskInfoMetrics, diskMetrics } from "../disk/metrics.ts";
import { filesystemUsage, inodeUsage } from "../filesystem/expressions.ts";
import { fileDescriptorMetrics, filesystemMetrics } from "../filesystem/metrics.ts";
import { smartMetrics } from "../smart/metrics.ts";

const percent = { unit: "%", scale: 100 } as const;
const milliseconds = { unit: "ms", scale: 1000 } as const;

const devices: ViewList = {
  name: "devices",
  help: "The block devices.",
  key: { field: "device", label: labelOf(diskMetrics.ioTime, "system.device"), help: "Name of the device." },
  fields: [
    { name: "utilisationPercent", help: "Share of time with requests in flight.", expr: diskUtilisation, ...percent },
    { name: "readBytesPerSecond", help: "Read.", unit: "By/s", expr: diskBytes("read") },
    { name: "writeBytesPerSecond", help: "Written.", unit: "By/s", expr: diskBytes("write") },
    { name: "readsPerSecond", help: "Read requests.", unit: "1/s", expr: diskOperations("read") },
    { name: "writesPerSecond", help: "Write requests.", unit: "1/s", expr: diskOperations("write") },
    { name: "readAwaitMs", help: "Mean time of a read request.", expr: diskAwait("read"), ...milliseconds },
    { name: "writeAwaitMs", help: "Mean time of a write request.", expr: diskAwait("write"), ...milliseconds },
    { name: "queueLength", help: "Mean number of requests in flight.", unit: "1", expr: diskQueue },
    {
      name: "flushesPerSecond",
      help: "Flushes of the device's cache.",
      unit: "1/s",
      expr: perSecond(diskMetrics.flushOperations),
    },
    { name: "flushMs", help: "Mean time of a flush.", expr: flushTime, ...milliseconds },
    { name: "discardBytesPerSecond", help: "Given back to the device.", unit: "By/s", expr: perSecond(diskMetrics.discardIo) },
    { name: "sizeBytes", help: "Size.", unit: "By", expr: select(diskInfoMetrics.size) },
    { name: "temperatureCelsius", help: "Temperature of the drive.", unit: "Cel", expr: select(smartMetrics.temperature) },
    {
      name: "enduranceUsedPercent",
      help: "Endurance used, by the maker's estimate.",
      expr: select(smartMetrics.endurance),
      ...percent,
    },
    { name: "healthy", help: "1 while the drive assesses itself as healthy.", unit: "1", expr: select(smartMetrics.passed) },
  ],
};

const filesystems: ViewList = {
  name: "filesystems",
  help: "The mounted file systems.",
  key: {
    field: "mountpoint",
    label: labelOf(filesystemMetrics.size, "system.filesystem.mountpoint"),
    help: "Where it is mounted.",
  },
  labels: [
    { field: "device", label: labelOf(filesystemMetrics.size, "system.device"), help: "What is mounted." },
    { field: "type", label: labelOf(filesystemMetrics.size, "system.filesystem.type"), help: "Kind of file system." },
  ],
  fields: [
    { name: "sizeBytes", help: "Size.", unit: "By", expr: select(filesystemMetrics.size) },
    {
      name: "usedBytes",
      help: "Used.",
      unit: "By",
      expr: select(filesystemMetrics.usage, { "system.filesystem.state": "used" }),
    },
    {
      name: "freeBytes",
      help: "To be had by everybody.",
      unit: "By",
      expr: select(filesystemMetrics.usage, { "system.filesystem.state": "free" }),
    },
    { name: "usedPercent", help: "Used, as df counts it.", expr: filesystemUsage, ...percent },
    { name: "inodesUsedPercent", help: "Used inodes.", expr: inodeUsage, ...percent },
    { name: "readonly", help: "1 when mounted read-only.", unit: "1", expr: select(filesystemMetrics.readonly) },
    { name: "deviceError", help: "1 when it did not answer.", unit: "1", expr: select(filesystemMetrics.error) },
  ],
};

export const diskView: ViewGroup = {
  name: "disk",
  help: "Block devices and file systems.",
  fields: [
    {
      name: "readBytesPerSecond",
      help: "Read from all devices.",
      unit: "By/s",
      expr: physicalDiskBytes("read"),
      reduce: "sum",
    },
    {
      name: "writeBytesPerSecond",
      help: "Written to all devices.",
      unit: "By/s",
      expr: physicalDiskBytes("write"),
      reduce: "sum",
    },
    { name: "utilisationPercent", help: "Of the busiest device.", expr: diskUtilisation, reduce: "max", ...percent },
    { name: "flushMs", help: "Mean time of a flush on the slowest device.", expr: flushTime, reduce: "max", ...milliseconds },
    {
      name: "fullestFilesystemPercent",
      help: "Used space of the fullest file system.",
      expr: filesystemUsage,
      reduce: "max",
      ...percent,
    },
    { name: "openFiles", help: "Open files of the machine.", unit: "1", expr: select(fileDescriptorMetrics.allocated) },
    {
      name: "openFilesLimit",
      help: "Open files that the kernel allows.",
      unit: "1",
      expr: select(fileDescriptorMetrics.limit),
    },
  ],
  lists: [devices, filesystems],
};
