/** Writes a whole file so that a reader sees the old content or the new one, never a part, also after a crash. */
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface AtomicWriteOptions {
  /** Permission bits of the file. */
  readonly mode: number;
  /** Whether an existing file is replaced; otherwise writing over one is refused with `false`. */
  readonly overwrite: boolean;
}

/** Writes `text` to `path`, whose directory is made where it is missing. Returns `false` where a file is there and may not be replaced. */
export function writeFileAtomic(path: string, text: string, { mode, overwrite }: AtomicWriteOptions): boolean {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true });
  // In the same directory: a rename between file systems is a copy.
  const draft = join(directory, `.${randomUUID()}.tmp`);
  try {
    const descriptor = openSync(draft, "wx", mode);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (overwrite) renameSync(draft, path);
    else if (!linkIfFree(draft, path)) return false;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(directory);
  return true;
}

/** A hard link appears only where nothing is: checking first and renaming then could replace a file made in between. */
function linkIfFree(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    // `node:fs` throws only errors with a code.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The new name itself is on the disk only after its directory is. */
function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
