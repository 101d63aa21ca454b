/** Peers by the program that they run, and how evenly they are spread over networks and programs. */
import { cleanText } from "../../../core/clean-text.ts";
import type { HeldSeries } from "../../../core/observer.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { evenness } from "./evenness.ts";
import { peerMetrics as metrics } from "./metrics.ts";
import { networkOf, parsePeerAddress } from "./peer-address.ts";
import { type PeerFacts, programOf } from "./peer-facts.ts";
import { hold } from "./peer-series.ts";

/** Programs that are told by name; the rest is `other`. */
const programsMax = 16;

/** Says how peers are spread; the answer is the evenness of those that can be told, for the score. */
export function openPeerGroups(context: ClientContext): (peers: readonly PeerFacts[]) => readonly number[] {
  const programs = new Map<string, HeldSeries>();
  const ofNetwork = context.series(metrics.diversity, { "diversity.of": "network" });
  const ofClient = context.series(metrics.diversity, { "diversity.of": "client" });
  return (peers) => {
    const counts = countPrograms(peers);
    for (const [program, series] of programs) {
      if (counts.has(program)) continue;
      series.release();
      programs.delete(program);
    }
    for (const [program, count] of counts) {
      const series = programs.get(program) ?? context.series(metrics.byClient, { "peer.client": program });
      programs.set(program, series);
      series.set(count);
    }
    const overNetworks = evenness(networksOf(peers));
    const overPrograms = evenness(peers.filter(({ client }) => client !== null).map(({ client }) => programOf(client)));
    hold(ofNetwork, overNetworks);
    hold(ofClient, overPrograms);
    return [overNetworks, overPrograms].filter((value) => value !== null);
  };
}

function countPrograms(peers: readonly PeerFacts[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { client } of peers) {
    const program = cleanText(programOf(client));
    counts.set(program, (counts.get(program) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  const rest = sorted.slice(programsMax).reduce((sum, [, count]) => sum + count, 0);
  const named = new Map(sorted.slice(0, programsMax));
  // A peer may call itself `other` too.
  if (rest > 0) named.set("other", (named.get("other") ?? 0) + rest);
  return named;
}

function networksOf(peers: readonly PeerFacts[]): readonly string[] {
  const addresses = peers.map(({ address }) => (address === null ? null : parsePeerAddress(address)));
  return addresses.filter((address) => address !== null).map(({ host }) => networkOf(host));
}
