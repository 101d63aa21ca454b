/** Who the client is connected with. Source: Bitcoin Core rpc/net.cpp. */
import { peerMetrics } from "../peers/metrics.ts";
import type { PeerFacts } from "../peers/peer-facts.ts";
import type { PeerTable } from "../peers/peer-table.ts";
import { netTotalsAnswer, type PeerAnswer, peersAnswer } from "./answers.ts";
import type { Watched } from "./follow-chain.ts";

/** One look. Rejects with `AskFailure`. */
export async function lookAtPeers({ context, ask }: Watched, table: PeerTable): Promise<readonly PeerFacts[]> {
  const peers = await ask.rpc("getpeerinfo", [], peersAnswer);
  const nowSeconds = context.clock.nowMs() / 1000;
  const facts = peers.map((peer) => factsOf(peer, nowSeconds));
  table.update(facts);
  const totals = await ask.rpc("getnettotals", [], netTotalsAnswer);
  context.series(peerMetrics.received, {}).set(totals.totalbytesrecv);
  context.series(peerMetrics.sent, {}).set(totals.totalbytessent);
  return facts;
}

/** The address is the id: numbers that the client gives its connections begin anew with each of its starts. */
export function factsOf(peer: PeerAnswer, nowSeconds: number): PeerFacts {
  const { addr, addrbind, network, subver, inbound, pingtime, synced_headers: head, bytessent, bytesrecv, conntime } = peer;
  // Who comes in over Tor or I2P has the address of the proxy on this machine: the peer's own is not known.
  const isHidden = inbound && (network === "onion" || network === "i2p");
  return {
    id: addr,
    address: isHidden ? null : addr,
    localAddress: addrbind ?? null,
    // Empty until the peer has introduced itself.
    client: subver === undefined || subver === "" ? null : subver,
    direction: inbound ? "inbound" : "outbound",
    pingSeconds: pingtime ?? null,
    head: head === undefined || head < 0 ? null : head,
    bytesSent: bytessent,
    bytesReceived: bytesrecv,
    connectedSeconds: Math.max(0, nowSeconds - conntime),
  };
}
