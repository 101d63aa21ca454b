/** The name under which a process is shown, and the application it counts for. */
import { cleanText } from "../../../core/clean-text.ts";
import type { ProcessStat } from "./process-stat.ts";

/** Names that a runtime gives its main thread, which hide the program: Node.js since 24 and before. */
const runtimeNames: Readonly<Record<string, string>> = { "node-MainThread": "node", MainThread: "node" };

/** All kernel threads are one application, and so are those beyond the number that have series. */
const kernelGroup = "(kernel)";
export const otherGroup = "(other)";

/** A worker's number: `worker-12`, `memfd:sealed-91`, `conn/7`. */
const workerNumber = /[-_:/#]\d+$/;

/** The kernel's `comm` (at most 15 bytes for programs, 63 for kernel workers), fit to be a label. */
export function processName(stat: Pick<ProcessStat, "name">): string {
  return runtimeNames[stat.name] ?? cleanText(stat.name);
}

export function groupName(stat: Pick<ProcessStat, "name" | "isKernelThread">): string {
  if (stat.isKernelThread) return kernelGroup;
  const name = processName(stat).replace(workerNumber, "");
  // A program must not hide among the kernel's threads by taking their name.
  return name === kernelGroup || name === otherGroup ? `\\x28${name.slice(1)}` : name;
}
