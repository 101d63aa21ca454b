/** The client's peers: each of them where it tells (`admin_peers`), else how many there are. */
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { clientMetrics } from "../client/metrics.ts";
import { openToldPortCheck } from "../client/p2p-port.ts";
import { peerMetrics } from "../peers/metrics.ts";
import type { PeerFacts } from "../peers/peer-facts.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import { type AdminPeer, adminPeersShape, nodeInfoShape, quantity } from "./shapes.ts";

const fix = "Let ChainPulse use the method, e.g. geth --http.api eth,net,web3,txpool,admin; keep the port on this machine.";

/** A port that is closed is so for long. */
const nodeIntervalMs = 60_000;

/** A list of peers is better than a number, and a number better than nothing; and the port at which they connect. */
export function peerParts(context: ClientContext, ask: Ask): readonly Part[] {
  const list = ownSeries(context);
  const count = ownSeries(context);
  const table = openPeerTable(list.own);
  const intervalMs = 5 * context.chain.poll_interval_ms;
  let hasList = false;
  return [
    {
      name: "peers",
      intervalMs,
      metrics: [peerMetrics.info, peerMetrics.byClient, peerMetrics.changes, peerMetrics.latency, peerMetrics.peerScore],
      fix,
      async read() {
        table.update((await ask.rpc("admin_peers", [], adminPeersShape)).map(factsOf));
        hasList = true;
      },
      clear() {
        list.clear();
        hasList = false;
      },
    },
    {
      name: "peer count",
      intervalMs,
      metrics: [peerMetrics.count],
      async read() {
        const peers = await ask.rpc("net_peerCount", [], quantity);
        if (!hasList) count.own.series(peerMetrics.count, { "peer.direction": "unknown" }).set(peers);
      },
      clear() {
        if (!hasList) count.clear();
      },
    },
    ...(context.target.p2pPort === null ? [portPart(context, ask)] : []),
  ];
}

/** Where no port is configured, the client's own word is looked at. */
function portPart(context: ClientContext, ask: Ask): Part {
  const { own, clear } = ownSeries(context);
  const checkPort = openToldPortCheck(own);
  return {
    name: "admin_nodeInfo",
    intervalMs: nodeIntervalMs,
    metrics: [clientMetrics.reachable],
    fix: `${fix} Or set p2p_port.`,
    async read() {
      const { ports } = await ask.rpc("admin_nodeInfo", [], nodeInfoShape);
      await checkPort(ports.listener === 0 ? null : ports.listener);
    },
    clear,
  };
}

/** Geth measures no round trip and counts no bytes per peer; the kernel does, and the peer table asks it. */
function factsOf({ id, name, network, protocols }: AdminPeer): PeerFacts {
  const { inbound, remoteAddress, localAddress } = network;
  return {
    id,
    address: remoteAddress ?? null,
    localAddress: localAddress ?? null,
    client: name ?? null,
    direction: inbound === true ? "inbound" : inbound === false ? "outbound" : "unknown",
    pingSeconds: null,
    head: typeof protocols?.eth === "object" ? (protocols.eth.latestBlock ?? null) : null,
    bytesSent: null,
    bytesReceived: null,
    connectedSeconds: null,
  };
}
