import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import { connectionsCollector, connectionsWith } from "./connections.ts";
import { seatServices } from "./service-seats.ts";
import { type ServiceSummary, percentile, summarise } from "./summarise.ts";
import { parseAddress, targetsCollector } from "./targets.ts";
import { type TcpSocket, stateEstablished, stateListen } from "../../../io/tcp-diag.ts";

function socket(
  fields: Partial<TcpSocket> & { readonly sent?: number; readonly resent?: number; readonly rtt?: number } = {},
): TcpSocket {
  const { sent = 0, resent = 0, rtt = 0.01, ...rest } = fields;
  return {
    state: stateEstablished,
    cookie: "a",
    localAddress: "10.0.0.1",
    localPort: 30303,
    remoteAddress: "192.0.2.7",
    remotePort: 50000,
    receiveQueue: 0,
    sendQueue: 0,
    info: {
      rttSeconds: rtt,
      minRttSeconds: rtt,
      deliveryBytesPerSecond: 100,
      sentBytes: sent,
      retransmittedBytes: resent,
      receivedBytes: 0,
    },
    ...rest,
  };
}

function listener(port: number, queued = 0, limit = 128): TcpSocket {
  return socket({ state: stateListen, localPort: port, receiveQueue: queued, sendQueue: limit, info: null });
}

test("a port that we listen on is inbound, another one outbound, both ends here local", () => {
  // The P2P port's peers could not be told from our own RPC calls if this fails.
  const { services } = summarise(
    [
      listener(30303),
      socket({ cookie: "in" }),
      socket({ cookie: "out", localPort: 41000, remotePort: 443 }),
      socket({ cookie: "l1", localPort: 41001, localAddress: "127.0.0.1", remoteAddress: "127.0.0.1", remotePort: 30303 }),
      socket({ cookie: "l2", remotePort: 41001, localAddress: "127.0.0.1", remoteAddress: "127.0.0.1" }),
    ],
    null,
  );
  assert.deepEqual(
    services.map(({ direction, port, connections }) => [direction, port, connections]),
    [
      ["inbound", "30303", 1],
      ["outbound", "443", 1],
      ["local", "30303", 2],
    ],
  );
});

test("traffic is what was added since the last dump; the first dump adds nothing, a new connection all it has", () => {
  // Loss would be computed from bytes of before the start, or not at all for short connections, if this fails.
  const first = summarise([socket({ sent: 1000, resent: 10 })], null);
  assert.deepEqual([first.services[0]?.sentBytes, first.services[0]?.retransmittedBytes], [0, 0]);
  const second = summarise([socket({ sent: 1500, resent: 15 }), socket({ cookie: "b", sent: 100, resent: 1 })], first.counters);
  assert.deepEqual([second.services[0]?.sentBytes, second.services[0]?.retransmittedBytes], [600, 6]);
  assert.equal(second.peers[0]?.connections, 2);
});

test("of several listeners on one port the fullest counts", () => {
  // A full queue behind SO_REUSEPORT would be hidden by an empty one if this fails.
  const { listeners } = summarise([listener(80, 1), listener(80, 100), listener(80, 5, 4096)], null);
  assert.deepEqual(listeners, [{ port: "80", queued: 100, limit: 128 }]);
});

test("percentiles are values that were measured, and in order", () => {
  // Latencies that no connection has would be shown if this fails.
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1 }), (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const [p50, p95, max] = [0.5, 0.95, 1].map((rank) => percentile(sorted, rank));
      assert.ok(values.includes(p50 ?? -1) && values.includes(p95 ?? -1));
      assert.ok((p50 ?? -1) <= (p95 ?? -1) && p95 !== undefined && p95 <= (max ?? -1));
      assert.equal(max, sorted.at(-1));
    }),
  );
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test("services beyond the seats are one per direction, and nothing is lost in the sum", () => {
  // A crawler of thousands of ports would make thousands of series if this fails.
  const service = (port: number, connections: number): ServiceSummary => ({
    direction: "outbound",
    port: String(port),
    rttsSeconds: [],
    connections,
    deliveryBytesPerSecond: 0,
    sentBytes: connections,
    receivedBytes: 0,
    retransmittedBytes: 0,
  });
  const seated = new Set<string>();
  const services = Array.from({ length: 50 }, (_, index) => service(index, index + 1));
  const shown = seatServices(services, seated);
  assert.equal(shown.length, 33);
  assert.equal(
    shown.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    (50 * 51) / 2,
  );
  assert.equal(shown.at(-1)?.port, "other");
  // Who has a seat keeps it against a bigger newcomer.
  assert.ok(seatServices([...services, service(99, 1000)], seated).some(({ port }) => port === "20"));
  assert.ok(!seatServices([...services, service(99, 1000)], seated).some(({ port }) => port === "99"));
});

