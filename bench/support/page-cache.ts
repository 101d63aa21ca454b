/** Reads that go to the disk. */
import { execFileSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

/**
 * Asks the kernel to drop the files below from its cache: these alone, the rest of the machine is not ours. Returns the bytes that
 * are still there, which is 0 where it worked, or the indexes
 * of SQLite's logs (`*-shm`), which are memory and no data.
 */
export function dropFromCache(directory: string): number {
  const files = globSync("**/*", { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  // What is not on the disk yet stays in the cache.
  execFileSync("sync", files);
  // `posix_fadvise(POSIX_FADV_DONTNEED)` for the whole file. Source: coreutils, dd, `nocache`.
  for (const file of files) execFileSync("dd", [`if=${file}`, "iflag=nocache", "count=0", "status=none"]);
  const sizes = execFileSync("fincore", ["--bytes", "--noheadings", "--output", "RES", ...files], { encoding: "utf8" });
  return sizes.split("\n").reduce((sum, size) => sum + Number(size), 0);
}
