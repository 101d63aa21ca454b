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

/**
 * Errnos of the way to a file system, which may itself be well: a private directory above it, another mount over it. Source: path_resolution(7).
 */
const wayErrnos: ReadonlySet<string> = new Set(["EACCES", "EPERM", "ENOENT", "ENOTDIR"]);

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
  let absent: ReadonlySet<string> = new Set();

  const show = (mount: Mount, usage: FilesystemUsage | ReadFailure): void => {
    const row = rows.row([mount.device, mount.mountpoint, mount.type].join("\0"));
    row.setReadonly(mount.readonly);
    if (!("errno" in usage)) {
      row.setError(false);
      row.setUsage(usage);
    } else if (!wayErrnos.has(usage.errno)) {
      row.setError(true);
    }
  };

  /** Behind the first process, one refusal is that of all: it has one cause and one remedy. */
  const sourceOf = (mount: Mount, { reason }: ReadFailure): string =>
    root !== "" && reason === "no_permission" ? root : mount.mountpoint;

  const report = (failures: ReadonlyMap<string, ReadFailure>): void => {
    for (const [path, failure] of failures) {
      const lost = wayErrnos.has(failure.errno) ? [...usageMetrics, metrics.error] : usageMetrics;
      const fix = `The kernel shows ${root} only with CAP_SYS_PTRACE: to see the disks, run ChainPulse on the machine itself, as a service.`;
      context.absent(path, lost, path === root ? { ...failure, fix } : failure);
    }
    for (const path of absent) if (!failures.has(path)) context.present(path);
    absent = new Set(failures.keys());
  };

  return {
    collect: async () => {
      const text = source.read();
      if (text === null) return;
      const mounts = parseMounts(text, textIn(`${process}/mountinfo`));
      const failures = new Map<string, ReadFailure>();
      // One after the other: side by side, a few dead mounts would take all threads of the pool.
      for (const mount of mounts.slice(0, maxMounts)) {
        const usage = await readUsage(`${root}${mount.mountpoint}`);
        show(mount, usage);
        if ("errno" in usage) failures.set(sourceOf(mount, usage), usage);
      }
      rows.sweep();
      report(failures);
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
    setReadonly: (is: boolean) => readonly.set(is ? 1 : 0),
    setError: (is: boolean) => error.set(is ? 1 : 0),
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
