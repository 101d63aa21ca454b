/**
 * Memory of each NUMA node. Sources: Documentation/ABI/stable/sysfs-devices-node (`meminfo`), Documentation/admin-guide/numastat.rst.
 */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { setIfNumber } from "../handle-table.ts";
import { type Source, openSource } from "../source.ts";
import { memoryMetrics } from "./metrics.ts";

const metrics = [memoryMetrics.numaMemory, memoryMetrics.numaAllocations] as const;
const bytesPerKibibyte = 1024;

export const numaCollector: CollectorDeclaration = {
  id: "host.numa",
  title: "Memory of NUMA nodes",
  metrics,
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => openNuma(context),
};

interface NodeFile {
  readonly source: Source;
  /** Name of a line's number → its series. */
  readonly handles: ReadonlyMap<string, SeriesHandle>;
  readonly scale: number;
}

function openNuma(context: CollectContext): Collector {
  const base = `${context.config.host.sys_root}/devices/system/node`;
  const entries = listDirectory(base);
  if ("reason" in entries) context.absent(base, metrics, entries);
  const nodes =
    "reason" in entries ? [] : entries.filter((entry) => /^node\d+$/.test(entry)).map((entry) => entry.slice("node".length));
  if (nodes.length === 1)
    context.absent(base, metrics, { reason: "not_present", detail: `${base}: not more than one NUMA node` });
  const files =
    nodes.length < 2 ? [] : nodes.flatMap((node) => [openMeminfo(context, base, node), openNumastat(context, base, node)]);
  const cursor = new TextCursor();
  return {
    collect: () => {
      for (const { source, handles, scale } of files) {
        const text = source.read();
        if (text === null) continue;
        for (cursor.reset(text); !cursor.done; cursor.nextLine()) {
          // meminfo: `Node 0 MemFree:  123 kB`; numastat: `numa_hit 123`.
          if (cursor.startsWith("Node ")) {
            cursor.skipWord();
            cursor.skipWord();
          }
          setIfNumber(handles.get(cursor.word()), cursor.number() * scale);
        }
      }
    },
    close: () => {
      for (const { source } of files) source.close();
    },
  };
}

function openMeminfo(context: CollectContext, base: string, node: string): NodeFile {
  const handle = (state: "used" | "free"): SeriesHandle =>
    context.series(memoryMetrics.numaMemory, { "numa.node": node, state });
  return {
    source: openSource(context, `${base}/node${node}/meminfo`, [memoryMetrics.numaMemory]),
    handles: new Map([
      ["MemUsed:", handle("used")],
      ["MemFree:", handle("free")],
    ]),
    scale: bytesPerKibibyte,
  };
}

function openNumastat(context: CollectContext, base: string, node: string): NodeFile {
  const handle = (result: "hit" | "miss" | "foreign" | "local" | "other"): SeriesHandle =>
    context.series(memoryMetrics.numaAllocations, { "numa.node": node, result });
  return {
    source: openSource(context, `${base}/node${node}/numastat`, [memoryMetrics.numaAllocations]),
    handles: new Map([
      ["numa_hit", handle("hit")],
      ["numa_miss", handle("miss")],
      ["numa_foreign", handle("foreign")],
      ["local_node", handle("local")],
      ["other_node", handle("other")],
    ]),
    scale: 1,
  };
}
