/**
 * The whole product watches two real, peered nodes: what it says of blocks, transactions, peers, a partition and reorganisations is held
 * against the nodes' own RPC, and against clocks of this test's own.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { blockMetrics as b } from "../../src/domains/chain/blocks/metrics.ts";
import { clientMetrics as c } from "../../src/domains/chain/client/metrics.ts";
import { databaseMetrics as d } from "../../src/domains/chain/database/metrics.ts";
import { mempoolMetrics as m } from "../../src/domains/chain/mempool/metrics.ts";
import { peerMetrics as p } from "../../src/domains/chain/peers/metrics.ts";
import type { Metric } from "../../src/core/metric.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { type Litecoind, startLitecoind } from "./support/litecoind.ts";
import { ask } from "./support/prometheus-api.ts";

const pollMs = 250;
const ids = z.array(z.string());
const chainInfo = z.object({ blocks: z.int(), headers: z.int(), bestblockhash: z.string(), size_on_disk: z.int() });
const peersShape = z.array(z.object({ addr: z.string(), pingtime: z.number(), inbound: z.boolean(), bytessent: z.int() }));
const eventsShape = z.object({
  events: z.array(z.object({ subject: z.string(), key: z.string(), fields: z.record(z.string(), z.unknown()) })),
});

type Name = "a" | "b";

describe("two peered litecoind", () => {
  let nodes: Readonly<Record<Name, Litecoind>>;
  let server: RunningServer;
  let nodeId: string;
  /** Where the coins of new blocks go. Two nodes that mine at the same second for one address make the same block. */
  let addresses: Readonly<Record<Name, string>>;

  /** Asks until it is so; what was seen last is the failure's message. */
  const until = async <T>(what: string, seconds: number, look: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> => {
    const deadlineMs = performance.now() + seconds * 1000;
    for (;;) {
      const value = await look();
      if (isSo(value)) return value;
      assert.ok(performance.now() < deadlineMs, `${what}: ${JSON.stringify(value)}`);
      await wait(100);
    }
  };
  /** Value of the client's series of the metric with these labels; `null` where there is none. */
  const valueOf = async (
    client: Name,
    metric: Metric,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<number | null> => {
    const matchers = Object.entries({ "chain.client": client, ...labels }).map(
      ([label, value]) => `${metric.prometheusLabels[label] ?? label}=${JSON.stringify(value)}`,
    );
    const { data, error } = await ask(server.origin, "query", { query: `${metric.prometheusName}{${matchers.join(",")}}` });
    assert.ok(data?.resultType === "vector", error);
    assert.ok(data.result.length <= 1, `${metric.name} of ${client}: ${data.result.length} series`);
    const [only] = data.result;
    return only === undefined ? null : Number(only.value[1]);
  };
  const untilValue = (
    client: Name,
    metric: Metric,
    labels: Readonly<Record<string, string>>,
    expected: number,
  ): Promise<unknown> =>
    until(
      `${metric.name} of ${client}`,
      20,
      () => valueOf(client, metric, labels),
      (value) => value === expected,
    );
  const events = async (kind: string, subject: Name): Promise<z.infer<typeof eventsShape>["events"]> => {
    const path = `/api/v1/performance/nodes/${nodeId}/events?kind=${kind}&subject=${subject}&limit=100`;
    return eventsShape.parse(await (await fetch(server.origin + path)).json()).events;
  };
  const mine = (name: Name, count: number): Promise<readonly string[]> =>
    nodes[name].ask(ids, "generatetoaddress", count, addresses[name]);
  const bestOf = async (name: Name): Promise<string> => nodes[name].ask(z.string(), "getbestblockhash");
  const untilTogether = (seconds: number): Promise<unknown> =>
    until(
      "both have the same head",
      seconds,
      async () => [await bestOf("a"), await bestOf("b")],
      ([ofA, ofB]) => ofA === ofB,
    );

  before(async () => {
    const [a, other] = await Promise.all([startLitecoind(), startLitecoind()]);
    nodes = { a, b: other };
    await a.ask(z.unknown(), "createwallet", "w");
    addresses = { a: await a.ask(z.string(), "getnewaddress"), b: await a.ask(z.string(), "getnewaddress") };
    await nodes.b.ask(z.null(), "addnode", a.p2pAddress, "add");
    // Coins of a block can be spent a hundred blocks later.
    await mine("a", 110);
    await untilTogether(90);
    const client = (name: Name) => ({ name, kind: "auto", rpc_url: nodes[name].rpcUrl, cookie_file: nodes[name].cookieFile });
    const chain = { poll_interval_ms: pollMs, discover: false, clients: [client("a"), client("b")] };
    server = await startChainPulse({ config: JSON.stringify({ performance_monitoring: { chain } }) });
    const list = z.object({ nodes: z.array(z.object({ id: z.string() })) });
    const answer = list.parse(await (await fetch(`${server.origin}/api/v1/performance/nodes`)).json());
    nodeId = answer.nodes[0]?.id ?? assert.fail("there is no node");
    for (const name of ["a", "b"] as const) await untilValue(name, c.up, {}, 1);
  });
  after(async () => {
    await server?.stop();
    await Promise.all(Object.values(nodes ?? {}).map((node) => node[Symbol.asyncDispose]()));
  });

  it("are told with what their own RPC says", async () => {
    // Every figure of the chain page would be wrong if this fails.
    for (const name of ["a", "b"] as const) {
      const info = await nodes[name].ask(chainInfo, "getblockchaininfo");
      await untilValue(name, b.number, { "block.tag": "head" }, info.blocks);
      await untilValue(name, b.lag, {}, 0);
      await untilValue(name, b.syncing, {}, 0);
      await untilValue(name, d.size, { "database.part": "blocks" }, info.size_on_disk);
      await untilValue(name, p.count, { "peer.direction": name === "a" ? "inbound" : "outbound" }, 1);
      await untilValue(
        name,
        c.info,
        {
          "chain.client.kind": "litecoind",
          "chain.client.version": "/LitecoinCore:0.21.2.1/",
          "chain.network": "litecoin regtest",
        },
        1,
      );
    }
  });

  it("and their peers with the latency that they measured, and that the kernel did", async () => {
    // An operator would throw out the wrong peer if this fails.
    for (const name of ["a", "b"] as const) {
      const [peer] = await nodes[name].ask(peersShape, "getpeerinfo");
      assert.ok(peer !== undefined);
      const labels = { "chain.peer": peer.addr };
      await untilValue(name, p.latency, { ...labels, "latency.source": "ping" }, peer.pingtime);
      const roundTrip = await until(
        "the kernel's round trip",
        15,
        () => valueOf(name, p.latency, { ...labels, "latency.source": "tcp" }),
        (value) => value !== null,
      );
      // Both ends are on this machine.
      assert.ok(roundTrip !== null && roundTrip > 0 && roundTrip < 0.1, String(roundTrip));
      const sent = (await valueOf(name, p.peerSent, labels)) ?? 0;
      assert.ok(sent >= peer.bytessent, `${sent} bytes sent, ${peer.bytessent} before`);
      const score = (await valueOf(name, p.peerScore, labels)) ?? 0;
      assert.ok(score > 0.8 && score <= 1, String(score));
    }
  });

  it("how long transactions take from one to the other, within the poll's resolution", async (t) => {
    // Slow spreading would be blamed on the wrong side, or not be seen, if this fails.
    const seenMs: Readonly<Record<Name, Map<string, number>>> = { a: new Map(), b: new Map() };
    const sent: string[] = [];
    const stop = new AbortController();
    const observe = async (name: Name): Promise<void> => {
      while (!stop.signal.aborted) {
        for (const id of await nodes[name].ask(ids, "getrawmempool")) {
          if (!seenMs[name].has(id)) seenMs[name].set(id, performance.now());
        }
        await wait(20);
      }
    };
    const observers = [observe("a"), observe("b")];
    for (let count = 0; count < 12; count++) {
      sent.push(await nodes.a.ask(z.string(), "sendtoaddress", addresses.a, 0.01));
      await wait(200);
    }
    await until(
      "all are at b",
      90,
      () => Promise.resolve(seenMs.b.size),
      (size) => size === sent.length,
    );
    stop.abort();
    await Promise.all(observers);
    await untilValue("a", m.transactions, { "mempool.state": "pending" }, sent.length);
    await untilValue("b", m.added, {}, sent.length);
    const of = { "propagation.of": "transaction" };
    await untilValue("b", b.propagated, of, sent.length);

    const own = sent.reduce((sum, id) => sum + ((seenMs.b.get(id) ?? 0) - (seenMs.a.get(id) ?? 0)) / 1000, 0) / sent.length;
    const told = ((await valueOf("b", b.propagationTime, of)) ?? 0) / sent.length;
    const early = ((await valueOf("a", b.propagationTime, of)) ?? 0) / sent.length;
    t.diagnostic(`transactions a → b: mean ${own.toFixed(3)} s by this test's own clock, ${told.toFixed(3)} s told`);
    // Each of the two looks is late by up to a poll, and by what a busy machine adds.
    assert.ok(Math.abs(own - (told - early)) < 2 * (pollMs / 1000) + 0.25, `${own} s, told: ${told} s, ${early} s`);
    assert.ok(own > 0.3, "transactions trickle: a delay of seconds is expected");
  });

  it("how long blocks take, in milliseconds, and what is in them", async (t) => {
    // Blocks that come late cost money; nobody would see it if this fails.
    const of = { "propagation.of": "block" };
    const before = {
      count: (await valueOf("b", b.propagated, of)) ?? 0,
      seconds: (await valueOf("b", b.propagationTime, of)) ?? 0,
    };
    const transactions = (await valueOf("a", b.transactions)) ?? assert.fail("transactions are counted");
    const waiting = await nodes.a.ask(ids, "getrawmempool");
    const mined: string[] = [];
    const own: number[] = [];
    for (let count = 0; count < 6; count++) {
      const height = z.object({ height: z.int() });
      const next = (await nodes.a.ask(z.int(), "getblockcount")) + 1;
      const arrival = async (name: Name): Promise<number> => {
        await nodes[name].ask(height, "waitforblockheight", next, 30_000);
        return performance.now();
      };
      const arrivals = Promise.all([arrival("a"), arrival("b")]);
      await wait(300);
      mined.push(...(await mine("a", 1)));
      const [atA, atB] = await arrivals;
      own.push(atB - atA);
    }
    await untilValue("b", b.propagated, of, before.count + mined.length);
    const told = (((await valueOf("b", b.propagationTime, of)) ?? 0) - before.seconds) / mined.length;
    const mean = own.reduce((sum, ms) => sum + ms, 0) / own.length;
    t.diagnostic(`blocks a → b: mean ${mean.toFixed(1)} ms by this test's own clock, ${(told * 1000).toFixed(1)} ms told`);
    assert.ok(Math.abs(told * 1000 - mean) < 100, `${mean} ms, told: ${told * 1000} ms`);

    const block = z.object({ height: z.int(), size: z.int(), weight: z.int(), nTx: z.int(), time: z.int() });
    let total = 0;
    for (const hash of mined) {
      const { height, size, weight, nTx, time } = await nodes.a.ask(block, "getblock", hash);
      const { totalfee } = await nodes.a.ask(z.object({ totalfee: z.int() }), "getblockstats", hash);
      total += nTx;
      const [event] = await until(
        `event of ${hash}`,
        10,
        async () => (await events("chain.block", "b")).filter(({ key }) => key === hash),
        (found) => found.length === 1,
      );
      const { number, status, fees, timestampMs, ...rest } = event?.fields ?? {};
      assert.deepEqual([number, status, fees, timestampMs], [height, "canonical", String(totalfee), time * 1000]);
      assert.deepEqual([rest["transactions"], rest["size"], rest["weight"]], [nTx, size, weight]);
    }
    await untilValue("a", b.transactions, {}, transactions + total);
    await untilValue("a", m.removed, { "removal.reason": "included" }, waiting.length);
    await untilValue("b", m.removed, { "removal.reason": "included" }, waiting.length);
    await untilValue("b", m.transactions, { "mempool.state": "pending" }, 0);
  });

  it("a transaction that is replaced by one that pays more is not called lost", async () => {
    // An operator would look for a full pool where users only raise their fees if this fails.
    const first = await nodes.a.ask(z.string(), "sendtoaddress", addresses.a, 0.5, "", "", false, true);
    await untilValue("a", m.transactions, { "mempool.state": "pending" }, 1);
    await until(
      "it was looked at",
      10,
      () => valueOf("a", m.added),
      (value) => (value ?? 0) >= 13,
    );
    await nodes.a.ask(z.unknown(), "bumpfee", first, { fee_rate: 500 });
    // It may be in a block that is not known yet, so it takes some seconds until that is said.
    const reasons = ["replaced", "dropped", "unknown"];
    await until(
      reasons.join(),
      40,
      () => Promise.all(reasons.map((reason) => valueOf("a", m.removed, { "removal.reason": reason }))),
      (counts) => counts.join() === "1,0,0",
    );
    await untilTogether(30);
  });

  it("a partition is named at both, and so is its healing, with the reorganisation that it costs", async () => {
    // An operator whose node is alone sees a healthy node, for its own lag is 0, if this fails.
    const common = await nodes.b.ask(z.int(), "getblockcount");
    await nodes.b.ask(z.boolean(), "setnetworkactive", false);
    await untilValue("b", p.count, { "peer.direction": "outbound" }, 0);
    await mine("a", 2);
    const [lonely] = await mine("b", 1);
    for (const name of ["a", "b"] as const) {
      const { blocks } = await nodes[name].ask(chainInfo, "getblockchaininfo");
      await untilValue(name, b.number, { "block.tag": "head" }, blocks);
    }
    const what = async (name: Name, state: string) => {
      const found = await until(
        `${state} of ${name}`,
        40,
        async () => (await events("chain.client", name)).filter(({ fields }) => fields["what"] === state),
        (list) => list.length > 0,
      );
      return String(found[0]?.fields["detail"]);
    };
    assert.match(await what("a", "partitioned"), /^no peers since \S+, 1 peer before; its head is \d+$/);
    await until(
      "what b lacks",
      20,
      () => what("b", "partitioned"),
      (detail) =>
        detail.endsWith(`its network is switched off; its head is ${common + 1}; others of its chain are at ${common + 2}`),
    );
    await untilValue("a", p.changes, { "peer.change": "disconnected" }, 1);

    await nodes.b.ask(z.boolean(), "setnetworkactive", true);
    // It would try by itself within a minute.
    await nodes.b.ask(z.null(), "addnode", nodes.a.p2pAddress, "onetry");
    await untilTogether(90);
    assert.match(await what("b", "healed"), /^1 peer again; at block \d+ with the others after \d+ s$/);
    await what("a", "healed");
    await untilValue("b", b.orphaned, {}, 1);
    const [reorg] = await events("chain.reorg", "b");
    const tips = z.array(z.object({ hash: z.string(), branchlen: z.int(), status: z.string() }));
    const fork = (await nodes.b.ask(tips, "getchaintips")).find(({ hash }) => hash === lonely);
    assert.equal(fork?.status, "valid-fork");
    assert.deepEqual(
      { ...reorg?.fields },
      { depth: fork?.branchlen, commonNumber: common, oldHead: lonely, newHead: await bestOf("a"), orphaned: [lonely] },
    );
    const [orphan] = (await events("chain.block", "b")).filter(({ key }) => key === lonely);
    assert.equal(orphan?.fields["status"], "orphaned");
  });

  it("a block that is taken back by hand is told as a reorganisation, and no counter falls", async () => {
    // A rate would be negative, or a double spend go unseen, if this fails.
    const tip = await bestOf("a");
    const number = await nodes.a.ask(z.int(), "getblockcount");
    await nodes.a.ask(z.null(), "invalidateblock", tip);
    await untilValue("a", b.number, { "block.tag": "head" }, number - 1);
    await mine("a", 3);
    await untilTogether(60);
    await untilValue("a", b.number, { "block.tag": "head" }, number + 2);
    await untilValue("b", b.number, { "block.tag": "head" }, number + 2);
    const reorgs = await events("chain.reorg", "b");
    assert.deepEqual(
      [reorgs[0]?.fields["oldHead"], reorgs[0]?.fields["depth"], reorgs[0]?.fields["commonNumber"]],
      [tip, 1, number - 1],
    );
    for (const { prometheusName } of [
      b.blocks,
      b.transactions,
      b.orphaned,
      b.reorgs,
      m.added,
      m.removed,
      p.received,
      p.changes,
    ]) {
      const { data, error } = await ask(server.origin, "query", { query: `resets(${prometheusName}[10m])` });
      assert.ok(data?.resultType === "vector", error);
      assert.ok(data.result.length >= 2 && data.result.every(({ value }) => value[1] === "0"), prometheusName);
    }
  });

  it("a node that is killed is seen to go, to come back, and to be another process", async () => {
    // A crash in the night would leave no trace if this fails.
    await nodes.b.restart();
    const states = await until(
      "states of b",
      60,
      async () => (await events("chain.client", "b")).map(({ fields }) => fields["what"]),
      (list) => ["down", "up", "restarted"].every((state) => list.includes(state)),
    );
    assert.ok(states.indexOf("up") < states.indexOf("down"), "newest first");
    await untilValue("b", c.up, {}, 1);
    await untilValue("a", c.up, {}, 1);
  });
});
