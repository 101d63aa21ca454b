import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AskFailure } from "../../../io/json-rpc.ts";
import { withoutMetrics } from "../client/without-metrics.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { openGate } from "../client/gate.ts";
import { clientMetrics } from "../client/metrics.ts";
import { notOffered } from "../client/offer.ts";
import { type Part, watchPart } from "../client/part.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { finalityPart, syncPart } from "./chain-state.ts";
import { openChain } from "./chain.ts";
import { fakeChain } from "./fake-chain.test-support.ts";
import { feesPart } from "./fees.ts";
import { peerParts } from "./peers.ts";
import { openPoolChurn } from "./pool-churn.ts";
import type { PoolListener } from "./pool-listener.ts";
import { bigQuantity, pendingShape, poolStatusShape, quantity, syncingShape } from "./shapes.ts";

describe("parts", () => {
  function open(): { readonly client: ReturnType<typeof recordClient>; readonly fake: ReturnType<typeof fakeChain> } {
    const client = recordClient();
    return { client, fake: fakeChain(client.context.clock.nowMs() / 1000) };
  }

  /** Runs a part until it has been read so often. */
  async function read(client: ReturnType<typeof recordClient>, part: Part, times = 1): Promise<void> {
    const gate = openGate(client.context.signal);
    gate.open();
    let left = times;
    const counted: Part = {
      ...part,
      intervalMs: 1,
      async read() {
        left--;
        try {
          await part.read();
        } finally {
          if (left === 0) client.close();
        }
      },
    };
    await watchPart(client.context, gate, counted);
  }

  const refused = (): never => {
    throw new AskFailure("refused", "the method does not exist/is not available", { code: -32_601 });
  };

  // When this fails, a client's peers are not shown, or shown without it having told them.
  describe("peers", () => {
    const peer = (id: string, inbound: boolean): object => ({
      id,
      name: "Geth/v1.16.4-stable/linux-amd64/go1.24",
      network: {
        localAddress: "10.0.0.1:30303",
        remoteAddress: `203.0.113.${id}:30303`,
        inbound,
        trusted: false,
        static: false,
      },
      protocols: { eth: { version: 69, earliestBlock: 0, latestBlock: 100 } },
    });

    test("are those of admin_peers, with the block that they have", async () => {
      const { client, fake } = open();
      fake.instead.set("admin_peers", () => [
        peer("1", true),
        peer("2", false),
        { ...peer("3", false), protocols: { eth: "handshake" } },
      ]);
      const [list] = peerParts(client.context, fake.ask);
      assert.ok(list !== undefined);
      await list.read();
      // Peers that leave within seconds have no series of their own.
      client.advance(10_000);
      await list.read();
      assert.deepEqual(client.values(peerMetrics.count), {
        "peer.direction=inbound": 1,
        "peer.direction=outbound": 2,
        "peer.direction=unknown": 0,
      });
      assert.deepEqual(Object.values(client.values(peerMetrics.peerHead)), [100, 100]);
    });

    test("are counted by one source where the client's metrics count them, too", async () => {
      const { client, fake } = open();
      fake.instead.set("admin_peers", () => [peer("1", true)]);
      const [list] = peerParts(withoutMetrics(client.context, [peerMetrics.count]), fake.ask);
      assert.ok(list !== undefined);
      await list.read();
      assert.deepEqual(client.values(peerMetrics.count), {});
      assert.equal(Object.keys(client.values(peerMetrics.changes)).length, 2);
    });

    test("are a number where the client does not tell more, and the rest is absent with what to do", async () => {
      const { client, fake } = open();
      fake.instead.set("admin_peers", refused);
      fake.instead.set("net_peerCount", () => "0x19");
      const [list, count] = peerParts(client.context, fake.ask);
      assert.ok(list !== undefined && count !== undefined);
      await count.read();
      await read(client, list);
      assert.deepEqual(client.values(peerMetrics.count), { "peer.direction=unknown": 25 });
      const absence = client.absences.get("peers");
      assert.equal(absence?.reason, "unsupported");
      assert.match(absence.fix ?? "", /--http\.api .*admin/);
    });
  });

  // When this fails, nobody says that no peer can connect.
  test("the port that the client tells is looked at, and one that it does not have is told", async () => {
    const { client, fake } = open();
    const port = peerParts(client.context, fake.ask).at(-1);
    assert.ok(port !== undefined);
    fake.instead.set("admin_nodeInfo", () => ({ ports: { discovery: 0, listener: 1 } }));
    await port.read();
    assert.equal(client.value(clientMetrics.reachable), 0);
    fake.instead.set("admin_nodeInfo", () => ({ ports: { discovery: 0, listener: 0 } }));
    await port.read();
    assert.equal(client.value(clientMetrics.reachable), undefined);
    assert.ok(client.absences.has("P2P port"));
  });

  // When this fails, an operator sees a client as in sync that is not, or the other way round.
  describe("catching up", () => {
    test("is what the client says; one that has nothing yet is neither", async () => {
      const { client, fake } = open();
      const chain = openChain(client.context, fake.ask, () => undefined);
      const sync = syncPart(client.context, fake.ask, chain);
      fake.instead.set("eth_syncing", () => false);
      await sync.read();
      assert.deepEqual([client.value(blockMetrics.syncing), client.value(blockMetrics.lag)], [0, undefined]);

      const first = fake.mine(null);
      fake.mine(first);
      await chain.head.look();
      fake.instead.set("eth_syncing", () => ({ startingBlock: "0x0", currentBlock: "0x1", highestBlock: "0x4" }));
      await sync.read();
      assert.ok(sync.isSyncing());
      assert.deepEqual(
        [blockMetrics.syncing, blockMetrics.network, blockMetrics.lag, blockMetrics.syncProgress].map((one) =>
          client.value(one),
        ),
        [1, 4, 3, 0.25],
      );
      fake.instead.set("eth_syncing", () => false);
      await sync.read();
      assert.deepEqual([client.value(blockMetrics.network), client.value(blockMetrics.lag)], [1, 0]);
      sync.headIs(7);
      assert.equal(client.value(blockMetrics.network), 7);
    });

    test("is over by the client's own word alone: one that does not tell whether it catches up has no lag", async () => {
      // Otherwise a client that is hours behind, and does not answer the question, is shown with a lag of 0, and no alert comes.
      const { client, fake } = open();
      const chain = openChain(client.context, fake.ask, () => undefined);
      const sync = syncPart(client.context, fake.ask, chain);
      const told = () =>
        [blockMetrics.network, blockMetrics.lag, blockMetrics.syncProgress].map((metric) => client.value(metric));
      const nothing = [undefined, undefined, undefined];
      sync.headIs(100);
      assert.deepEqual(told(), nothing, "it was not asked yet");
      fake.instead.set("eth_syncing", refused);
      await assert.rejects(sync.read(), { code: -32_601 });
      sync.clear();
      sync.headIs(101);
      assert.deepEqual(told(), nothing, "it refused");
      fake.instead.set("eth_syncing", () => false);
      await sync.read();
      sync.headIs(102);
      assert.deepEqual(told(), [102, 0, 1]);
      sync.clear();
      sync.headIs(103);
      assert.deepEqual(told(), nothing, "what it said before may not be so any more");
      fake.instead.set("eth_syncing", () => ({ currentBlock: "0x1", highestBlock: "0xff" }));
      await sync.read();
      sync.headIs(104);
      assert.equal(client.value(blockMetrics.network), 255);
    });

    test("ends in blocks that are settled, where there are any", async () => {
      const { client, fake } = open();
      const chain = openChain(client.context, fake.ask, () => undefined);
      const first = fake.mine(null);
      const second = fake.mine(first);
      fake.mine(second);
      await chain.head.look();
      const finalised: number[] = [];
      const finality = finalityPart(client.context, fake.ask, chain, (number) => finalised.push(number));
      fake.instead.set("eth_getBlockByNumber", ([tag]) => (tag === "safe" ? second : null));
      await finality.read();
      assert.equal(client.values(blockMetrics.number)["block.tag=safe"], 1);
      assert.equal(client.value(blockMetrics.finalityDistance), undefined);
      fake.instead.set("eth_getBlockByNumber", () => first);
      await finality.read();
      assert.equal(client.value(blockMetrics.finalityDistance), 2);
      assert.deepEqual(finalised, [0]);
    });
  });

  test("a client that tells of no transaction by a filter has no churn, and says why", async () => {
    // Otherwise the mempool's churn of a client without a WebSocket is missing, and nobody knows what to do about it.
    const { client, fake } = open();
    fake.instead.set("eth_newPendingTransactionFilter", refused);
    const listener: PoolListener = {
      seen: () => undefined,
      left: () => undefined,
      waits: () => undefined,
      found: () => true,
      unsure: () => [],
      content: () => undefined,
    };
    await read(client, openPoolChurn(client.context, fake.ask, listener).part);
    assert.deepEqual(client.values(mempoolMetrics.added), {});
    const absence = client.absences.get("mempool churn");
    assert.equal(absence?.reason, "unsupported");
    assert.match(absence.fix ?? "", /ws_url.*eth_newPendingTransactionFilter/);
  });

  // When this fails, a fee is shown that nobody has paid.
  test("fees are those of blocks that hold something, and absent where none does", async () => {
    const { client, fake } = open();
    const gwei = (value: number): string => `0x${(value * 1e9).toString(16)}`;
    const fees = feesPart(client.context, fake.ask);
    fake.instead.set("eth_feeHistory", () => ({
      gasUsedRatio: [0.5, 0, 0.9, 0.1],
      reward: [
        [gwei(1), gwei(2), gwei(3)],
        ["0x0", "0x0", "0x0"],
        [gwei(4), gwei(5), gwei(6)],
        [gwei(2), gwei(3), gwei(9)],
      ],
    }));
    await fees.read();
    assert.deepEqual(client.values(mempoolMetrics.gasPrice), { "quantile=0.1": 2, "quantile=0.5": 3, "quantile=0.9": 6 });
    fake.instead.set("eth_feeHistory", () => ({ gasUsedRatio: [0], reward: [["0x0", "0x0", "0x0"]] }));
    await fees.read();
    assert.deepEqual(client.values(mempoolMetrics.gasPrice), {});
  });

  // When this fails, a method that is not there is asked for at every look, or a failure is taken for good.
  describe("what a client does not offer", () => {
    test("is told from what has failed", () => {
      const failures = [
        { failure: new AskFailure("refused", "eth_x: Method not found", { code: -32_601 }), reason: "unsupported" },
        { failure: new AskFailure("refused", "eth_subscribe: Not implemented", { code: -32_603 }), reason: "unsupported" },
        { failure: new AskFailure("refused", "eth_x: status 403", { code: 403 }), reason: "no_permission" },
        { failure: new AskFailure("refused", "eth_x: header not found", { code: -32_000 }), reason: undefined },
        { failure: new AskFailure("timeout", "no answer within 5000 ms"), reason: undefined },
        { failure: new Error("method not available"), reason: undefined },
      ];
      for (const { failure, reason } of failures) assert.equal(notOffered(failure, undefined)?.reason, reason, failure.message);
    });

    test("is not asked for again at once, and has no value meanwhile; what has failed is", async () => {
      for (const [fail, asked] of [
        [refused, 1],
        [() => assert.fail("no answer"), 3],
      ] as const) {
        const { client } = open();
        let reads = 0;
        let cleared = 0;
        const gate = openGate(client.context.signal);
        gate.open();
        let looks = 0;
        const clock = {
          ...client.context.clock,
          // Asked once before each read: three looks are enough to see.
          monotonicMs() {
            if (++looks > 30 || reads === 3) client.close();
            return client.context.clock.monotonicMs();
          },
        };
        await watchPart({ ...client.context, clock }, gate, {
          name: "part",
          intervalMs: 1,
          metrics: [],
          read() {
            reads++;
            return fail();
          },
          clear: () => void cleared++,
        });
        assert.equal(reads, asked);
        assert.ok(cleared > 0);
        assert.ok(client.absences.has("part"));
      }
    });
  });
});

