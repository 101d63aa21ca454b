/**
 * `/proc/buddyinfo` → how much of the free memory is too scattered for a huge page.
 * Sources: Documentation/filesystems/proc.rst, 1.3 "buddyinfo"; the formula is the kernel's unusable free space index
 * (mm/vmstat.c, `unusable_free_index`): (free − free in blocks of the wanted order or larger) / free. The kernel's own file with it,
 * /sys/kernel/debug/extfrag/unusable_index, is for root and debugfs only.
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { memoryMetrics } from "./metrics.ts";

/** 2^9 pages of 4 KiB are the 2 MiB of a huge page on x86-64 and arm64 (HPAGE_PMD_ORDER). */
const hugePageOrder = 9;

export const fragmentationCollector: CollectorDeclaration = {
  id: "host.memory_fragmentation",
  title: "Memory fragmentation",
  metrics: [memoryMetrics.fragmentation],
  // Reading it takes the zones' locks, and the figure moves slowly.
  intervalMs: 10_000,
  platforms: ["linux"],
  open: (context) => openFragmentation(context),
};

function openFragmentation(context: CollectContext): Collector {
  const source = openSource(context, `${context.config.host.proc_root}/buddyinfo`, [memoryMetrics.fragmentation]);
  const cursor = new TextCursor();
  const zones = new HandleTable<string>((key) => {
    const [node = "", zone = ""] = key.split(" ");
    return { handles: [context.series(memoryMetrics.fragmentation, { "numa.node": node, zone })] };
  });
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      // `Node 0, zone   Normal   1268   523 …`: free blocks of 1, 2, 4 … pages.
      for (cursor.reset(text); !cursor.done; cursor.nextLine()) {
        cursor.skipWord();
        const node = cursor.number();
        cursor.skipWord();
        cursor.skipWord();
        const zone = cursor.word();
        const index = unusableShare(cursor);
        // A zone without a free page has no share of it.
        if (!Number.isNaN(index)) zones.row(`${node} ${zone}`).handles[0]?.set(index);
      }
      zones.sweep();
    },
    close: () => source.close(),
  };
}

function unusableShare(cursor: TextCursor): number {
  let free = 0;
  let usable = 0;
  for (let order = 0; ; order++) {
    const blocks = cursor.number();
    if (Number.isNaN(blocks)) return (free - usable) / free;
    const pages = blocks * 2 ** order;
    free += pages;
    if (order >= hugePageOrder) usable += pages;
  }
}
