/** `/proc/loadavg`: load averages and the number of tasks. Source: Documentation/filesystems/proc.rst, table 1-5; kernel/sched/loadavg.c. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { cpuMetrics } from "./metrics.ts";

const metrics = [cpuMetrics.load1, cpuMetrics.load5, cpuMetrics.load15, cpuMetrics.tasks] as const;

export const loadCollector: CollectorDeclaration = {
  id: "host.load",
  title: "Load averages",
  metrics,
  platforms: ["linux"],
  open: (context) => openLoad(context),
};

function openLoad(context: CollectContext): Collector {
  const source = openSource(context, `${context.config.host.proc_root}/loadavg`, metrics);
  const load1 = context.series(cpuMetrics.load1, {});
  const load5 = context.series(cpuMetrics.load5, {});
  const load15 = context.series(cpuMetrics.load15, {});
  const tasks = context.series(cpuMetrics.tasks, {});
  const cursor = new TextCursor();
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      cursor.reset(text);
      setIfNumber(load1, cursor.number());
      setIfNumber(load5, cursor.number());
      setIfNumber(load15, cursor.number());
      // `running/existing`; the running ones are in `/proc/stat` without this reader among them.
      cursor.number();
      cursor.at += "/".length;
      setIfNumber(tasks, cursor.number());
    },
    close: () => source.close(),
  };
}
