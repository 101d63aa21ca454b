/** What a process and its children cost: CPU time and memory as the kernel counts them. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessCost {
  /** utime + stime of the process, its live descendants and its children that have ended, in seconds. */
  readonly cpuSeconds: number;
  /** Private memory of the process and its live descendants, bytes. */
  readonly rssAnonBytes: number;
  readonly rssBytes: number;
  readonly processes: number;
}

/** USER_HZ: 100 on every architecture that Node supports. Source: Linux include/asm-generic/param.h. */
const clockTicks = 100;

export function processCost(rootPid: number): ProcessCost {
  const pids = descendants(rootPid);
  let ticks = 0;
  let rssAnonBytes = 0;
  let rssBytes = 0;
  for (const pid of pids) {
    // utime, stime, cutime, cstime are fields 14–17; field 3 is the first behind the name's last parenthesis.
    const fields = statFields(pid);
    for (const field of [14, 15, 16, 17]) ticks += Number(fields[field - 3]);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    rssAnonBytes += kilobytes(status, "RssAnon") * 1024;
    rssBytes += kilobytes(status, "VmRSS") * 1024;
  }
  return { cpuSeconds: ticks / clockTicks, rssAnonBytes, rssBytes, processes: pids.length };
}

function descendants(rootPid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      parents.set(pid, Number(statFields(pid)[1]));
    } catch (error) {
      // It ended between the listing and the read.
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))) throw error;
    }
  }
  const found = [rootPid];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

function statFields(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function kilobytes(status: string, field: string): number {
  // A process that has ended and is not waited for yet has no memory, and no such line.
  if (/^State:\s+Z/m.test(status)) return 0;
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? Number.NaN);
}
