import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { blockMetrics } from "../blocks/metrics.ts";
import { Contradiction } from "../client/contradiction.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { fakeChain, type WireBlock } from "./fake-chain.test-support.ts";
import { type Head, openHead } from "./head.ts";
import { type MempoolTracker, type OnLeft, openMempoolTracker } from "./mempool-tracker.ts";

describe("the head", () => {
  function open(): {
    readonly chain: ReturnType<typeof fakeChain>;
    readonly client: ReturnType<typeof recordClient>;
    readonly head: Head;
  } {
    const client = recordClient();
    const chain = fakeChain(client.context.clock.nowMs() / 1000);
    return { chain, client, head: openHead(client.context, chain.ask, () => Promise.resolve(true)) };
  }

  /** So many blocks come between two looks. */
  const growth = fc.array(fc.record({ blocks: fc.integer({ min: 0, max: 64 }), transactions: fc.nat({ max: 3 }) }), {
    maxLength: 8,
  });

  // When this fails, transactions are counted twice or not at all, and a rate of them is wrong.
  describe("blocks between two looks", () => {
    test("are all read and counted once, whether told of or not, up to 64 of them", async () => {
      await fc.assert(
        fc.asyncProperty(growth, fc.boolean(), async (looks, isTold) => {
          const { chain, client, head } = open();
          let tip: WireBlock | null = chain.mine(null, { transactions: 2 });
          await head.look();
          let blocks = 0;
          let transactions = 0;
          for (const look of looks) {
            for (let index = 0; index < look.blocks; index++) {
              tip = chain.mine(tip, { transactions: look.transactions });
              if (isTold) head.told(tip.hash);
              blocks++;
              transactions += look.transactions;
            }
            await head.look();
            assert.equal(client.values(blockMetrics.number)["block.tag=head"], Number(tip?.number));
          }
          // What was there at the first look was there before.
          assert.equal(client.value(blockMetrics.blocks), blocks);
          assert.equal(client.value(blockMetrics.transactions), transactions);
          assert.equal(client.value(blockMetrics.gasUsed), 21_000 * transactions);
          assert.equal(client.value(blockMetrics.reorgs), 0);
          assert.deepEqual(chain.failures, []);
        }),
        { numRuns: 4 },
      );
    });

    test("are not read when there are more: the head goes on, and says what is missing", async () => {
      const { chain, client, head } = open();
      let tip = chain.mine(null);
      await head.look();
      for (let index = 0; index < 65; index++) tip = chain.mine(tip);
      const adopted = await head.look();
      assert.equal(adopted?.change.kind, "gap");
      assert.equal(client.values(blockMetrics.number)["block.tag=head"], 65);
      assert.equal(client.value(blockMetrics.blocks), 1);
    });
  });

  // When this fails, a client or a proxy that is wrong is believed: heads that come and go, chains that cannot be.
  describe("a head that cannot be", () => {
    test("because it goes back with no other branch is left until it lasts", async () => {
      const { chain, client, head } = open();
      const first = chain.mine(null);
      const second = chain.mine(first);
      const third = chain.mine(second);
      for (const latest of [third, second, third, first]) {
        // As a proxy with several clients behind it answers.
        chain.latest = latest;
        await head.look();
        assert.equal(client.values(blockMetrics.number)["block.tag=head"], 2);
      }
      assert.deepEqual(chain.failures, ["contradiction", "contradiction"]);
      assert.equal(client.value(blockMetrics.reorgs), 0);
    });

    test("because it is set back by hand is believed after half a minute", async () => {
      const { chain, client, head } = open();
      let tip = chain.mine(null);
      await head.look();
      const kept = tip;
      for (let index = 0; index < 3; index++) tip = chain.mine(tip);
      await head.look();
      chain.latest = kept;
      await head.look();
      client.advance(29_000);
      await head.look();
      assert.equal(client.values(blockMetrics.number)["block.tag=head"], 3);
      client.advance(1000);
      const adopted = await head.look();
      assert.equal(adopted?.change.kind, "reorganised");
      assert.equal(client.values(blockMetrics.number)["block.tag=head"], 0);
      assert.equal(client.value(blockMetrics.orphaned), 3);
    });

    const lies: Readonly<Record<string, (chain: ReturnType<typeof fakeChain>, tip: WireBlock) => void>> = {
      "because another block than the one asked for is given": (chain, tip) =>
        chain.instead.set("eth_getBlockByHash", () => ({ ...tip, hash: `0x${"d".repeat(64)}` })),
      "because its number is not its parent's next": (chain, tip) => {
        const strange = { ...tip, number: "0x1" };
        chain.instead.set("eth_getBlockByHash", () => strange);
      },
      "because there is none": (chain) => void chain.instead.set("eth_getBlockByNumber", () => null),
    };
    for (const [why, lie] of Object.entries(lies)) {
      test(`${why} is not believed`, async () => {
        const { chain, client, head } = open();
        const second = chain.mine(chain.mine(null));
        await head.look();
        lie(chain, chain.mine(second));
        await assert.rejects(head.look(), Contradiction);
        assert.equal(client.values(blockMetrics.number)["block.tag=head"], 1);
        chain.instead.clear();
        await head.look();
        assert.equal(client.values(blockMetrics.number)["block.tag=head"], 2);
      });
    }

    test("in its time only has no time, and is counted once", async () => {
      const { chain, client, head } = open();
      const nowSeconds = client.context.clock.nowMs() / 1000;
      const first = chain.mine(null);
      await head.look();
      assert.equal(client.value(blockMetrics.headTime), nowSeconds);
      const second = chain.mine(first, { timestamp: nowSeconds + 7200 });
      await head.look();
      await head.look();
      assert.deepEqual(chain.failures, ["contradiction"]);
      assert.equal(client.values(blockMetrics.number)["block.tag=head"], 1);
      for (const metric of [blockMetrics.headTime, blockMetrics.headAge, blockMetrics.interval, blockMetrics.arrival]) {
        assert.equal(client.value(metric), undefined);
      }
      const third = chain.mine(second, { timestamp: nowSeconds - 5 });
      await head.look();
      assert.equal(chain.failures.length, 2, "a block before its parent");
      chain.mine(third, { timestamp: nowSeconds });
      await head.look();
      assert.equal(client.value(blockMetrics.interval), 5);
    });
  });
});

