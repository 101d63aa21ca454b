/** Block devices. Names: OpenTelemetry `system.disk.*`; what the conventions lack is `chainpulse.host.disk.*`. */
import { defineMetrics } from "../../../core/metric.ts";

const perDevice = { "system.device": null } as const;
const perDirection = { ...perDevice, "disk.io.direction": ["read", "write"] } as const;
const device = { "system.device": "device" } as const;
const read = { "disk.io.direction": "read" } as const;
const write = { "disk.io.direction": "write" } as const;

export const diskMetrics = defineMetrics({
  io: {
    name: "system.disk.io",
    kind: "counter",
    unit: "By",
    help: "Bytes that were read from and written to the device.",
    labels: perDirection,
    aliases: [
      { name: "node_disk_read_bytes_total", labels: device, where: read },
      { name: "node_disk_written_bytes_total", labels: device, where: write },
    ],
  },
  operations: {
    name: "system.disk.operations",
    kind: "counter",
    unit: "{operation}",
    help: "Requests that the device completed, after merging.",
    labels: perDirection,
    aliases: [
      { name: "node_disk_reads_completed_total", labels: device, where: read },
      { name: "node_disk_writes_completed_total", labels: device, where: write },
    ],
  },
  operationTime: {
    name: "system.disk.operation_time",
    kind: "counter",
    unit: "s",
    help: "Time that completed requests took from being queued to being done, summed over requests; divided by their number: await.",
    labels: perDirection,
    aliases: [
      { name: "node_disk_read_time_seconds_total", labels: device, where: read },
      { name: "node_disk_write_time_seconds_total", labels: device, where: write },
    ],
  },
  merged: {
    name: "system.disk.merged",
    kind: "counter",
    unit: "{operation}",
    help: "Requests that were merged with a neighbouring one before they reached the device.",
    labels: perDirection,
    aliases: [
      { name: "node_disk_reads_merged_total", labels: device, where: read },
      { name: "node_disk_writes_merged_total", labels: device, where: write },
    ],
  },
  ioTime: {
    name: "system.disk.io_time",
    kind: "counter",
    unit: "s",
    help: "Time with at least one request in flight. A device that works in parallel (NVMe, RAID) is not full at 100 %.",
    labels: perDevice,
    aliases: [{ name: "node_disk_io_time_seconds_total", labels: device }],
  },
  weightedIoTime: {
    name: "chainpulse.host.disk.weighted_io_time",
    kind: "counter",
    unit: "s",
    help: "Time in flight summed over requests: its rate is the mean length of the queue.",
    labels: perDevice,
    aliases: [{ name: "node_disk_io_time_weighted_seconds_total", labels: device }],
  },
  inFlight: {
    name: "chainpulse.host.disk.in_flight",
    kind: "updowncounter",
    unit: "{operation}",
    help: "Requests in flight at the tick.",
    labels: perDevice,
    rollup: "max",
    aliases: [{ name: "node_disk_io_now", labels: device }],
  },
  discardOperations: {
    name: "chainpulse.host.disk.discard.operations",
    kind: "counter",
    unit: "{operation}",
    help: "Discards (TRIM) that the device completed.",
    labels: perDevice,
    aliases: [{ name: "node_disk_discards_completed_total", labels: device }],
  },
  discardMerged: {
    name: "chainpulse.host.disk.discard.merged",
    kind: "counter",
    unit: "{operation}",
    help: "Discards that were merged with a neighbouring one.",
    labels: perDevice,
    aliases: [{ name: "node_disk_discards_merged_total", labels: device }],
  },
  discardIo: {
    name: "chainpulse.host.disk.discard.io",
    kind: "counter",
    unit: "By",
    help: "Bytes that were given back to the device.",
    labels: perDevice,
    aliases: [{ name: "node_disk_discarded_sectors_total", labels: device, scale: 1 / 512 }],
  },
  discardTime: {
    name: "chainpulse.host.disk.discard.time",
    kind: "counter",
    unit: "s",
    help: "Time that discards took, summed over them.",
    labels: perDevice,
    aliases: [{ name: "node_disk_discard_time_seconds_total", labels: device }],
  },
  flushOperations: {
    name: "chainpulse.host.disk.flush.operations",
    kind: "counter",
    unit: "{operation}",
    help: "Flushes of the device's cache (fsync): what makes a database's commit durable.",
    labels: perDevice,
    aliases: [{ name: "node_disk_flush_requests_total", labels: device }],
  },
  flushTime: {
    name: "chainpulse.host.disk.flush.time",
    kind: "counter",
    unit: "s",
    help: "Time that flushes took, summed over them; divided by their number: the latency of fsync.",
    labels: perDevice,
    aliases: [{ name: "node_disk_flush_requests_time_seconds_total", labels: device }],
  },
});

export const diskInfoMetrics = defineMetrics({
  size: {
    name: "system.disk.limit",
    kind: "gauge",
    unit: "By",
    help: "Size of the device.",
    labels: perDevice,
    rollup: "last",
  },
  rotational: {
    name: "chainpulse.host.disk.rotational",
    kind: "gauge",
    unit: "",
    help: "1 when the kernel takes the device for a rotating disk, on which random access costs milliseconds.",
    labels: perDevice,
    rollup: "last",
  },
  info: {
    name: "chainpulse.host.disk.info",
    kind: "gauge",
    unit: "",
    help: "What the kernel says of the device in words; always 1.",
    labels: {
      ...perDevice,
      "device.major": null,
      "device.minor": null,
      "device.model": null,
      "device.serial": null,
      "device.revision": null,
      "device.wwn": null,
    },
    rollup: "last",
    aliases: [
      {
        name: "node_disk_info",
        labels: {
          ...device,
          "device.major": "major",
          "device.minor": "minor",
          "device.model": "model",
          "device.serial": "serial",
          "device.revision": "revision",
          "device.wwn": "wwn",
        },
      },
    ],
  },
});
