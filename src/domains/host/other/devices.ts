/**
 * File systems, disks and network of macOS and Windows, in the metrics that Linux has. Not run by the project, which has Linux machines
 * alone: compiled, and tested with a stand-in for what the platform says.
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import {
  type OtherFilesystem,
  type OtherInterface,
  type SystemInformation,
  loadSystemInformation,
} from "../../../io/system-information.ts";
import { diskMetrics } from "../disk/metrics.ts";
import { filesystemMetrics } from "../filesystem/metrics.ts";
import { HandleTable } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { networkTrafficMetrics } from "../network/metrics.ts";

const { usage, size, readonly } = filesystemMetrics;
const { io, dropped, errors } = networkTrafficMetrics;
const { operations } = diskMetrics;

const maxFilesystems = 64;
const maxInterfaces = 128;

/** The name of all disks together: these platforms do not tell them apart. */
const allDisks = "all";

export const otherDevicesCollector = otherDevicesWith(loadSystemInformation);

/** `load` is injected by tests. */
export function otherDevicesWith(load: () => Promise<SystemInformation>): CollectorDeclaration {
  return {
    id: "host.other_devices",
    title: "Disks and network (macOS, Windows)",
    metrics: [usage, size, readonly, operations, io, dropped, errors],
    // Each run starts programs of the system.
    intervalMs: 5000,
    platforms: ["darwin", "win32"],
    open: async (context) => openDevices(context, await load()),
  };
}

function openDevices(context: CollectContext, information: SystemInformation): Collector {
  const filesystems = new HandleTable((key: string) => openFilesystem(context, key.split("\0")));
  const interfaces = new HandleTable((name: string) => openInterface(context, name));
  const disks = new HandleTable((device: string) => ({
    handles: (["read", "write"] as const).map((direction) =>
      context.series(operations, { "system.device": device, "disk.io.direction": direction }),
    ),
  }));
  return {
    collect: async () => {
      for (const filesystem of (await information.filesystems()).slice(0, maxFilesystems)) {
        const { device, mountpoint, type } = filesystem;
        filesystems.row([device, mountpoint, type].join("\0")).set(filesystem);
      }
      filesystems.sweep();
      for (const stats of (await information.interfaces()).slice(0, maxInterfaces)) interfaces.row(stats.name).set(stats);
      interfaces.sweep();
      const diskIo = await information.diskIo();
      if (diskIo === null) {
        return context.absent("disk_io", [operations], {
          reason: "unsupported",
          detail: "this platform does not tell what its disks do",
        });
      }
      context.present("disk_io");
      const [reads, writes] = disks.row(allDisks).handles;
      reads?.set(diskIo.readOperations);
      writes?.set(diskIo.writeOperations);
    },
  };
}

function openFilesystem(context: CollectContext, [device = "", mountpoint = "", type = ""]: readonly string[]) {
  const labels = {
    "system.device": cleanText(device),
    "system.filesystem.mountpoint": cleanText(mountpoint),
    "system.filesystem.type": cleanText(type),
  };
  const used = context.series(usage, { ...labels, "system.filesystem.state": "used" });
  const free = context.series(usage, { ...labels, "system.filesystem.state": "free" });
  const total = context.series(size, labels);
  const isReadonly = context.series(readonly, labels);
  return {
    handles: [used, free, total, isReadonly],
    set: (filesystem: OtherFilesystem) => {
      used.set(filesystem.usedBytes);
      free.set(filesystem.availableBytes);
      total.set(filesystem.sizeBytes);
      isReadonly.set(filesystem.readonly ? 1 : 0);
    },
  };
}

function openInterface(context: CollectContext, name: string) {
  const labels = { "network.interface.name": cleanText(name) };
  const receive = { ...labels, "network.io.direction": "receive" } as const;
  const transmit = { ...labels, "network.io.direction": "transmit" } as const;
  const received = [context.series(io, receive), context.series(dropped, receive), context.series(errors, receive)];
  const transmitted = [context.series(io, transmit), context.series(dropped, transmit), context.series(errors, transmit)];
  return {
    handles: [...received, ...transmitted],
    set: (stats: OtherInterface) => {
      const receivedValues = [stats.receivedBytes, stats.receiveDropped, stats.receiveErrors];
      const transmittedValues = [stats.transmittedBytes, stats.transmitDropped, stats.transmitErrors];
      for (const [index, handle] of received.entries()) handle.set(receivedValues[index] ?? Number.NaN);
      for (const [index, handle] of transmitted.entries()) handle.set(transmittedValues[index] ?? Number.NaN);
    },
  };
}
