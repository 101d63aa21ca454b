/**
 * `/proc/vmstat`: faults, swap, reclaim, compaction, OOM kills. Sources: mm/vmstat.c (`vmstat_text`); that `pgpgin` and `pgpgout`
 * are KiB and not pages: vmstat(8), and mm/page-writeback and block/blk-core.c, which halve sectors.
 */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import type { Metric } from "../../../core/metric.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { openSource } from "../source.ts";
import { memoryMetrics } from "./metrics.ts";

const metrics = [
  memoryMetrics.faults,
  memoryMetrics.allFaults,
  memoryMetrics.swapOperations,
  memoryMetrics.pagingIo,
  memoryMetrics.oomKills,
  memoryMetrics.reclaimedPages,
  memoryMetrics.allocationStalls,
  memoryMetrics.refaults,
  memoryMetrics.compactions,
  memoryMetrics.hugePageFaults,
] as const;

const bytesPerKibibyte = 1024;

export const vmstatCollector: CollectorDeclaration = {
  id: "host.vmstat",
  title: "Paging and reclaim",
  metrics,
  platforms: ["linux"],
  open: (context) => openVmstat(context),
};

/** A series whose value is the sum of some lines, minus some others, times `scale`. */
interface SeriesOfLines {
  readonly handle: SeriesHandle;
  readonly added: readonly number[];
  readonly subtracted: readonly number[];
  readonly scale: number;
}

function openVmstat(context: CollectContext): Collector {
  const source = openSource(context, `${context.config.host.proc_root}/vmstat`, metrics);
  const cursor = new TextCursor();
  // A kernel's lines keep their order while it runs: they are looked up by name once, and then by number.
  let series: readonly SeriesOfLines[] | null = null;
  let values = new Float64Array(0);
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      if (series === null) {
        const names = lineNames(text);
        series = openSeries(context, names);
        values = new Float64Array(names.length);
      }
      cursor.reset(text);
      for (let line = 0; line < values.length; line++) {
        cursor.at = text.indexOf(" ", cursor.at);
        values[line] = cursor.number();
        cursor.nextLine();
      }
      for (const { handle, added, subtracted, scale } of series)
        handle.set((sum(values, added) - sum(values, subtracted)) * scale);
    },
    close: () => source.close(),
  };
}

function lineNames(text: string): readonly string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(0, line.indexOf(" ")));
}

function sum(values: Float64Array, lines: readonly number[]): number {
  let total = 0;
  for (const line of lines) total += values[line] ?? Number.NaN;
  return total;
}

/** Which lines make which series. A name that ends in `*` stands for all lines that begin so: allocation stalls are counted by zone. */
function openSeries(context: CollectContext, names: readonly string[]): readonly SeriesOfLines[] {
  const series: SeriesOfLines[] = [];
  const path = `${context.config.host.proc_root}/vmstat`;
  const linesOf = (wanted: string): readonly number[] => {
    const begin = wanted.endsWith("*") ? wanted.slice(0, -1) : null;
    return names.flatMap((name, line) => (name === wanted || (begin !== null && name.startsWith(begin)) ? [line] : []));
  };
  const add = (metric: Metric, open: () => SeriesHandle, name: string, less: string | null = null, scale = 1): void => {
    const added = linesOf(name);
    const subtracted = less === null ? [] : linesOf(less);
    const missing = added.length === 0 ? name : less !== null && subtracted.length === 0 ? less : null;
    if (missing === null) series.push({ handle: open(), added, subtracted, scale });
    else context.absent(`${path}#${missing}`, [metric], { reason: "unsupported", detail: `${path}: no line "${missing}"` });
  };
  const m = memoryMetrics;
  const fault = (type: "major" | "minor") => () => context.series(m.faults, { "system.paging.fault.type": type });
  add(m.faults, fault("major"), "pgmajfault");
  add(m.faults, fault("minor"), "pgfault", "pgmajfault");
  add(m.allFaults, () => context.series(m.allFaults, {}), "pgfault");
  for (const direction of ["in", "out"] as const) {
    const labels = { "system.paging.direction": direction };
    add(m.swapOperations, () => context.series(m.swapOperations, labels), `pswp${direction}`);
    add(m.pagingIo, () => context.series(m.pagingIo, labels), `pgpg${direction}`, null, bytesPerKibibyte);
  }
  add(m.oomKills, () => context.series(m.oomKills, {}), "oom_kill");
  for (const [by, thread] of [
    ["background", "kswapd"],
    ["direct", "direct"],
  ] as const) {
    add(m.reclaimedPages, () => context.series(m.reclaimedPages, { action: "scanned", by }), `pgscan_${thread}`);
    add(m.reclaimedPages, () => context.series(m.reclaimedPages, { action: "reclaimed", by }), `pgsteal_${thread}`);
  }
  add(m.allocationStalls, () => context.series(m.allocationStalls, {}), "allocstall*");
  add(m.refaults, () => context.series(m.refaults, { kind: "anonymous" }), "workingset_refault_anon");
  add(m.refaults, () => context.series(m.refaults, { kind: "file" }), "workingset_refault_file");
  add(m.compactions, () => context.series(m.compactions, { result: "success" }), "compact_success");
  add(m.compactions, () => context.series(m.compactions, { result: "failure" }), "compact_fail");
  add(m.hugePageFaults, () => context.series(m.hugePageFaults, { result: "allocated" }), "thp_fault_alloc");
  add(m.hugePageFaults, () => context.series(m.hugePageFaults, { result: "fallback" }), "thp_fault_fallback");
  return series;
}
