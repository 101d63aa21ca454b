import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TcpSocket } from "../../../io/tcp-diag.ts";
import { clientEvent } from "../events.ts";
import { evenness } from "./evenness.ts";
import { peerMetrics as metrics } from "./metrics.ts";
import { openPartitionWatch } from "./partition.ts";
import { networkOf, parsePeerAddress } from "./peer-address.ts";
import { type PeerFacts, programOf } from "./peer-facts.ts";
import { openPeerTable } from "./peer-table.ts";
import { recordClient } from "./recorded-client.test-support.ts";
import { p2pScore, type PeerQuality, peerScore, type PeersQuality } from "./score.ts";
import { openSocketView } from "./tcp-quality.ts";

function peer(id: string, facts: Partial<PeerFacts> = {}): PeerFacts {
  const unknown = { client: null, pingSeconds: null, head: null, bytesSent: null, bytesReceived: null, connectedSeconds: 100 };
  return { id, address: null, direction: "outbound", ...unknown, ...facts };
}

interface Sent {
  readonly sent?: number;
  readonly resent?: number;
  readonly local?: number;
  readonly cookie?: string;
}

function socket(remote: string, { sent = 0, resent = 0, local = 8333, cookie = remote }: Sent = {}): TcpSocket {
  const info = { minRttSeconds: 0, deliveryBytesPerSecond: 0, receivedBytes: 7, rttSeconds: 0.04 };
  return {
    state: 1,
    cookie,
    localAddress: "10.0.0.1",
    localPort: local,
    remoteAddress: remote,
    remotePort: 9000,
    receiveQueue: 0,
    sendQueue: 0,
    info: { ...info, sentBytes: sent, retransmittedBytes: resent },
  };
}

const noSockets = openSocketView(() => Promise.resolve({ reason: "unsupported", detail: "none here" }));

test("peers are counted by direction and by program, with the rare ones as other", () => {
  // A crawler that names itself anew each time would make thousands of series if this fails.
  const client = recordClient();
  const table = openPeerTable(client.context, noSockets);
  table.update([
    ...Array.from({ length: 3 }, (_, index) => peer(`a${index}`, { client: "/Satoshi:25.0.0/" })),
    peer("in", { direction: "inbound", client: "Geth/v1.16.4-stable/linux-amd64" }),
    ...Array.from({ length: 40 }, (_, index) => peer(`x${index}`, { client: `/x${index}:1/`, direction: "unknown" })),
  ]);
  assert.deepEqual(client.values(metrics.count), {
    "peer.direction=inbound": 1,
    "peer.direction=outbound": 3,
    "peer.direction=unknown": 40,
  });
  const programs = client.values(metrics.byClient);
  assert.equal(programs["peer.client=Satoshi"], 3);
  assert.equal(Object.keys(programs).length, 17);
  assert.equal(
    Object.values(programs).reduce((sum, count) => sum + count, 0),
    44,
  );
  table.update([peer("a1", { client: "/Satoshi:25.0.0/" })]);
  assert.deepEqual(client.values(metrics.byClient), { "peer.client=Satoshi": 1 });
  assert.deepEqual([programOf(null), programOf("//"), programOf("erigon/2.6")], ["unknown", "unknown", "erigon"]);
});

test("who comes and goes is counted, and lowers the score for ten minutes", () => {
  // A network that drops its peers all the time would look like a quiet one if this fails.
  const client = recordClient();
  const table = openPeerTable(client.context, noSockets);
  const peers = ["a", "b", "c", "d"].map((id) => peer(id));
  table.update(peers);
  const calm = client.value(metrics.score) ?? 0;
  assert.deepEqual(Object.values(client.values(metrics.changes)), [0, 0]);
  client.advance(5000);
  table.update([...peers.slice(2), peer("e"), peer("f")]);
  assert.deepEqual(client.values(metrics.changes), { "peer.change=connected": 2, "peer.change=disconnected": 2 });
  assert.ok((client.value(metrics.score) ?? 1) < calm);
  client.advance(601_000);
  table.update([...peers.slice(2), peer("e"), peer("f")]);
  assert.equal(client.value(metrics.score), calm);
  table.update([]);
  assert.equal(client.value(metrics.score), 0);
});

