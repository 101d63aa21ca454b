/** Health of file systems. Only what has a device of its own is judged: a read-only image is meant to be full. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { filesystemUsage, inodeUsage, onWritable } from "../filesystem/expressions.ts";
import { fileDescriptorMetrics, filesystemMetrics } from "../filesystem/metrics.ts";

const mountpoint = labelOf(filesystemMetrics.usage, "system.filesystem.mountpoint");
/** What an administrator mounts read-only (images, snapshots) stays out by not being on a disk's device. */
const onDisk = {
  "system.device": { matches: "/dev/.+" },
  "system.filesystem.type": { not: ["squashfs", "iso9660", "erofs"] },
} as const;

export const filesystemChecks: readonly CheckDeclaration[] = [
  {
    id: "host.disk_space",
    title: "Disk space",
    help: "A node that cannot write its database stops, some with damage. Limits: node-mixin's NodeFilesystemAlmostOutOfSpace, 5 % and 3 % left, made 10 % and 5 % since chain data grows by the hour.",
    expr: `${filesystemUsage} and ${onWritable}`,
    direction: "above",
    warning: 0.9,
    critical: 0.95,
    intervalMs: 30_000,
    unit: "ratio",
    message: `{{$value}} of {{${mountpoint}}} is used since {{$since}}.`,
    ok: `The fullest file system is {{${mountpoint}}}: {{$value}} of it is used.`,
    action: "Prune the node's database, move snapshots and logs away, or grow the volume.",
    metrics: [filesystemMetrics.usage.name],
  },
  {
    id: "host.inodes",
    title: "Inodes",
    help: "Without inodes no file can be made, whatever space there is. Limits: 90 % and 95 % used, as for space (node-mixin: 95 %, 97 %).",
    expr: `${inodeUsage} and ${onWritable}`,
    direction: "above",
    warning: 0.9,
    critical: 0.95,
    intervalMs: 30_000,
    unit: "ratio",
    message: `{{$value}} of the inodes of {{${mountpoint}}} are used since {{$since}}.`,
    ok: `{{${mountpoint}}} has used most of its inodes: {{$value}}.`,
    action: "Look for directories with very many small files, such as old logs or a cache.",
    metrics: [filesystemMetrics.inodes.name, filesystemMetrics.inodesFree.name],
  },
  {
    id: "host.filesystem_readonly",
    title: "Read-only file system",
    help: "ext4 and others go read-only after an error of the device (errors=remount-ro).",
    expr: select(filesystemMetrics.readonly, onDisk),
    direction: "above",
    critical: 0,
    intervalMs: 30_000,
    unit: "count",
    message: `{{${mountpoint}}} is read-only since {{$since}}.`,
    ok: "Every file system on a disk can be written.",
    action:
      "See the kernel's log (dmesg) for errors of the device; check the file system before mounting it for writing again.",
    metrics: [filesystemMetrics.readonly.name],
  },
  {
    id: "host.filesystem_error",
    title: "File systems answer",
    help: "A file system that does not answer hangs every process that touches it.",
    expr: select(filesystemMetrics.error),
    direction: "above",
    critical: 0,
    forMs: 60_000,
    intervalMs: 30_000,
    unit: "count",
    message: `{{${mountpoint}}} does not answer since {{$since}}.`,
    ok: "Every file system answers.",
    action: "See whether its server or device is there; unmount it with umount -l if not.",
    metrics: [filesystemMetrics.error.name],
  },
  {
    id: "host.open_files",
    title: "Open files of the machine",
    help: "At fs.file-max no process but root's can open a file. Limits: node-mixin's NodeFileDescriptorLimit, 70 % and 90 %.",
    expr: `${select(fileDescriptorMetrics.allocated)} / ${select(fileDescriptorMetrics.limit)}`,
    direction: "above",
    warning: 0.7,
    critical: 0.9,
    unit: "ratio",
    message: "{{$value}} of the open files that the kernel allows are in use since {{$since}}.",
    ok: "{{$value}} of the open files that the kernel allows are in use.",
    action: "See which process holds them; raise fs.file-max if it needs them.",
    metrics: [fileDescriptorMetrics.allocated.name, fileDescriptorMetrics.limit.name],
  },
];
