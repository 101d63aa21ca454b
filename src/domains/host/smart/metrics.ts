/** Health of drives: what their own logs say. */
import { defineMetrics } from "../../../core/metric.ts";

const perDevice = { "system.device": null } as const;

export const smartMetrics = defineMetrics({
  passed: {
    name: "chainpulse.host.disk.smart.passed",
    kind: "gauge",
    unit: "",
    help: "1 while the drive's own assessment is that it is healthy.",
    labels: perDevice,
    rollup: "min",
  },
  endurance: {
    name: "hw.physical_disk.endurance_utilization",
    kind: "gauge",
    unit: "1",
    help: "Share of the drive's endurance that is used up, by the maker's estimate; can pass 1.",
    labels: perDevice,
    rollup: "last",
  },
  spare: {
    name: "chainpulse.host.disk.smart.spare_available",
    kind: "gauge",
    unit: "1",
    help: "Share of an NVMe drive's spare blocks that is left.",
    labels: perDevice,
    rollup: "min",
  },
  temperature: {
    name: "chainpulse.host.disk.temperature",
    kind: "gauge",
    unit: "Cel",
    help: "Temperature of the drive.",
    labels: perDevice,
    rollup: "max",
  },
  mediaErrors: {
    name: "chainpulse.host.disk.smart.media_errors",
    kind: "counter",
    unit: "{error}",
    help: "Times that the drive could not give back what was written (NVMe: media and data integrity errors; ATA: reported uncorrectable).",
    labels: perDevice,
  },
  reallocated: {
    name: "chainpulse.host.disk.smart.reallocated_sectors",
    kind: "gauge",
    unit: "{sector}",
    help: "Sectors that an ATA drive has replaced by spare ones.",
    labels: perDevice,
    rollup: "max",
  },
  powerOnTime: {
    name: "chainpulse.host.disk.smart.power_on_time",
    kind: "counter",
    unit: "s",
    help: "Time that the drive has been powered.",
    labels: perDevice,
  },
  unsafeShutdowns: {
    name: "chainpulse.host.disk.smart.unsafe_shutdowns",
    kind: "counter",
    unit: "{shutdown}",
    help: "Times that an NVMe drive lost its power without warning.",
    labels: perDevice,
  },
  written: {
    name: "chainpulse.host.disk.smart.written",
    kind: "counter",
    unit: "By",
    help: "Bytes that hosts have written to an NVMe drive in its life.",
    labels: perDevice,
  },
});

export const nvmeMetrics = defineMetrics({
  live: {
    name: "chainpulse.host.nvme.live",
    kind: "gauge",
    unit: "",
    help: "1 while the controller works; 0 while it is reset, connecting, being deleted or dead.",
    labels: { "nvme.controller": null },
    rollup: "min",
  },
  info: {
    name: "chainpulse.host.nvme.info",
    kind: "gauge",
    unit: "",
    help: "What an NVMe controller says of itself, with its state in words; always 1.",
    labels: {
      "nvme.controller": null,
      "device.model": null,
      "device.serial": null,
      "device.firmware": null,
      "nvme.state": null,
    },
    rollup: "last",
    aliases: [
      {
        name: "node_nvme_info",
        labels: {
          "nvme.controller": "device",
          "device.model": "model",
          "device.serial": "serial",
          "device.firmware": "firmware_revision",
          "nvme.state": "state",
        },
      },
    ],
  },
});
