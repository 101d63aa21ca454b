/**
 * `/proc/stat`: processor time by mode, interrupts, context switches, run queue, and from the times' differences the imbalance.
 * Source: Documentation/filesystems/proc.rst, 1.7 "Miscellaneous kernel statistics in /proc/stat".
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { CpuBalance } from "./balance.ts";
import { CpuTimes } from "./cpu-times.ts";
import { cpuMetrics, softirqVectors } from "./metrics.ts";
import { readNodes } from "./topology.ts";

const metrics = [
  cpuMetrics.cpuTime,
  cpuMetrics.cpuImbalance,
  cpuMetrics.numaCpuUtilization,
  cpuMetrics.contextSwitches,
  cpuMetrics.interrupts,
  cpuMetrics.softirqs,
  cpuMetrics.processesCreated,
  cpuMetrics.tasksRunning,
  cpuMetrics.tasksBlocked,
  cpuMetrics.bootTime,
] as const;

export const statCollector: CollectorDeclaration = {
  id: "host.stat",
  title: "Processor time and scheduling",
  metrics,
  platforms: ["linux"],
  open: (context) => openStat(context),
};

function openStat(context: CollectContext): Collector {
  const { proc_root: procRoot, sys_root: sysRoot } = context.config.host;
  const source = openSource(context, `${procRoot}/stat`, metrics);
  const cursor = new TextCursor();
  const times = new CpuTimes(context);
  const balance = new CpuBalance(context, sysRoot, readNodes(sysRoot));
  const totals = totalReaders(context, cursor);
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      cursor.reset(text);
      for (; !cursor.done; cursor.nextLine()) {
        if (!cursor.startsWith("cpu")) totals.get(cursor.word())?.();
        // The line `cpu ` is the sum of the others: whoever wants it adds them up.
        else if (!cursor.startsWith("cpu ")) times.readLine(cursor, balance);
      }
      times.finish();
      balance.finish();
    },
    close: () => source.close(),
  };
}

/** First word of a line → what reads the rest of it. */
function totalReaders(context: CollectContext, cursor: TextCursor): ReadonlyMap<string, () => void> {
  const contextSwitches = context.series(cpuMetrics.contextSwitches, {});
  const interrupts = context.series(cpuMetrics.interrupts, {});
  const created = context.series(cpuMetrics.processesCreated, {});
  const running = context.series(cpuMetrics.tasksRunning, {});
  const blocked = context.series(cpuMetrics.tasksBlocked, {});
  const bootTime = context.series(cpuMetrics.bootTime, {});
  const softirqs = softirqVectors.map((vector) => context.series(cpuMetrics.softirqs, { vector }));
  return new Map([
    ["ctxt", () => setIfNumber(contextSwitches, cursor.number())],
    // The first number is the total; the lines' own counts follow, hundreds of zeros among them.
    ["intr", () => setIfNumber(interrupts, cursor.number())],
    ["btime", () => setIfNumber(bootTime, cursor.number())],
    ["processes", () => setIfNumber(created, cursor.number())],
    ["procs_running", () => setIfNumber(running, cursor.number())],
    ["procs_blocked", () => setIfNumber(blocked, cursor.number())],
    [
      "softirq",
      () => {
        cursor.skipWord();
        for (const handle of softirqs) setIfNumber(handle, cursor.number());
      },
    ],
  ]);
}
