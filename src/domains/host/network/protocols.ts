/** `/proc/net/snmp`, `snmp6` and `netstat`. Source: Documentation/networking/snmp_counter.rst; RFC 4293, 4022, 4113 for the MIB's part. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { openSource } from "../source.ts";
import { type ResolveCounter, openNamedLines, openPairedLines } from "./counter-table.ts";
import { type Protocol, networkProtocolMetrics as metrics, protocolCounters } from "./metrics.ts";
import { netRoot } from "./net-root.ts";

export const protocolsCollector: CollectorDeclaration = {
  id: "host.network_protocols",
  title: "Network protocols",
  metrics: Object.values(metrics),
  platforms: ["linux"],
  open: openProtocols,
};

function openProtocols(context: CollectContext): Collector {
  const root = netRoot(context.config.host.proc_root);
  const resolve = counterSeries(context);
  const snmp = openSource(context, `${root}/snmp`, Object.values(metrics));
  const netstat = openSource(context, `${root}/netstat`, [metrics.events]);
  // Missing where IPv6 is built out or switched off by `ipv6.disable=1`.
  const snmp6 = openSource(context, `${root}/snmp6`, [metrics.events]);
  const readSnmp = openPairedLines(resolve);
  const readNetstat = openPairedLines(resolve);
  const readSnmp6 = openNamedLines(resolve);
  return {
    collect: () => {
      const snmpText = snmp.read();
      if (snmpText !== null && !readSnmp(snmpText)) throw new Error(`${root}/snmp is no pair of lines per protocol`);
      const netstatText = netstat.read();
      if (netstatText !== null && !readNetstat(netstatText))
        throw new Error(`${root}/netstat is no pair of lines per protocol`);
      const snmp6Text = snmp6.read();
      if (snmp6Text !== null) readSnmp6(snmp6Text);
    },
    close: () => {
      for (const source of [snmp, netstat, snmp6]) source.close();
    },
  };
}

/** Two counters of the MIB are states and have metrics of their own. */
function counterSeries(context: CollectContext): ResolveCounter {
  return (protocol, counter): SeriesHandle | null => {
    if (protocol === "Tcp" && counter === "CurrEstab") return context.series(metrics.established, {});
    if (protocol === "Ip" && counter === "Forwarding") return context.series(metrics.forwarding, {});
    if (!isProtocol(protocol)) return null;
    const wanted: readonly string[] = protocolCounters[protocol];
    return wanted.includes(counter)
      ? context.series(metrics.events, { "network.protocol": protocol, "network.event": counter })
      : null;
  };
}

function isProtocol(text: string): text is Protocol {
  return Object.hasOwn(protocolCounters, text);
}
