/** `/proc/net/udp` and `udp6`: bytes that wait in UDP sockets. A line per socket, so it is read at a slow pace. Source: kernel `net/ipv4/udp.c`, `udp4_format_sock`. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { openSource } from "../source.ts";
import { networkUdpMetrics as metrics } from "./metrics.ts";
import { netRoot } from "./net-root.ts";

export const udpQueuesCollector: CollectorDeclaration = {
  id: "host.network_udp",
  title: "Queues of UDP sockets",
  metrics: Object.values(metrics),
  intervalMs: 10_000,
  platforms: ["linux"],
  open: openUdpQueues,
};

function openUdpQueues(context: CollectContext): Collector {
  const root = netRoot(context.config.host.proc_root);
  const families = (["ipv4", "ipv6"] as const).map((type) => ({
    source: openSource(context, `${root}/${type === "ipv4" ? "udp" : "udp6"}`, Object.values(metrics)),
    rx: context.series(metrics.queue, { "network.type": type, "network.udp.queue": "rx" }),
    tx: context.series(metrics.queue, { "network.type": type, "network.udp.queue": "tx" }),
  }));
  return {
    collect: () => {
      for (const { source, rx, tx } of families) {
        const text = source.read();
        if (text === null) continue;
        const queues = sumQueues(text);
        rx.set(queues.rx);
        tx.set(queues.tx);
      }
    },
    close: () => {
      for (const { source } of families) source.close();
    },
  };
}

/** Column 5 is `tx:rx`, hexadecimal bytes. A line that is cut off is not counted. */
export function sumQueues(text: string): { readonly rx: number; readonly tx: number } {
  let rx = 0;
  let tx = 0;
  for (const line of text.split("\n").slice(1)) {
    const queues = /^\s*\d+: \S+ \S+ \S+ ([0-9A-F]+):([0-9A-F]+) /.exec(line);
    if (queues === null) continue;
    tx += Number.parseInt(queues[1] ?? "", 16);
    rx += Number.parseInt(queues[2] ?? "", 16);
  }
  return { rx, tx };
}
