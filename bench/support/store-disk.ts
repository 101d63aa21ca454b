/** What a directory takes on the disk, as `du` counts. */
import { lstatSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";

export interface DiskUsage {
  /** Allocated blocks of all files and directories: `du -s --block-size=1`. */
  readonly bytes: number;
  /** Lengths of the files: `du -s --apparent-size` without the directories. */
  readonly apparentBytes: number;
  /** Allocated bytes by the first part of the path; a database's log counts with it. */
  readonly parts: Readonly<Record<string, number>>;
}

/** `statx` counts blocks of 512 bytes, whatever those of the file system are. */
const blockBytes = 512;

export function diskUsage(directory: string): DiskUsage {
  const own = lstatSync(directory).blocks * blockBytes;
  let bytes = own;
  let apparentBytes = 0;
  const parts: Record<string, number> = { ".": own };
  for (const path of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const status = lstatSync(join(directory, path));
    const allocated = status.blocks * blockBytes;
    const part = (path.split(sep, 1)[0] ?? "").replace(/-(wal|shm)$/, "");
    parts[part] = (parts[part] ?? 0) + allocated;
    bytes += allocated;
    if (status.isFile()) apparentBytes += status.size;
  }
  return { bytes, apparentBytes, parts };
}
