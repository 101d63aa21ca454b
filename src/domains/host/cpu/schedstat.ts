/**
 * `/proc/schedstat`: time run and time waited on each processor, in nanoseconds. Needs CONFIG_SCHEDSTATS.
 * Source: Documentation/scheduler/sched-stats.rst, "CPU statistics", fields 7–9.
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { cpuMetrics } from "./metrics.ts";

const metrics = [cpuMetrics.scheduleRunTime, cpuMetrics.scheduleWaitTime, cpuMetrics.scheduleSlices] as const;

const fieldsBefore = 6;
const nanosecondsPerSecond = 1e9;

export const schedstatCollector: CollectorDeclaration = {
  id: "host.schedstat",
  title: "Scheduler's run and wait time",
  metrics,
  platforms: ["linux"],
  open: (context) => openSchedstat(context),
};

function openSchedstat(context: CollectContext): Collector {
  const source = openSource(context, `${context.config.host.proc_root}/schedstat`, metrics);
  const cursor = new TextCursor();
  const table = new HandleTable<number>((cpu) => ({
    handles: metrics.map((metric) => context.series(metric, { "cpu.logical_number": String(cpu) })),
  }));
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      cursor.reset(text);
      for (; !cursor.done; cursor.nextLine()) {
        if (!cursor.startsWith("cpu")) continue;
        cursor.at += "cpu".length;
        const [runTime, waitTime, slices] = table.row(cursor.number()).handles;
        for (let field = 0; field < fieldsBefore; field++) cursor.skipWord();
        setIfNumber(runTime, cursor.number() / nanosecondsPerSecond);
        setIfNumber(waitTime, cursor.number() / nanosecondsPerSecond);
        setIfNumber(slices, cursor.number());
      }
      table.sweep();
    },
    close: () => source.close(),
  };
}