test("the longest connected have series of their own, which end with them", () => {
  // Either the index fills up, or the wrong peers are shown, if this fails.
  const client = recordClient();
  const table = openPeerTable(client.context, noSockets);
  const many = Array.from({ length: 200 }, (_, index) => peer(`p${index}`, { connectedSeconds: index, pingSeconds: 0.1 }));
  table.update(many);
  const shown = client.values(metrics.info);
  assert.equal(Object.keys(shown).length, 128);
  assert.ok(Object.keys(shown).some((labels) => labels.startsWith("chain.peer=p199,")));
  assert.ok(!Object.keys(shown).some((labels) => labels.startsWith("chain.peer=p9,")));
  table.update([peer("p199", { connectedSeconds: 200, pingSeconds: 0.2, head: 5, bytesSent: 1, bytesReceived: 2 })]);
  assert.deepEqual(client.values(metrics.latency), { "chain.peer=p199,latency.source=ping": 0.2 });
  assert.deepEqual(client.values(metrics.peerHead), { "chain.peer=p199": 5 });
  assert.deepEqual(client.values(metrics.peerSent), { "chain.peer=p199": 1 });
  const kept = client.seriesCount();
  table.update([]);
  assert.equal(client.seriesCount(), kept - 9);
});

test("a client that does not tell since when: peers settle by being seen", () => {
  // Peers of clients that tell no age would never be shown if this fails.
  const client = recordClient();
  const table = openPeerTable(client.context, noSockets);
  table.update([peer("a", { connectedSeconds: null })]);
  assert.deepEqual(client.values(metrics.info), {});
  client.advance(11_000);
  table.update([peer("a", { connectedSeconds: null })]);
  assert.equal(Object.keys(client.values(metrics.info)).length, 1);
});

test("the kernel's figures are joined by address, and loss is that of the last minute", async () => {
  // Loss and latency of one peer would be shown at another if this fails.
  let dump: readonly TcpSocket[] = [
    socket("192.0.2.1", { sent: 1000 }),
    socket("192.0.2.2"),
    socket("192.0.2.2", { local: 5 }),
  ];
  const view = openSocketView(() => Promise.resolve({ read: () => dump }));
  const client = recordClient();
  const table = openPeerTable(client.context, view);
  const peers = [
    peer("one", { address: "192.0.2.1:9000" }),
    peer("two", { address: "192.0.2.2:9000" }),
    peer("other", { address: "192.0.2.3:9000" }),
  ];
  table.update(peers);
  await Promise.resolve();
  client.advance(5000);
  table.update(peers);
  assert.deepEqual(client.values(metrics.latency), { "chain.peer=one,latency.source=tcp": 0.04 });
  assert.deepEqual(client.values(metrics.retransmitRatio), {});
  assert.deepEqual(client.values(metrics.peerReceived), { "chain.peer=one": 7 });

  dump = [socket("192.0.2.1", { sent: 2000, resent: 100 }), socket("192.0.2.2"), socket("192.0.2.2", { local: 5 })];
  client.advance(5000);
  table.update([...peers.slice(0, 1), peer("two", { address: "192.0.2.2:9000", localAddress: "10.0.0.1:5" })]);
  assert.deepEqual(client.values(metrics.retransmitRatio), { "chain.peer=one": 0.1 });
  assert.equal(client.values(metrics.latency)["chain.peer=two,latency.source=tcp"], 0.04);

  client.advance(70_000);
  table.update(peers);
  assert.deepEqual(client.values(metrics.retransmitRatio), {});
});

test("where the kernel does not tell, that is said, and no dump is made without peers that could be found", async () => {
  // A lack of permission would look like a network without loss if this fails.
  let opened = 0;
  const view = openSocketView(() => {
    opened++;
    return Promise.resolve({ reason: "no_permission", detail: "netlink socket: EPERM" });
  });
  const client = recordClient();
  const table = openPeerTable(client.context, view);
  table.update([peer("a")]);
  assert.equal(opened, 0);
  table.update([peer("a", { address: "192.0.2.1:9000" })]);
  await Promise.resolve();
  table.update([peer("a", { address: "192.0.2.1:9000" })]);
  assert.equal(opened, 1);
  assert.equal(client.absences.get("peers.tcp")?.detail, "netlink socket: EPERM");
});

