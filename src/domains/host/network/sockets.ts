/** `/proc/net/sockstat` and `sockstat6`: sockets and their memory. Source: kernel `net/ipv4/proc.c`, `sockstat_seq_show`. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { readProcessConstants } from "../../../io/process-constants.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { readOnce } from "../../../io/proc-file.ts";
import { setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { networkSocketMetrics as metrics, socketProtocols, socketStates } from "./metrics.ts";
import { netRoot } from "./net-root.ts";

export const socketsCollector: CollectorDeclaration = {
  id: "host.network_sockets",
  title: "Sockets",
  metrics: Object.values(metrics),
  platforms: ["linux"],
  open: openSockets,
};

function openSockets(context: CollectContext): Collector {
  const procRoot = context.config.host.proc_root;
  const { pageBytes } = readProcessConstants();
  const sources = ["sockstat", "sockstat6"].map((name) =>
    openSource(context, `${netRoot(procRoot)}/${name}`, [metrics.sockets, metrics.memory]),
  );
  const counts = new Map<string, SeriesHandle | null>();
  const cursor = new TextCursor();

  const countOf = (protocol: string, state: string): SeriesHandle | null => {
    const key = `${protocol} ${state}`;
    let handle = counts.get(key);
    if (handle === undefined) {
      handle = openCount(context, protocol, state);
      counts.set(key, handle);
    }
    return handle;
  };
  const memory = memorySeries(context);
  const setTcpLimit = openTcpLimit(context, procRoot, pageBytes);

  return {
    collect: () => {
      for (const source of sources) {
        const text = source.read();
        if (text === null) continue;
        for (cursor.reset(text); !cursor.done; cursor.nextLine()) {
          const protocol = cursor.word().slice(0, -1);
          for (let key = cursor.word(); key !== ""; key = cursor.word()) {
            const value = cursor.number();
            // `mem` is in pages, `memory` (of reassembly) in bytes; all else are sockets.
            if (key === "mem") setIfNumber(memory.get(protocol), value * pageBytes);
            else if (key === "memory") setIfNumber(memory.get(protocol), value);
            else setIfNumber(countOf(protocol, key) ?? undefined, value);
          }
        }
      }
      setTcpLimit();
    },
    close: () => {
      for (const source of sources) source.close();
    },
  };
}

function memorySeries(context: CollectContext): ReadonlyMap<string, SeriesHandle> {
  const protocols = ["TCP", "UDP", "FRAG", "FRAG6"] as const;
  return new Map(protocols.map((protocol) => [protocol, context.series(metrics.memory, { "network.protocol": protocol })]));
}

/** `null` for a protocol or state that is not declared: a kernel newer than this list. */
function openCount(context: CollectContext, protocol: string, state: string): SeriesHandle | null {
  const known = socketProtocols.find((name) => name === protocol);
  const knownState = socketStates.find((name) => name === state);
  if (known === undefined || knownState === undefined) return null;
  return context.series(metrics.sockets, { "network.protocol": known, "network.socket.state": knownState });
}

/** `net.ipv4.tcp_mem` is the first namespace's alone, and is not in others: absent there. */
function openTcpLimit(context: CollectContext, procRoot: string, pageBytes: number): () => void {
  const path = `${procRoot}/sys/net/ipv4/tcp_mem`;
  const text = readOnce(path);
  if (typeof text !== "string") {
    context.absent(path, [metrics.tcpMemoryLimit], text);
    return () => undefined;
  }
  const limit = context.series(metrics.tcpMemoryLimit, {});
  const bytes = Number(text.trim().split(/\s+/)[2]) * pageBytes;
  return () => setIfNumber(limit, bytes);
}
