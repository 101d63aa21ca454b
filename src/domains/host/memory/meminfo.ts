/** `/proc/meminfo`. Source: Documentation/filesystems/proc.rst, "meminfo"; sizes in KiB although the file says kB. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { memoryMetrics, memoryStates } from "./metrics.ts";

const metrics = [
  memoryMetrics.memoryUsage,
  memoryMetrics.memoryLimit,
  memoryMetrics.memoryAvailable,
  memoryMetrics.slabUsage,
  memoryMetrics.memoryDetail,
  memoryMetrics.hugePages,
  memoryMetrics.swapUsage,
] as const;

const bytesPerKibibyte = 1024;

/** Fields with a metric of their own; all others are `memoryDetail`. `Cached`, `SwapTotal` and `SwapFree` are there as well as used here. */
const ownMetric: ReadonlySet<string> = new Set([
  "MemTotal",
  "MemFree",
  "MemAvailable",
  "Buffers",
  "SReclaimable",
  "SUnreclaim",
]);
const hugePageStates = {
  HugePages_Total: "total",
  HugePages_Free: "free",
  HugePages_Rsvd: "reserved",
  HugePages_Surp: "surplus",
} as const;

export const meminfoCollector: CollectorDeclaration = {
  id: "host.memory",
  title: "Memory",
  metrics,
  platforms: ["linux"],
  open: (context) => openMeminfo(context),
};

function openMeminfo(context: CollectContext): Collector {
  const source = openSource(context, `${context.config.host.proc_root}/meminfo`, metrics);
  const cursor = new TextCursor();
  const details = new HandleTable<string>((field) => ({ handles: [context.series(memoryMetrics.memoryDetail, { field })] }));
  const write = fieldWriter(context);
  /** Field → its number: bytes, or a count for the lines without a unit. Its keys stay, so that it is not built anew. */
  const fields = new Map<string, number>();
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      fields.clear();
      for (cursor.reset(text); !cursor.done; cursor.nextLine()) readField(cursor, fields);
      for (const [field, value] of fields) {
        if (ownMetric.has(field) || field in hugePageStates) continue;
        details.row(field).handles[0]?.set(value);
      }
      details.sweep();
      write(fields);
    },
    close: () => source.close(),
  };
}

/** `Active(anon):  1548 kB` → `Active_anon`, 1585152. Names as node_exporter writes them. */
function readField(cursor: TextCursor, fields: Map<string, number>): void {
  const line = cursor.at;
  const colon = cursor.text.indexOf(":", line);
  const name = cursor.text.slice(line, colon);
  cursor.at = colon + 1;
  const value = cursor.number();
  cursor.skipSpaces();
  const size = cursor.startsWith("kB") ? value * bytesPerKibibyte : value;
  if (!Number.isNaN(size)) fields.set(name.includes("(") ? name.replace("(", "_").replace(")", "") : name, size);
}

function fieldWriter(context: CollectContext): (fields: ReadonlyMap<string, number>) => void {
  const limit = context.series(memoryMetrics.memoryLimit, {});
  const available = context.series(memoryMetrics.memoryAvailable, {});
  const reclaimable = context.series(memoryMetrics.slabUsage, { "linux.memory.slab.state": "reclaimable" });
  const unreclaimable = context.series(memoryMetrics.slabUsage, { "linux.memory.slab.state": "unreclaimable" });
  const [used, free, buffers, cached] = memoryStates.map((state) =>
    context.series(memoryMetrics.memoryUsage, { "system.memory.state": state }),
  );
  const hugePages = Object.entries(hugePageStates).map(([field, state]) => ({
    field,
    handle: context.series(memoryMetrics.hugePages, { state }),
  }));
  const swap = new HandleTable<"swap">(() => ({
    handles: [
      context.series(memoryMetrics.swapUsage, { "system.paging.state": "used" }),
      context.series(memoryMetrics.swapUsage, { "system.paging.state": "free" }),
    ],
  }));
  return (fields) => {
    const get = (field: string): number => fields.get(field) ?? Number.NaN;
    const total = get("MemTotal");
    const inCache = get("Cached") + get("SReclaimable");
    setIfNumber(limit, total);
    setIfNumber(available, get("MemAvailable"));
    setIfNumber(reclaimable, get("SReclaimable"));
    setIfNumber(unreclaimable, get("SUnreclaim"));
    setIfNumber(used, total - get("MemFree") - get("Buffers") - inCache);
    setIfNumber(free, get("MemFree"));
    setIfNumber(buffers, get("Buffers"));
    setIfNumber(cached, inCache);
    for (const { field, handle } of hugePages) setIfNumber(handle, get(field));
    if (get("SwapTotal") > 0) {
      const [swapUsed, swapFree] = swap.row("swap").handles;
      setIfNumber(swapUsed, get("SwapTotal") - get("SwapFree"));
      setIfNumber(swapFree, get("SwapFree"));
    }
    swap.sweep();
  };
}
