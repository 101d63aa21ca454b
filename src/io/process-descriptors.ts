/** How many descriptors a process has open. */
import { readdirSync, statSync } from "node:fs";
import { type ReadFailure, failureOf } from "./proc-file.ts";

/**
 * Since Linux 6.2 the size of `/proc/<pid>/fd` is the number of its entries (commit f1f1f2569901, "proc: report open files as size in
 * stat() for /proc/pid/fd"): 3 µs where listing 10,000 of them takes milliseconds. Before that, it is listed. The directory of a
 * captured tree has a size too, but occupies blocks or has another mode than procfs gives (0500).
 */
export function countDescriptors(path: string): number | ReadFailure {
  try {
    const { size, blocks, mode } = statSync(path);
    return size > 0 && blocks === 0 && (mode & 0o777) === 0o500 ? size : readdirSync(path).length;
  } catch (error) {
    return failureOf("open", path, error);
  }
}