describe("the pool", () => {
  /** Few transactions of few senders, so that they meet each other often. */
  const transaction = fc
    .record({ sender: fc.option(fc.integer({ min: 0, max: 2 })), nonce: fc.nat({ max: 2 }), version: fc.nat({ max: 2 }) })
    .map(({ sender, nonce, version }) => ({
      hash: `${sender}/${nonce}/${version}`,
      sender: sender === null ? null : `${sender}:${nonce}`,
    }));

  const action = fc.oneof(
    fc.record({ do: fc.constant("see" as const), transaction }),
    fc.record({ do: fc.constant("include" as const), transactions: fc.array(transaction, { maxLength: 3 }) }),
    fc.record({
      do: fc.constant("remove" as const),
      transaction,
      reason: fc.constantFrom("dropped" as const, "unknown" as const),
    }),
    fc.record({ do: fc.constant("forget" as const) }),
    fc.record({ do: fc.constant("reorganised" as const) }),
  );

  /** A list that is searched from its beginning, and nothing else. */
  function openModel(
    trackedMax: number,
    onLeft: OnLeft,
  ): MempoolTracker & { readonly pool: { hash: string; sender: string | null; seenMs: number }[] } {
    const pool: { hash: string; sender: string | null; seenMs: number }[] = [];
    const counts = { added: 0, removed: { included: 0, replaced: 0, dropped: 0, unknown: 0 }, waitedSeconds: 0, untracked: 0 };
    const drop = (index: number, reason: keyof typeof counts.removed, by: string | null = null): void => {
      for (const { hash } of pool.splice(index, 1)) onLeft(hash, reason, by);
      counts.removed[reason]++;
    };
    const dropRival = (hash: string, sender: string | null): void => {
      const rival = pool.findIndex((one) => sender !== null && one.sender === sender && one.hash !== hash);
      if (rival !== -1) drop(rival, "replaced", hash);
    };
    let mined: string[] = [];
    return {
      pool,
      see({ hash, sender }, nowMs) {
        if (pool.some((one) => one.hash === hash)) return;
        counts.added++;
        if (mined.includes(hash)) {
          mined = mined.filter((one) => one !== hash);
          counts.removed.included++;
          return;
        }
        dropRival(hash, sender);
        if (pool.length < trackedMax) pool.push({ hash, sender, seenMs: nowMs });
        else counts.untracked++;
      },
      include(transactions, nowMs) {
        for (const { hash, sender } of transactions) {
          dropRival(hash, sender);
          const index = pool.findIndex((one) => one.hash === hash);
          if (index === -1) {
            mined.push(hash);
            continue;
          }
          counts.waitedSeconds += (nowMs - (pool[index]?.seenMs ?? 0)) / 1000;
          drop(index, "included");
        }
      },
      remove(hash, reason) {
        const index = pool.findIndex((one) => one.hash === hash);
        if (index !== -1) drop(index, reason);
      },
      forget() {
        while (pool.length > 0) drop(0, "unknown");
      },
      reorganised() {
        mined = [];
      },
      suspects: () => [],
      missing: (present, seenBeforeMs, countMax) =>
        pool
          .filter(({ hash, seenMs }) => !present.has(hash) && seenMs < seenBeforeMs)
          .slice(0, countMax)
          .map(({ hash }) => hash),
      oldestMs: () => pool[0]?.seenMs ?? null,
      changes: () => structuredClone(counts),
    };
  }

  // When this fails, an operator is told of a pool that is not the client's: transactions that wait for ever, or that came and never left.
  describe("the tracker of waiting transactions", () => {
    test("does what a plain list does, whatever comes in whatever order", () => {
      fc.assert(
        fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (actions, trackedMax) => {
          const left: string[] = [];
          const expected: string[] = [];
          const tracker = openMempoolTracker(trackedMax, (...gone) => left.push(gone.join(" ")));
          const model = openModel(trackedMax, (...gone) => expected.push(gone.join(" ")));
          const sums = {
            added: 0,
            removed: { included: 0, replaced: 0, dropped: 0, unknown: 0 },
            waitedSeconds: 0,
            untracked: 0,
          };
          for (const [index, one] of actions.entries()) {
            const nowMs = index * 1000;
            for (const each of [tracker, model]) {
              if (one.do === "see") each.see(one.transaction, nowMs);
              if (one.do === "include") each.include(one.transactions, nowMs);
              if (one.do === "remove") each.remove(one.transaction.hash, one.reason);
              if (one.do === "forget") each.forget();
              if (one.do === "reorganised") each.reorganised();
            }
            const { added, removed, waitedSeconds, untracked } = tracker.changes();
            sums.added += added;
            sums.waitedSeconds += waitedSeconds;
            sums.untracked += untracked;
            for (const reason of ["included", "replaced", "dropped", "unknown"] as const)
              sums.removed[reason] += removed[reason];
            assert.deepEqual(sums, model.changes());
            assert.equal(tracker.oldestMs(), model.oldestMs());
            assert.deepEqual(left, expected);
            const present = new Set(model.pool.filter((_, place) => place % 2 === 0).map(({ hash }) => hash));
            assert.deepEqual(tracker.missing(present, nowMs, 2), model.missing(present, nowMs, 2));
          }
          // What came and did not leave is there: no transaction is lost or invented.
          const gone = Object.values(sums.removed).reduce((sum, count) => sum + count, 0);
          assert.equal(sums.added - sums.untracked - gone, model.pool.length);
        }),
      );
    });

    test("has each old one asked for in turn, and no young one", () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 30 }),
          fc.integer({ min: 0, max: 30 }),
          fc.integer({ min: 1, max: 7 }),
          (count, before, countMax) => {
            const tracker = openMempoolTracker(100);
            for (let index = 0; index < count; index++) tracker.see({ hash: String(index), sender: null }, index);
            const old = Math.min(count, before);
            const asked: string[] = [];
            for (let round = 0; round <= Math.ceil(old / countMax); round++) asked.push(...tracker.suspects(before, countMax));
            assert.equal(new Set(asked).size, old);
            assert.ok(asked.every((hash) => Number(hash) < before));
          },
        ),
      );
    });
  });
});