test("diversity is over networks and programs, and is not there for a single peer", () => {
  // Peers that are all in one place would go unnoticed if this fails.
  const client = recordClient();
  const table = openPeerTable(client.context, noSockets);
  table.update([peer("a", { address: "192.0.2.1:1", client: "x/1" })]);
  assert.deepEqual(client.values(metrics.diversity), {});
  table.update([
    peer("a", { address: "192.0.2.1:1", client: "x/1" }),
    peer("b", { address: "192.0.9.1:1", client: "y/1" }),
    peer("c", { address: null, client: null }),
  ]);
  assert.deepEqual(client.values(metrics.diversity), { "diversity.of=network": 0, "diversity.of=client": 1 });
});

const together = { peers: 3, head: 100, highestOther: 100, isSwitchedOff: false };

test("a client that loses all its peers is named with what is seen, and so is its return", () => {
  // A node that mines or follows alone would look healthy, for its lag is 0, if this fails.
  const client = recordClient();
  const look = openPartitionWatch(client.context);
  const fields = () => client.events(clientEvent.kind).map((event) => event.fields);
  look(together);
  client.advance(5000);
  look({ ...together, peers: 0 });
  assert.deepEqual(fields(), []);
  client.advance(10_000);
  look({ ...together, peers: 0, highestOther: 102, isSwitchedOff: true });
  client.advance(5000);
  look({ ...together, peers: 0, highestOther: 105, isSwitchedOff: true });
  const [partitioned, ...none] = fields();
  assert.deepEqual(none, []);
  assert.equal(partitioned?.["what"], "partitioned");
  assert.match(
    JSON.stringify(partitioned?.["detail"]),
    /^"no peers since 2023-\S+, 3 peers before; its network is switched off; its head is 100; others of its chain are at 105"$/,
  );
  client.advance(5000);
  look({ ...together, peers: 1, highestOther: 105 });
  assert.equal(fields().length, 1);
  client.advance(1000);
  look({ ...together, peers: 1, head: 105, highestOther: 105 });
  assert.deepEqual(fields()[1], { what: "healed", detail: "1 peer again; at block 105 with the others after 21 s" });
  assert.deepEqual(client.annotations, ["client has lost all its peers", "client is connected again"]);
});

test("a client that never had a peer, or has none for a moment, is no partition", () => {
  // A developer's single node would raise alarms if this fails.
  const client = recordClient();
  const look = openPartitionWatch(client.context);
  look({ ...together, peers: 0 });
  client.advance(60_000);
  look({ ...together, peers: 0 });
  look(together);
  look({ ...together, peers: 0 });
  client.advance(5000);
  look(together);
  client.advance(60_000);
  look(together);
  assert.deepEqual(client.events(clientEvent.kind), []);
});

const inRange = (score: number | null): boolean => score === null || (score >= 0 && score <= 1);
const amount = (max: number): fc.Arbitrary<number> => fc.double({ min: 0, max, noNaN: true });

test("a peer that gets worse in one thing never gets a better score", () => {
  // An operator would throw out the better peer if this fails.
  const quality: fc.Arbitrary<PeerQuality> = fc.record({
    roundTripSeconds: fc.option(amount(10)),
    lossRatio: fc.option(amount(1)),
    blocksBehind: fc.option(fc.integer({ min: -5, max: 1000 })),
  });
  const inputs = ["roundTripSeconds", "lossRatio", "blocksBehind"] as const;
  fc.assert(
    fc.property(quality, fc.constantFrom(...inputs), fc.integer({ min: 1, max: 100 }), (before, input, by) => {
      const score = peerScore(before);
      assert.ok(inRange(score));
      const value = before[input];
      if (value === null || score === null) return;
      assert.ok((peerScore({ ...before, [input]: value + by }) ?? 2) <= score);
    }),
  );
  assert.equal(peerScore({ roundTripSeconds: null, lossRatio: null, blocksBehind: null }), null);
});

