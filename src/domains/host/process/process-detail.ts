/** What is dear to read and slow to change, of the selected processes: memory by kind, affinity, descriptors and their limit. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { countDescriptors } from "../../../io/process-descriptors.ts";
import { createProcessFiles, type ProcessFiles } from "../../../io/process-files.ts";
import type { ReadFailure } from "../../../io/proc-file.ts";
import { setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { textIn } from "../small-file.ts";
import { processDetailMetrics as metrics } from "./metrics.ts";
import type { ProcessSeriesLabels } from "./process-series.ts";
import { allowedCpus, openFilesLimit, statusBytes } from "./process-status.ts";
import { processTableOf } from "./process-table.ts";
import { SelectedRows } from "./selected-rows.ts";

/** Longest command line that is kept; a Java node's class path alone can be longer. */
const maxCommandLine = 1024;

/** Runs between two looks at a process's limits, which hardly ever change (prlimit): one minute. */
const runsBetweenLimits = 12;

export const processDetailCollector: CollectorDeclaration = {
  id: "host.process_detail",
  title: "Memory, descriptors and affinity of processes",
  metrics: Object.values(metrics),
  intervalMs: 5000,
  platforms: ["linux"],
  open: openProcessDetail,
};

function openProcessDetail(context: CollectContext): Collector {
  const files = createProcessFiles();
  const rows = new SelectedRows(processTableOf(context.config), (labels) => openDetailRow(context, labels, files));
  return {
    collect: () => {
      const failures = Array.from(rows.current(), ([, row]) => row.read());
      // A process that has just ended is no news: `host.process` says so at its next tick.
      const refusal = failures.find((failure) => failure !== null && failure.reason !== "not_present");
      if (refusal) context.absent("files", Object.values(metrics), refusal);
      else context.present("files");
    },
    close: () => rows.close(),
  };
}

function openDetailRow(context: CollectContext, labels: ProcessSeriesLabels, files: ProcessFiles) {
  const { proc_root: procRoot, processes } = context.config.host;
  const root = `${procRoot}/${labels["process.pid"]}`;
  const anonymous = context.series(metrics.residentByKind, { ...labels, "process.memory.kind": "anonymous" });
  const file = context.series(metrics.residentByKind, { ...labels, "process.memory.kind": "file" });
  const shared = context.series(metrics.residentByKind, { ...labels, "process.memory.kind": "shared" });
  const swapped = context.series(metrics.swapped, labels);
  const affinity = context.series(metrics.affinity, labels);
  const descriptors = context.series(metrics.fileDescriptors, labels);
  const limit = context.series(metrics.fileDescriptorLimit, labels);
  const info = processes.command_lines ? openInfo(context, labels, `${root}/cmdline`) : null;
  const handles = [anonymous, file, shared, swapped, affinity, descriptors, limit];
  // Kept open: five times cheaper, and never another process's.
  const status = files.open(`${root}/status`);
  let limitValue = Number.NaN;
  let runs = 0;
  return {
    handles: info === null ? handles : [...handles, info],
    /** Sets what can be read; why the rest cannot, if so. */
    read: (): ReadFailure | null => {
      if ("errno" in status) return status;
      const text = files.readText(status);
      if (text === null) return null;
      setIfNumber(anonymous, statusBytes(text, "RssAnon"));
      setIfNumber(file, statusBytes(text, "RssFile"));
      setIfNumber(shared, statusBytes(text, "RssShmem"));
      setIfNumber(swapped, statusBytes(text, "VmSwap"));
      setIfNumber(affinity, allowedCpus(text));
      info?.set(1);
      if (runs++ % runsBetweenLimits === 0) limitValue = openFilesLimit(textIn(`${root}/limits`));
      setIfNumber(limit, limitValue);
      const count = countDescriptors(`${root}/fd`);
      if (typeof count !== "number") return count;
      descriptors.set(count);
      return null;
    },
    close: () => {
      if (!("errno" in status)) files.close(status);
    },
  };
}

/** The kernel separates arguments with zero bytes; kernel threads have none. */
function openInfo(context: CollectContext, labels: ProcessSeriesLabels, path: string): SeriesHandle {
  const commandLine = textIn(path).replaceAll("\u0000", " ").trim();
  return context.series(metrics.info, {
    "process.pid": labels["process.pid"],
    "process.executable.name": labels["process.executable.name"],
    "process.command_line": cleanText(commandLine, maxCommandLine),
  });
}
