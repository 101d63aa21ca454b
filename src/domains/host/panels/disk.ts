/** Charts of block devices. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { diskAwait, diskBytes, diskOperations, diskQueue, diskUtilisation, flushTime } from "../disk/expressions.ts";
import { diskMetrics } from "../disk/metrics.ts";
import { smartMetrics } from "../smart/metrics.ts";

const device = `{{${labelOf(diskMetrics.io, "system.device")}}}`;

export const diskPanels: PanelSection = {
  id: "disk",
  title: "Disks",
  overview: ["disk_io", "disk_await"],
  panels: [
    {
      id: "disk_io",
      title: "Disk throughput",
      help: "Read (above) and written (below) by device.",
      unit: "bytes/s",
      queries: [
        { expr: diskBytes("read"), legend: `${device} read` },
        { expr: diskBytes("write"), legend: `${device} written`, mirrored: true },
      ],
      metrics: [diskMetrics.io.name],
    },
    {
      id: "disk_operations",
      title: "Disk requests",
      help: "Read (above) and write (below) requests by device. Cloud volumes cap them: a flat top is the cap.",
      unit: "count/s",
      queries: [
        { expr: diskOperations("read"), legend: `${device} reads` },
        { expr: diskOperations("write"), legend: `${device} writes`, mirrored: true },
      ],
      metrics: [diskMetrics.operations.name],
    },
    {
      id: "disk_await",
      title: "Disk latency",
      help: "Mean time of a request, waiting included. A local NVMe drive takes 0.1 ms; block import suffers from a few milliseconds on.",
      unit: "seconds",
      queries: [
        { expr: diskAwait("read"), legend: `${device} read` },
        { expr: diskAwait("write"), legend: `${device} write` },
        { expr: flushTime, legend: `${device} flush` },
      ],
      metrics: [diskMetrics.operationTime.name, diskMetrics.operations.name, diskMetrics.flushTime.name],
    },
    {
      id: "disk_utilisation",
      title: "Disk busy",
      help: "Share of time with requests in flight. At 100 % a disk that does one thing at a time is full; NVMe drives and arrays can do more.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: diskUtilisation, legend: device }],
      metrics: [diskMetrics.ioTime.name],
    },
    {
      id: "disk_queue",
      title: "Disk queue",
      help: "Mean number of requests in flight.",
      unit: "count",
      queries: [{ expr: diskQueue, legend: device }],
      metrics: [diskMetrics.weightedIoTime.name],
    },
    {
      id: "disk_flush",
      title: "Flushes and discards",
      help: "Flushes make a database's commits durable; discards give freed space back to the drive.",
      unit: "count/s",
      queries: [
        { expr: perSecond(diskMetrics.flushOperations), legend: `${device} flushes` },
        { expr: perSecond(diskMetrics.discardOperations), legend: `${device} discards` },
      ],
      metrics: [diskMetrics.flushOperations.name, diskMetrics.discardOperations.name],
    },
    {
      id: "disk_in_flight",
      title: "Requests in flight",
      help: "At the tick; peaks that the mean queue hides.",
      unit: "count",
      queries: [{ expr: select(diskMetrics.inFlight), legend: device }],
      metrics: [diskMetrics.inFlight.name],
    },
    {
      id: "disk_temperature",
      title: "Drive temperature",
      help: "NVMe drives slow down from about 70 °C on.",
      unit: "celsius",
      queries: [{ expr: select(smartMetrics.temperature), legend: device }],
      metrics: [smartMetrics.temperature.name],
    },
    {
      id: "disk_endurance",
      title: "Drive endurance used",
      help: "By the maker's estimate; at 100 % it is time to replace the drive.",
      unit: "ratio",
      queries: [{ expr: select(smartMetrics.endurance), legend: device }],
      metrics: [smartMetrics.endurance.name],
    },
  ],
};
