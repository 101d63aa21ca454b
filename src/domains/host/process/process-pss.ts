/**
 * `smaps_rollup` of watched processes. The kernel walks their page tables for it, up to 6 ms for each, so that a run reads a few of them
 * and each process at most every half minute; between its readings, a process keeps the value of the last one.
 */
import type { CollectContext, Collector, CollectorDeclaration, Tick } from "../../../core/collector.ts";
import { type ReadFailure, readOnce } from "../../../io/proc-file.ts";
import { setIfNumber } from "../handle-table.ts";
import { processPssMetrics as metrics } from "./metrics.ts";
import { processName } from "./process-name.ts";
import type { ProcessSeriesLabels } from "./process-series.ts";
import { statusBytes } from "./process-status.ts";
import { processTableOf } from "./process-table.ts";
import { SelectedRows } from "./selected-rows.ts";

const minIntervalSeconds = 30;
const readingsPerRun = 2;

/** Watched processes that are followed: at two a run, each is read within 80 s. */
const maxProcesses = 32;

export const processPssCollector: CollectorDeclaration = {
  id: "host.process_pss",
  title: "Proportional memory of watched processes",
  metrics: Object.values(metrics),
  intervalMs: 5000,
  platforms: ["linux"],
  open: openProcessPss,
};

function openProcessPss(context: CollectContext): Collector {
  const { proc_root: procRoot, processes } = context.config.host;
  if (processes.watch.length === 0) {
    context.absent("watch", Object.values(metrics), {
      reason: "disabled",
      detail: "host.processes.watch names no process",
      fix: "List the names of the processes to follow under host.processes.watch.",
    });
  }
  const rows = new SelectedRows(processTableOf(context.config), (labels) => openPssRow(context, labels, procRoot));
  const isWatched = (process: Parameters<typeof processName>[0]): boolean => processes.watch.includes(processName(process));
  return {
    collect: ({ elapsedSeconds }: Tick) => {
      const watched = Array.from(rows.current(isWatched).take(maxProcesses), ([, row]) => row);
      for (const row of watched) row.ageSeconds += elapsedSeconds ?? 0;
      const due = watched.filter((row) => row.ageSeconds >= minIntervalSeconds).sort((a, b) => b.ageSeconds - a.ageSeconds);
      const failures = due.slice(0, readingsPerRun).map((row) => row.read());
      for (const row of watched) row.set();
      const refusal = failures.find((failure) => failure?.reason === "no_permission");
      if (refusal) context.absent("smaps_rollup", Object.values(metrics), refusal);
      else if (failures.length > 0) context.present("smaps_rollup");
    },
    close: () => rows.close(),
  };
}

function openPssRow(context: CollectContext, labels: ProcessSeriesLabels, procRoot: string) {
  const proportional = context.series(metrics.proportional, labels);
  const own = context.series(metrics.private, labels);
  let rollup = "";
  return {
    handles: [proportional, own],
    /** Seconds since the last reading. */
    ageSeconds: Number.POSITIVE_INFINITY,
    read(): ReadFailure | null {
      this.ageSeconds = 0;
      const text = readOnce(`${procRoot}/${labels["process.pid"]}/smaps_rollup`);
      rollup = typeof text === "string" ? text : "";
      return typeof text === "string" ? null : text;
    },
    set: () => {
      setIfNumber(proportional, statusBytes(rollup, "Pss"));
      setIfNumber(own, statusBytes(rollup, "Private_Clean") + statusBytes(rollup, "Private_Dirty"));
    },
  };
}
