/**
 * Size of a mounted file system, without waiting for one that hangs. `statfs` on a dead NFS server blocks its thread of the pool for
 * minutes, and the pool has four: a path that has not answered is not asked again before it has.
 */
import { statfs } from "node:fs/promises";
import { type ReadFailure, failureOf } from "./proc-file.ts";

export interface FilesystemUsage {
  readonly sizeBytes: number;
  /** Not used, with what is reserved for root. */
  readonly unusedBytes: number;
  /** What an ordinary user can write. */
  readonly availableBytes: number;
  /** 0 where the file system has no fixed number. */
  readonly inodes: number;
  readonly inodesFree: number;
}

export type ReadUsage = (path: string) => Promise<FilesystemUsage | ReadFailure>;

/** Longer than a slow disk takes that is spinning up. */
const defaultTimeoutMs = 2000;

/** Paths that may hang at the same time; half of the default pool (`UV_THREADPOOL_SIZE`), so that the rest of the program can read files. */
const maxHanging = 2;

/** `ask` is `fs.statfs` unless a test says otherwise. */
export function openFilesystemUsage(options: { readonly timeoutMs?: number; readonly ask?: typeof askKernel } = {}): ReadUsage {
  const { timeoutMs = defaultTimeoutMs, ask = askKernel } = options;
  const hanging = new Set<string>();
  return async (path) => {
    if (hanging.has(path) || hanging.size >= maxHanging) return hung(path, timeoutMs);
    hanging.add(path);
    const answer = ask(path)
      .catch((error: unknown) => failureOf("statfs", path, error))
      .finally(() => hanging.delete(path));
    const { promise, resolve } = Promise.withResolvers<ReadFailure>();
    const timer = setTimeout(() => resolve(hung(path, timeoutMs)), timeoutMs);
    try {
      return await Promise.race([answer, promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}

async function askKernel(path: string): Promise<FilesystemUsage> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  return {
    sizeBytes: blocks * bsize,
    unusedBytes: bfree * bsize,
    availableBytes: bavail * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}

function hung(path: string, timeoutMs: number): ReadFailure {
  return {
    reason: "stale",
    detail: `statfs ${path}: no answer in ${timeoutMs} ms`,
    fix: "Look whether the server of this file system can be reached, or unmount it.",
    path,
    errno: "ETIMEDOUT",
  };
}
