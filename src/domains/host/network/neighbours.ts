/** The ARP table and connection tracking. Sources: proc_pid_net(5); kernel `net/netfilter/nf_conntrack_standalone.c`, `ct_cpu_seq_show`. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { parseNumber } from "../../../io/parse-text.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { type Source, openSource } from "../source.ts";
import { conntrackEvents, networkNeighbourMetrics as metrics } from "./metrics.ts";
import { netRoot } from "./net-root.ts";

export const neighboursCollector: CollectorDeclaration = {
  id: "host.network_neighbours",
  title: "Neighbours and connection tracking",
  metrics: Object.values(metrics),
  intervalMs: 5000,
  platforms: ["linux"],
  open: openNeighbours,
};

function openNeighbours(context: CollectContext): Collector {
  const procRoot = context.config.host.proc_root;
  const root = netRoot(procRoot);
  const arp = openArp(context, openSource(context, `${root}/arp`, [metrics.arpEntries]));
  const conntrack = openConntrack(context, openSource(context, `${root}/stat/nf_conntrack`, [metrics.conntrackEvents]));
  const sysctl = `${procRoot}/sys/net/netfilter`;
  const entries = openNumber(
    context,
    openSource(context, `${sysctl}/nf_conntrack_count`, [metrics.conntrackEntries]),
    "conntrackEntries",
  );
  const limit = openNumber(
    context,
    openSource(context, `${sysctl}/nf_conntrack_max`, [metrics.conntrackLimit]),
    "conntrackLimit",
  );
  const parts = [arp, conntrack, entries, limit];
  return {
    collect: () => {
      for (const part of parts) part.collect();
    },
    close: () => {
      for (const part of parts) part.source.close();
    },
  };
}

interface Part {
  readonly source: Source;
  collect(): void;
}

/** One neighbour per line below the headings; the device is the sixth column. */
function openArp(context: CollectContext, source: Source): Part {
  const rows = new HandleTable((name: string) => ({
    handles: [context.series(metrics.arpEntries, { "network.interface.name": cleanText(name) })],
  }));
  return {
    source,
    collect: () => {
      const text = source.read();
      if (text === null) return;
      const devices = text
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => line.split(/\s+/)[5] ?? "");
      for (const [device, lines] of Map.groupBy(devices, (name) => name)) rows.row(device).handles[0]?.set(lines.length);
      rows.sweep();
    },
  };
}

/** A line per core, hexadecimal, under headings that differ between kernels; only their names are relied on. */
function openConntrack(context: CollectContext, source: Source): Part {
  const handles = new HandleTable((event: (typeof conntrackEvents)[number]) => ({
    handles: [context.series(metrics.conntrackEvents, { "network.conntrack.event": event })],
  }));
  return {
    source,
    collect: () => {
      const text = source.read();
      if (text === null) return;
      const [headings = "", ...lines] = text.trimEnd().split("\n");
      const names = headings.trim().split(/\s+/);
      const cores = lines.map((line) => line.trim().split(/\s+/));
      for (const event of conntrackEvents) {
        const column = names.indexOf(event);
        if (column === -1) continue;
        const total = cores.reduce((sum, core) => sum + Number.parseInt(core[column] ?? "", 16), 0);
        setIfNumber(handles.row(event).handles[0], total);
      }
    },
  };
}

function openNumber(context: CollectContext, source: Source, name: "conntrackEntries" | "conntrackLimit"): Part {
  const rows = new HandleTable((_: string) => ({ handles: [context.series(metrics[name], {})] }));
  return {
    source,
    collect: () => {
      const text = source.read();
      if (text !== null) setIfNumber(rows.row(name).handles[0], parseNumber(text));
    },
  };
}