test("a kernel without netlink is an absence with its reason", async () => {
  // An empty list would say that there are no connections if this fails.
  const absence = { reason: "unsupported", detail: "netlink socket: EPROTONOSUPPORT" } as const;
  for (const declaration of [
    connectionsWith(() => Promise.resolve(absence)),
    connectionsWith(() => Promise.resolve({ dump: () => absence })),
  ]) {
    const collector = await openRecorded(declaration, testConfig());
    assert.deepEqual(await collector.tick(), {});
    assert.equal(collector.absences.get("netlink")?.detail, absence.detail);
    await collector.close();
  }
});

test("a dump that was broken off shows nothing rather than half", async () => {
  // Half of the connections would look like a network failure if this fails.
  const collector = await openRecorded(
    connectionsWith(() => Promise.resolve({ dump: () => ({ complete: false }) })),
    testConfig(),
  );
  assert.deepEqual(await collector.tick(), {});
  assert.equal(collector.absences.get("netlink")?.reason, "stale");
  await collector.close();
});

test("the kernel's own answer shows a connection that this test makes", { skip: process.platform !== "linux" }, async (t) => {
  // Nothing would be known of real connections if this fails.
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  const client = connect(port, "127.0.0.1");
  const [peer] = (await accepted) as [Socket];
  const collector = await openRecorded(connectionsCollector, testConfig());
  await collector.tick();
  client.write(Buffer.alloc(100_000));
  await once(peer.resume(), "data");
  const values = await collector.tick();
  const refused = collector.absences.get("netlink");
  await collector.close();
  client.destroy();
  peer.destroy();
  server.close();
  if (refused !== undefined) return t.skip(refused.detail);
  const key = (name: string, more = "") =>
    `chainpulse.host.tcp.${name}{network.connection.direction="local",network.service.port="${port}"${more}}`;
  assert.equal(values[key("connection.count")], 2);
  assert.ok((values[key("connection.rtt", ',chainpulse.statistic="max"')] ?? 0) > 0);
  assert.ok((values[key("connection.sent")] ?? 0) > 0);
  assert.equal(values[`chainpulse.host.tcp.accept_queue.length{network.service.port="${port}"}`], 0);
});

test("targets: what answers is up with its time, what is refused is counted by reason", async () => {
  // A dead execution client would not be noticed if this fails.
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const config = testConfig({ targets: [{ name: "el", address: `127.0.0.1:${port}` }] });
  const collector = await openRecorded(targetsCollector, config);
  const labels = `chainpulse.target="el",server.address="127.0.0.1",server.port="${port}"`;
  const up = await collector.tick();
  assert.equal(up[`chainpulse.host.target.up{${labels}}`], 1);
  assert.ok((up[`chainpulse.host.target.connect_time{${labels}}`] ?? 0) > 0);
  server.close();
  await once(server, "close");
  const down = await collector.tick();
  assert.equal(down[`chainpulse.host.target.up{${labels}}`], 0);
  assert.equal(down[`chainpulse.host.target.connect_time{${labels}}`], undefined);
  assert.equal(down[`chainpulse.host.target.attempts{${labels}}`], 2);
  assert.equal(down[`chainpulse.host.target.failures{${labels},error.type="refused"}`], 1);
  await collector.close();
});

test("addresses with brackets and without", () => {
  // IPv6 targets could not be configured if this fails.
  assert.deepEqual(parseAddress("[2001:db8::1]:30303"), { host: "2001:db8::1", port: 30303 });
  assert.deepEqual(parseAddress("node.example:443"), { host: "node.example", port: 443 });
});
