/** `/proc/net/softnet_stat`: the packet path of each core. Source: kernel `net/core/net-procfs.c`, `softnet_seq_show`; hexadecimal columns. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { networkSoftnetMetrics as metrics } from "./metrics.ts";
import { netRoot } from "./net-root.ts";

/** Columns: packets taken, packets dropped, times squeezed; since Linux 5.10 the core's number, before that cores are in order. */
const processedColumn = 0;
const droppedColumn = 1;
const squeezedColumn = 2;
const cpuColumn = 12;

export const softnetCollector: CollectorDeclaration = {
  id: "host.network_softnet",
  title: "Packet path of the cores",
  metrics: Object.values(metrics),
  platforms: ["linux"],
  open: openSoftnet,
};

function openSoftnet(context: CollectContext): Collector {
  const source = openSource(context, `${netRoot(context.config.host.proc_root)}/softnet_stat`, Object.values(metrics));
  const rows = new HandleTable((cpu: number) => {
    const labels = { "cpu.logical_number": String(cpu) };
    return {
      handles: [
        context.series(metrics.packets, { ...labels, "network.softnet.result": "processed" }),
        context.series(metrics.packets, { ...labels, "network.softnet.result": "dropped" }),
        context.series(metrics.squeezed, labels),
      ],
    };
  });
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      for (const [index, line] of text.trimEnd().split("\n").entries()) {
        const columns = line.split(" ");
        const hex = (column: number): number => Number.parseInt(columns[column] ?? "", 16);
        const cpu = hex(cpuColumn);
        const [processed, dropped, squeezed] = rows.row(Number.isNaN(cpu) ? index : cpu).handles;
        setIfNumber(processed, hex(processedColumn));
        setIfNumber(dropped, hex(droppedColumn));
        setIfNumber(squeezed, hex(squeezedColumn));
      }
      rows.sweep();
    },
    close: () => source.close(),
  };
}
