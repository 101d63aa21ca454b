/** `/proc/net/dev`: bytes and packets of each interface. Source: proc_pid_net(5); kernel `net/core/net-procfs.c`, `dev_seq_printf_stats`. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { openSource } from "../source.ts";
import { networkTrafficMetrics as metrics } from "./metrics.ts";
import { netRoot } from "./net-root.ts";

/** Interfaces that are followed: a host of many containers has one per container. */
const maxInterfaces = 128;

export const interfaceTrafficCollector: CollectorDeclaration = {
  id: "host.network_traffic",
  title: "Traffic of network interfaces",
  metrics: Object.values(metrics),
  platforms: ["linux"],
  open: openInterfaceTraffic,
};

function openInterfaceTraffic(context: CollectContext): Collector {
  const source = openSource(context, `${netRoot(context.config.host.proc_root)}/dev`, Object.values(metrics));
  const cursor = new TextCursor();
  const rows = new HandleTable((name: string) => ({ handles: openColumns(context, name) }));
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      cursor.reset(text);
      // Two lines of headings.
      cursor.nextLine();
      cursor.nextLine();
      let count = 0;
      for (; !cursor.done; cursor.nextLine()) {
        const name = readName(cursor);
        if (count++ >= maxInterfaces) continue;
        for (const handle of rows.row(name).handles) setIfNumber(handle, cursor.number());
      }
      rows.sweep();
      reportOverflow(context, count);
    },
    close: () => source.close(),
  };
}

/** `  eth0: 123 …`; the kernel allows neither colons nor spaces in a name (`dev_valid_name`). */
function readName(cursor: TextCursor): string {
  const line = cursor.restOfLine();
  const colon = line.indexOf(":");
  cursor.at += colon + 1;
  return line.slice(0, colon).trim();
}

/** One handle per column of the file, in its order. */
function openColumns(context: CollectContext, name: string): readonly SeriesHandle[] {
  const labels = { "network.interface.name": cleanText(name) };
  const receive = { ...labels, "network.io.direction": "receive" } as const;
  const transmit = { ...labels, "network.io.direction": "transmit" } as const;
  return [
    context.series(metrics.io, receive),
    context.series(metrics.packets, receive),
    context.series(metrics.errors, receive),
    context.series(metrics.dropped, receive),
    context.series(metrics.fifoErrors, receive),
    context.series(metrics.frameErrors, labels),
    context.series(metrics.compressed, receive),
    context.series(metrics.multicast, labels),
    context.series(metrics.io, transmit),
    context.series(metrics.packets, transmit),
    context.series(metrics.errors, transmit),
    context.series(metrics.dropped, transmit),
    context.series(metrics.fifoErrors, transmit),
    context.series(metrics.collisions, labels),
    context.series(metrics.carrierErrors, labels),
    context.series(metrics.compressed, transmit),
  ];
}

function reportOverflow(context: CollectContext, count: number): void {
  if (count <= maxInterfaces) return context.present("interfaces");
  context.absent("interfaces", Object.values(metrics), {
    reason: "unsupported",
    detail: `${count - maxInterfaces} of ${count} interfaces are beyond the number that is followed`,
  });
}