describe("shapes", () => {
  const hashOf = (digit: string): string => `0x${digit.repeat(64)}`;

  // When this fails, a number of a chain is read wrongly: a gas, a fee, a height that is shown and alerted on.
  describe("quantities of the EVM", () => {
    test("are read exactly, with leading zeros and in either case", () => {
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.nat({ max: 8 }), fc.boolean(), (value, zeros, isUpper) => {
          const digits = `${"0".repeat(zeros)}${value.toString(16)}`;
          const text = `0x${isUpper ? digits.toUpperCase() : digits}`;
          const fits = digits.length <= 64;
          assert.equal(bigQuantity.safeParse(text).data, fits ? value : undefined);
          const exact = fits && value <= BigInt(Number.MAX_SAFE_INTEGER);
          assert.equal(quantity.safeParse(text).data, exact ? Number(value) : undefined);
        }),
      );
    });

    test("that are none are refused", () => {
      fc.assert(
        fc.property(fc.anything(), (value) => {
          fc.pre(typeof value !== "string" || !/^0x[0-9a-f]+$/i.test(value));
          assert.equal(quantity.safeParse(value).success, false);
          assert.equal(bigQuantity.safeParse(value).success, false);
        }),
      );
      for (const text of ["", "0x", "12", "-0x1", "0x1.5", "0xg", " 0x1", "0x1\n"])
        assert.equal(quantity.safeParse(text).success, false, text);
    });
  });

  // When this fails, clients that answer in their own way are taken for broken ones.
  describe("answers that differ between clients", () => {
    test("of the pool's status are hex or numbers", () => {
      assert.deepEqual(poolStatusShape.parse({ pending: "0x10", queued: "0x0" }), { pending: 16, queued: 0 });
      assert.deepEqual(poolStatusShape.parse({ pending: 16, queued: 0 }), { pending: 16, queued: 0 });
      assert.equal(poolStatusShape.safeParse({ pending: -1, queued: 0 }).success, false);
    });

    test("of syncing are false or a distance", () => {
      assert.equal(syncingShape.parse(false), null);
      assert.deepEqual(syncingShape.parse({ currentBlock: "0x1", highestBlock: "0x3", stages: [] }), {
        currentBlock: 1,
        highestBlock: 3,
      });
      assert.equal(syncingShape.safeParse(true).success, false);
    });

    test("of pending transactions are hashes or transactions, whose sender and nonce are one place in the pool", () => {
      assert.deepEqual(pendingShape.parse(hashOf("a")), { hash: hashOf("a"), sender: null, transaction: null });
      const from = `0x${"B".repeat(40)}`;
      assert.deepEqual(pendingShape.parse({ hash: hashOf("a"), from, nonce: "0x1f", input: "0x" }), {
        hash: hashOf("a"),
        sender: `${from.toLowerCase()}:31`,
        transaction: { hash: hashOf("a"), from: from.toLowerCase(), nonce: 31 },
      });
    });
  });
});