test("each factor of a peer is a half where the formula says", () => {
  // The formula in the docs would be another than the one that counts if this fails.
  const best = { roundTripSeconds: null, lossRatio: null, blocksBehind: null };
  assert.equal(peerScore({ ...best, roundTripSeconds: 0.25 }), 0.5);
  assert.equal(peerScore({ ...best, lossRatio: 0.02 }), 0.5);
  assert.equal(peerScore({ ...best, blocksBehind: 4 }), 0.5);
  assert.equal(peerScore({ ...best, blocksBehind: 1 }), 1);
  assert.equal(peerScore({ roundTripSeconds: 0, lossRatio: 0.06, blocksBehind: null }), 0.5);
});

test("all peers together: more, better, steadier and more different ones never lower the score", () => {
  // A node would be called well connected for losing peers if this fails.
  const quality: fc.Arbitrary<PeersQuality> = fc.record({
    count: fc.integer({ min: 0, max: 500 }),
    scores: fc.array(amount(1), { maxLength: 8 }),
    leftInTenMinutes: fc.nat(500),
    evenness: fc.array(amount(1), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(quality, fc.integer({ min: 1, max: 50 }), amount(1), (before, by, share) => {
      const score = p2pScore(before);
      assert.ok(inRange(score));
      const raised = (values: readonly number[]): number[] => values.map((value) => value + (1 - value) * share);
      const notBelow = (after: PeersQuality): void => assert.ok(p2pScore(after) >= score - 1e-12);
      notBelow({ ...before, count: before.count + by });
      notBelow({ ...before, scores: raised(before.scores) });
      notBelow({ ...before, evenness: raised(before.evenness) });
      assert.ok(p2pScore({ ...before, leftInTenMinutes: before.leftInTenMinutes + by }) <= score);
    }),
  );
  assert.equal(p2pScore({ count: 0, scores: [], leftInTenMinutes: 0, evenness: [] }), 0);
});

test("evenness is 1 for all different, 0 for all the same, and does not care for names and order", () => {
  // A node whose peers are all in one data centre would look well spread if this fails.
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 50 }), (groups) => {
      assert.ok(Math.abs((evenness(groups) ?? 0) - 1) < 1e-9);
      assert.equal(evenness(groups.map(() => "same")), 0);
      const doubled = [...groups, groups[0] ?? ""];
      assert.ok((evenness(doubled) ?? 2) < 1);
      assert.ok(Math.abs((evenness(doubled) ?? 0) - (evenness(doubled.map((group) => `${group}!`).reverse()) ?? 2)) < 1e-9);
    }),
  );
  assert.equal(evenness([]), null);
  assert.equal(evenness(["one"]), null);
});

test("addresses come out as the kernel's list of sockets writes them", () => {
  // Peers would be joined with no connection, or with another's, if this fails.
  assert.deepEqual(parsePeerAddress("192.0.2.7:8333"), { host: "192.0.2.7", port: 8333 });
  assert.deepEqual(parsePeerAddress("[2001:0DB8:0:0:0:0:0:1]:80"), { host: "2001:db8::1", port: 80 });
  assert.deepEqual(parsePeerAddress("[::ffff:192.0.2.1]:30303"), { host: "192.0.2.1", port: 30303 });
  assert.deepEqual(parsePeerAddress("satoshitop4u.onion:8333"), { host: "satoshitop4u.onion", port: 8333 });
  for (const text of ["", "192.0.2.7", "2001:db8::1", "a@192.0.2.7:1", "192.0.2.7:1/x", "192.0.2.7:99999", "[::1]"]) {
    assert.equal(parsePeerAddress(text), null, text);
  }
});

test("no text makes the parser throw, and what it reads it reads again", () => {
  // One peer's odd name would hide all others if this fails.
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      parsePeerAddress(host);
      const address = parsePeerAddress(`${host.includes(":") ? `[${host}]` : host}:${port}`);
      if (address === null) return;
      const text = `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
      assert.deepEqual(parsePeerAddress(text), address);
      assert.ok(networkOf(address.host).length > 0);
    }),
  );
});

test("networks are /16 and /32", () => {
  // Diversity would be counted over something else than documented if this fails.
  const cases = {
    "192.0.2.7": "192.0",
    "2001:db8:1::1": "2001:db8",
    "2001::1": "2001:0",
    "::1": "0:0",
    "a.onion": "a.onion",
  };
  for (const [host, network] of Object.entries(cases)) assert.equal(networkOf(host), network);
});
