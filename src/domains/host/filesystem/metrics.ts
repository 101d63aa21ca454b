/** File systems and the machine's open files. Names: OpenTelemetry `system.filesystem.*`. */
import { defineMetrics } from "../../../core/metric.ts";

const perMount = { "system.device": null, "system.filesystem.mountpoint": null, "system.filesystem.type": null } as const;
const mount = {
  "system.device": "device",
  "system.filesystem.mountpoint": "mountpoint",
  "system.filesystem.type": "fstype",
} as const;

export const filesystemMetrics = defineMetrics({
  usage: {
    name: "system.filesystem.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Space by state: used, free (for everybody), reserved (for root). The three make up the size.",
    labels: { ...perMount, "system.filesystem.state": ["used", "free", "reserved"] },
    rollup: "mean",
    aliases: [{ name: "node_filesystem_avail_bytes", labels: mount, where: { "system.filesystem.state": "free" } }],
  },
  size: {
    name: "system.filesystem.limit",
    kind: "gauge",
    unit: "By",
    help: "Size of the file system.",
    labels: perMount,
    rollup: "last",
    aliases: [{ name: "node_filesystem_size_bytes", labels: mount }],
  },
  unused: {
    name: "chainpulse.host.filesystem.unused",
    kind: "updowncounter",
    unit: "By",
    help: "Space that is not used, with what is reserved for root.",
    labels: perMount,
    rollup: "mean",
    aliases: [{ name: "node_filesystem_free_bytes", labels: mount }],
  },
  inodes: {
    name: "chainpulse.host.filesystem.inode.limit",
    kind: "gauge",
    unit: "{inode}",
    help: "Files that the file system can hold; without samples where there is no such limit (btrfs).",
    labels: perMount,
    rollup: "last",
    aliases: [{ name: "node_filesystem_files", labels: mount }],
  },
  inodesFree: {
    name: "chainpulse.host.filesystem.inode.free",
    kind: "updowncounter",
    unit: "{inode}",
    help: "Files that can still be made.",
    labels: perMount,
    rollup: "mean",
    aliases: [{ name: "node_filesystem_files_free", labels: mount }],
  },
  readonly: {
    name: "chainpulse.host.filesystem.readonly",
    kind: "gauge",
    unit: "",
    help: "1 when the file system is mounted read-only; ext4 makes itself so after an error.",
    labels: perMount,
    rollup: "max",
    aliases: [{ name: "node_filesystem_readonly", labels: mount }],
  },
  error: {
    name: "chainpulse.host.filesystem.device_error",
    kind: "gauge",
    unit: "",
    help: "1 when the file system did not answer (a hung network file system, a lost device); without samples where it may not be asked.",
    labels: perMount,
    rollup: "max",
    aliases: [{ name: "node_filesystem_device_error", labels: mount }],
  },
});

export const fileDescriptorMetrics = defineMetrics({
  allocated: {
    name: "chainpulse.host.file_descriptor.count",
    kind: "updowncounter",
    unit: "{file_descriptor}",
    help: "Open files of the whole machine.",
    rollup: "mean",
    aliases: [{ name: "node_filefd_allocated" }],
  },
  limit: {
    name: "chainpulse.host.file_descriptor.limit",
    kind: "gauge",
    unit: "{file_descriptor}",
    help: "Open files that the kernel allows on the whole machine (fs.file-max).",
    rollup: "last",
    aliases: [{ name: "node_filefd_maximum" }],
  },
});
