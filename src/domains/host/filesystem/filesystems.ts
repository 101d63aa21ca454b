/** Space and inodes of mounted file systems. They change slowly, and a query may hang: asked every ten seconds, never waited for. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { type FilesystemUsage, type ReadUsage, openFilesystemUsage } from "../../../io/filesystem-usage.ts";
import type { ReadFailure } from "../../../io/proc-file.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { hostRoot } from "../names/process-identity.ts";
import { textIn } from "../small-file.ts";
import { openSource } from "../source.ts";
import { filesystemMetrics as metrics } from "./metrics.ts";
import { type Mount, parseMounts } from "./mounts.ts";

const maxMounts = 64;

/** The sizes cannot be had; that the file system is there, and does not answer, can. */
const usageMetrics = [metrics.usage, metrics.size, metrics.unused, metrics.inodes, metrics.inodesFree];

export const filesystemsCollector = filesystemsWith(openFilesystemUsage());

/** `readUsage` is injected by tests: a captured tree has mounts, but not the file systems behind them. */
export function filesystemsWith(readUsage: ReadUsage): CollectorDeclaration {
  return {
    id: "host.filesystem",
    title: "File systems",
    metrics: Object.values(metrics),
    intervalMs: 10_000,
    platforms: ["linux"],
    open: (context) => openFilesystems(context, readUsage),
  };
}

function openFilesystems(context: CollectContext, readUsage: ReadUsage): Collector {
  const procRoot = context.config.host.proc_root;
  const root = hostRoot(procRoot);
  const process = procRoot === "/proc" ? "/proc/self" : `${procRoot}/1`;
  const source = openSource(context, `${process}/mounts`, Object.values(metrics));
  // Keyed by what its labels say; no mount table can hold a zero byte.
  const rows = new HandleTable((key: string) => openMount(context, key.split("\0")));
  const absent = new Set<string>();

  const show = (mount: Mount, usage: FilesystemUsage | ReadFailure): void => {
    const key = [mount.device, mount.mountpoint, mount.type].join("\0");
    const row = rows.row(key);
    row.setState(mount.readonly, "errno" in usage);
    if ("errno" in usage) {
      context.absent(mount.mountpoint, usageMetrics, usage);
      absent.add(mount.mountpoint);
    } else {
      row.setUsage(usage);
      if (absent.delete(mount.mountpoint)) context.present(mount.mountpoint);
    }
  };

  return {
    collect: async () => {
      const text = source.read();
      if (text === null) return;
      const mounts = parseMounts(text, textIn(`${process}/mountinfo`));
      const shown = mounts.slice(0, maxMounts);
      // One after the other: side by side, a few dead mounts would take all threads of the pool.
      for (const mount of shown) show(mount, await readUsage(`${root}${mount.mountpoint}`));
      rows.sweep();
      for (const mountpoint of absent) {
        if (shown.some((mount) => mount.mountpoint === mountpoint)) continue;
        absent.delete(mountpoint);
        context.present(mountpoint);
      }
      if (mounts.length <= maxMounts) return context.present("mounts");
      context.absent("mounts", Object.values(metrics), {
        reason: "unsupported",
        detail: `${mounts.length - maxMounts} of ${mounts.length} mounts are beyond the number that is followed`,
      });
    },
    close: () => source.close(),
  };
}

function openMount(context: CollectContext, [device = "", mountpoint = "", type = ""]: readonly string[]) {
  const labels = {
    "system.device": cleanText(device),
    "system.filesystem.mountpoint": cleanText(mountpoint),
    "system.filesystem.type": cleanText(type),
  };
  const used = context.series(metrics.usage, { ...labels, "system.filesystem.state": "used" });
  const free = context.series(metrics.usage, { ...labels, "system.filesystem.state": "free" });
  const reserved = context.series(metrics.usage, { ...labels, "system.filesystem.state": "reserved" });
  const size = context.series(metrics.size, labels);
  const unused = context.series(metrics.unused, labels);
  const inodes = context.series(metrics.inodes, labels);
  const inodesFree = context.series(metrics.inodesFree, labels);
  const readonly = context.series(metrics.readonly, labels);
  const error = context.series(metrics.error, labels);
  return {
    handles: [used, free, reserved, size, unused, inodes, inodesFree, readonly, error],
    setState: (isReadonly: boolean, isError: boolean) => {
      readonly.set(isReadonly ? 1 : 0);
      error.set(isError ? 1 : 0);
    },
    setUsage: (usage: FilesystemUsage) => {
      used.set(usage.sizeBytes - usage.unusedBytes);
      free.set(usage.availableBytes);
      reserved.set(usage.unusedBytes - usage.availableBytes);
      size.set(usage.sizeBytes);
      unused.set(usage.unusedBytes);
      setIfNumber(inodes, usage.inodes === 0 ? Number.NaN : usage.inodes);
      setIfNumber(inodesFree, usage.inodes === 0 ? Number.NaN : usage.inodesFree);
    },
  };
}
