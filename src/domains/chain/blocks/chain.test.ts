import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Contradiction } from "../client/contradiction.ts";
import { recordClient, type RecordedClient } from "../peers/recorded-client.test-support.ts";
import { type SeenBlock, unknownOfBlock } from "./block-report.ts";
import { type ChainBlock, type HeadChange, trackChain } from "./chain-tracker.ts";
import { followHeads, type HeadFollower } from "./head-follower.ts";
import { blockMetrics as b, blockMetrics as metrics } from "./metrics.ts";
import { openPropagation } from "./propagation.ts";
import { readBranch } from "./read-branch.ts";
import { openSightings } from "./sightings.ts";

describe("the chain", () => {
  /** A random tree: block n's parent is an earlier one, and numbers have gaps, as slots have. The first is the root of all. */
  const tree = fc
    .array(fc.record({ parent: fc.nat(), step: fc.integer({ min: 1, max: 3 }) }), { minLength: 1, maxLength: 40 })
    .map((parts) => {
      const blocks: ChainBlock[] = [{ hash: "b0", parent: null, number: 0 }];
      for (const { parent, step } of parts) {
        // Mostly near the newest block, so that branches become long.
        const of = blocks[blocks.length - 1 - Math.min(parent % 6, blocks.length - 1)];
        if (of !== undefined) blocks.push({ hash: `b${blocks.length}`, parent: of.hash, number: of.number + step });
      }
      return blocks;
    });
  const treeAndHeads = tree.chain((blocks) =>
    fc.record({ blocks: fc.constant(blocks), heads: fc.array(fc.constantFrom(...blocks), { minLength: 1, maxLength: 30 }) }),
  );

  type Tree = ReadonlyMap<string, ChainBlock>;

  /** The model: ancestors of a block and itself, from the root. */
  function lineOf(tree: Tree, head: ChainBlock): readonly ChainBlock[] {
    const line = [head];
    for (let block = tree.get(head.parent ?? ""); block !== undefined; block = tree.get(block.parent ?? ""))
      line.unshift(block);
    return line;
  }

  async function eachHead(
    blocks: readonly ChainBlock[],
    heads: readonly ChainBlock[],
    { remembered, read }: { readonly remembered: number; readonly read: number },
    check: (change: HeadChange<ChainBlock>, tracker: ReturnType<typeof trackChain>, tree: Tree) => void,
  ): Promise<void> {
    const tree = new Map(blocks.map((block) => [block.hash, block]));
    const tracker = trackChain(remembered);
    for (const head of heads) {
      const branch = await readBranch(tracker, head, read, async (hash) => tree.get(hash) ?? null);
      check(tracker.follow(branch), tracker, tree);
    }
  }

  test("any sequence of heads of any tree gives exact depth, common ancestor, orphans and canonical blocks", async () => {
    // Otherwise operators are told of reorganisations that were none, or of the wrong depth.
    await fc.assert(
      fc.asyncProperty(treeAndHeads, async ({ blocks, heads }) => {
        // The root first: then the whole tree is in sight, and nothing may be uncertain.
        const [root] = blocks;
        assert.ok(root);
        await eachHead(blocks, [root, ...heads], { remembered: 100, read: 200 }, (change, tracker, tree) => {
          const now = lineOf(tree, change.head);
          assert.deepEqual(tracker.canonical, now);
          for (const { hash } of blocks)
            assert.equal(
              tracker.isCanonical(hash),
              now.some((block) => block.hash === hash),
            );
          if (change.before === null) return assert.equal(change.kind, "first");
          const before = lineOf(tree, change.before);
          const shared = before.filter((block) => now.includes(block));
          assert.equal(change.common, shared.at(-1));
          assert.deepEqual(change.orphaned, before.slice(shared.length).toReversed());
          assert.deepEqual(change.adopted, now.slice(shared.length));
          const isOlder = before.length > shared.length;
          assert.equal(change.kind, isOlder ? "reorganised" : change.adopted.length > 0 ? "extended" : "same");
        });
      }),
      { numRuns: 300 },
    );
  });

  test("with little memory and few questions nothing is claimed that is not so", async () => {
    // Otherwise a client that catches up, or a deep reorganisation, makes ChainPulse tell of orphans that are canonical.
    const limits = fc.record({ remembered: fc.integer({ min: 1, max: 6 }), read: fc.integer({ min: 1, max: 6 }) });
    await fc.assert(
      fc.asyncProperty(treeAndHeads, limits, async ({ blocks, heads }, limit) => {
        await eachHead(blocks, heads, limit, (change, tracker, tree) => {
          const now = lineOf(tree, change.head);
          assert.ok(change.adopted.every((block) => now.includes(block)));
          assert.ok(change.orphaned.every((block) => !now.includes(block)));
          assert.ok(tracker.canonical.every((block) => now.includes(block)));
          assert.ok(tracker.canonical.length <= limit.remembered);
          if (change.common !== null && change.before !== null) {
            const before = lineOf(tree, change.before);
            assert.equal(change.common, before.filter((block) => now.includes(block)).at(-1));
          }
          if (change.kind === "gap") assert.ok(change.adopted.every(({ number }) => number > (change.before?.number ?? 0)));
          if (change.kind === "replaced") assert.ok(change.head !== change.before);
        });
      }),
      { numRuns: 300 },
    );
  });

  test("blocks that are no chain are not believed, and change nothing", () => {
    // Otherwise a client that lies makes up reorganisations.
    const tracker = trackChain(10);
    const first = { hash: "a", parent: null, number: 5 };
    tracker.follow([first]);
    const stranger = { hash: "c", parent: "x", number: 7 };
    assert.throws(() => tracker.follow([{ hash: "b", parent: "a", number: 6 }, stranger]), Contradiction);
    assert.throws(() => tracker.follow([{ hash: "b", parent: "a", number: 5 }]), Contradiction);
    assert.equal(tracker.head, first);
    assert.equal(tracker.block("b"), undefined);
  });

  test("what becomes known later of a block is remembered with it", () => {
    // Otherwise a block's phases are lost when it is orphaned.
    const tracker = trackChain<ChainBlock & { readonly seconds: number }>(10);
    tracker.follow([{ hash: "a", parent: null, number: 1, seconds: 0 }]);
    tracker.follow([{ hash: "b", parent: "a", number: 2, seconds: 0 }]);
    tracker.amend({ hash: "b", parent: "a", number: 2, seconds: 3 });
    const change = tracker.follow([{ hash: "c", parent: "a", number: 2, seconds: 0 }]);
    assert.deepEqual(
      change.orphaned.map(({ seconds }) => seconds),
      [3],
    );
    tracker.amend({ hash: "b", parent: "a", number: 2, seconds: 4 });
    assert.equal(tracker.block("b")?.seconds, 4);
  });

  test("a client that catches up is not asked for the blocks between", async () => {
    // Otherwise a synchronising client is slowed down by ChainPulse.
    const tracker = trackChain(10);
    tracker.follow([{ hash: "a", parent: null, number: 1 }]);
    const branch = await readBranch(tracker, { hash: "z", parent: "y", number: 1000 }, 64, async () => assert.fail("asked"));
    assert.equal(tracker.follow(branch).kind, "gap");
  });

  const startMs = 1_700_000_000_000;

  interface Lab {
    readonly client: RecordedClient;
    readonly follower: HeadFollower<SeenBlock>;
    /** A block on top of another, 12 s after it; not yet anybody's head. */
    readonly block: (name: string, parent: SeenBlock | null, fields?: Partial<SeenBlock>) => SeenBlock;
    /** Blocks that the client does not give. */
    readonly lost: Set<string>;
  }

  function lab(): Lab {
    const client = recordClient();
    const blocks = new Map<string, SeenBlock>();
    const lost = new Set<string>();
    const follower = followHeads<SeenBlock>(client.context, {
      async read(hash) {
        if (lost.has(hash)) throw new Error(`no ${hash}`);
        return blocks.get(hash) ?? null;
      },
    });
    const block: Lab["block"] = (name, parent, fields = {}) => {
      const number = parent === null ? 0 : parent.number + 1;
      const made = {
        ...unknownOfBlock,
        hash: name,
        parent: parent?.hash ?? null,
        number,
        timestampMs: startMs + number * 12_000,
        ...fields,
      };
      blocks.set(name, made);
      return made;
    };
    return { client, follower, block, lost };
  }

  const statuses = ({ client }: Lab) =>
    Object.fromEntries(client.events("chain.block").map(({ key, fields }) => [key, fields["status"]]));

  test("what a head changes is counted, and told block by block", async () => {
    // Otherwise transactions per second, reorganisations or the blocks' table are wrong for every family.
    const here = lab();
    const { client, follower, block } = here;
    const genesis = block("0", null, { transactions: 9 });
    const first = block("1", genesis, { transactions: 3, gasUsed: 100, gasLimit: 200, baseFeeWei: "1500000000" });
    const second = block("2", first, { transactions: 4, gasUsed: 50, firstSeenMs: startMs + 24_500 });
    await follower.follow(genesis);
    assert.deepEqual([client.value(b.blocks), client.value(b.transactions), client.value(b.reorgs)], [0, 0, 0]);
    await follower.follow(second);
    assert.deepEqual([client.value(b.blocks), client.value(b.transactions), client.value(b.gasUsed)], [2, 7, 150]);
    assert.deepEqual([client.value(b.interval), client.value(b.arrival), client.value(b.headGasLimit)], [12, 0.5, undefined]);
    const other = block("2'", first, { transactions: 1, baseFeeWei: "1500000000" });
    await follower.follow(block("3'", other));
    assert.deepEqual([client.value(b.blocks), client.value(b.orphaned), client.value(b.reorgs)], [4, 1, 1]);
    assert.deepEqual([client.value(b.reorgDepth), client.values(b.number)], [1, { "block.tag=head": 3 }]);
    assert.deepEqual(statuses(here), {
      "0": "canonical",
      "1": "canonical",
      "2": "orphaned",
      "2'": "canonical",
      "3'": "canonical",
    });
    const [reorg] = client.events("chain.reorg");
    const expected = { depth: 1, commonNumber: 1, oldHead: "2", newHead: "3'", orphaned: ["2"] };
    assert.deepEqual(reorg?.fields, expected);
    await follower.follow(other);
    assert.equal(client.value(b.baseFee), 1.5);
  });

  test("a chain that has nothing in common with the one before is told as at least so deep", async () => {
    // Otherwise a development chain that was begun anew shows its old blocks as canonical.
    const here = lab();
    const { client, follower, block } = here;
    const old = block("a1", block("a0", null));
    await follower.follow(old);
    await follower.follow(block("b0", null));
    assert.equal(client.events("chain.reorg")[0]?.fields["commonNumber"], null);
    assert.match(client.annotations[0] ?? "", /at least 1 block/);
  });

  test("blocks minus orphans is how far the chain has grown, whatever the heads", async () => {
    // Otherwise one of the counters counts twice, or not at all.
    const path = fc.array(fc.record({ back: fc.nat(3), forward: fc.nat(3) }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(path, async (steps) => {
        const { client, follower, block } = lab();
        const canonical = [block("0", null)];
        await follower.follow(block("0", null));
        let made = 0;
        for (const { back, forward } of steps) {
          canonical.splice(Math.max(1, canonical.length - back));
          for (let index = 0; index < forward; index++) canonical.push(block(`n${made++}`, canonical.at(-1) ?? null));
          await follower.follow(canonical.at(-1) ?? block("0", null));
          assert.equal((client.value(b.blocks) ?? 0) - (client.value(b.orphaned) ?? 0), canonical.length - 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("heads that come at once are taken in their order, and one that fails holds up no other", async () => {
    // Otherwise a subscription and a poll at the same time make up a reorganisation.
    const { client, follower, block, lost } = lab();
    const genesis = block("0", null);
    const first = block("1", genesis);
    const second = block("2", first);
    await follower.follow(genesis);
    lost.add("1");
    const failed = assert.rejects(follower.follow(second), /no 1/);
    const following = follower.follow(genesis).then(() => lost.clear());
    await Promise.all([failed, following]);
    const changes = await Promise.all([follower.follow(first), follower.follow(second), follower.follow(second)]);
    assert.deepEqual(
      changes.map(({ kind }) => kind),
      ["extended", "extended", "same"],
    );
    assert.deepEqual([client.value(b.blocks), client.value(b.reorgs)], [2, 0]);
  });

  test("a head that stands still for long, by the chain's own pace, is told; and that it moves again", async () => {
    // Otherwise a stalled chain is only seen by who looks at its age; or every chain that is slow is told as stalled.
    const { client, follower, block } = lab();
    let head = block("0", null);
    await follower.follow(head);
    for (let number = 1; number <= 8; number++) {
      client.advance(12_000);
      head = block(`${number}`, head);
      await follower.follow(head);
    }
    client.advance(119_000);
    await follower.follow(head);
    assert.deepEqual(client.events("chain.client"), []);
    client.advance(1000);
    await follower.follow(head);
    await follower.follow(head);
    client.advance(30_000);
    await follower.follow(block("9", head));
    assert.deepEqual(
      client.events("chain.client").map(({ fields }) => [fields["what"], fields["detail"]]),
      [
        ["stalled", "no block after 8 for 120 s; usual: 12 s"],
        ["moving", "block 9 after 150 s"],
      ],
    );
  });
});

describe("propagation", () => {
  test("the first client is on time, the others are late by what lies between", () => {
    // The delays that are shown would not be those between the nodes if this fails.
    const sightings = openSightings();
    const [a, b, c] = ["a", "b", "c"].map((name) => recordClient({ name }, sightings));
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    const [ofA, ofB, ofC] = [a, b, c].map(({ context }) => openPropagation(context, "chain"));
    assert.ok(ofA !== undefined && ofB !== undefined && ofC !== undefined);
    const after = (ms: number): void => [a, b, c].forEach((client) => client.advance(ms));
    ofA.seen("block", "1");
    ofA.head(1);
    // Nobody else has it yet: that it is late for others is not known, nor that anybody will have it.
    assert.deepEqual(a.values(metrics.propagated), {});
    after(12);
    ofB.seen("block", "1");
    ofB.seen("block", "1");
    after(20);
    ofC.seen("block", "1");
    for (const part of [ofA, ofB, ofC]) part.head(1);
    const of = "propagation.of=block";
    assert.deepEqual(
      [a, b, c].map((client) => client.values(metrics.propagated)[of]),
      [1, 1, 1],
    );
    assert.deepEqual(
      [a, b, c].map((client) => client.values(metrics.propagationTime)[of]),
      [0, 0.012, 0.032],
    );
    assert.equal(b.values(metrics.propagationDelay)[`${of},quantile=0.5`], 0.012);
  });

  test("what is not of the same chain has nothing to do with each other", () => {
    // Two networks that begin with the same test block would be compared if this fails.
    const sightings = openSightings();
    const [a, b] = [recordClient({ name: "a" }, sightings), recordClient({ name: "b" }, sightings)];
    const [ofA, ofB] = [openPropagation(a.context, "main"), openPropagation(b.context, "test")];
    ofA.seen("transaction", "1");
    ofB.seen("transaction", "1");
    ofA.head(5);
    ofB.head(7);
    assert.deepEqual(b.values(metrics.propagated), {});
    assert.equal(ofA.highestOther(), null);
    assert.equal(openPropagation(a.context, "test").highestOther(), 7);
    sightings.forget("b");
    assert.equal(openPropagation(a.context, "test").highestOther(), null);
  });

  test("of a thousand things seen in any order each is counted once per client, and only where two have it", () => {
    // Means of delays would be over something else than what was seen if this fails.
    const sighting = fc.record({ client: fc.constantFrom("a", "b", "c"), id: fc.nat(5), afterMs: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(sighting, { maxLength: 60 }), (seen) => {
        const sightings = openSightings();
        let timeMs = 0;
        const by = new Map<number, Set<string>>();
        for (const { client, id, afterMs } of seen) {
          timeMs += afterMs;
          sightings.seen(client, { chain: "c", kind: "block", id: `${id}`, timeMs });
          by.set(id, (by.get(id) ?? new Set()).add(client));
        }
        const expected = [...by.values()].filter(({ size }) => size > 1).reduce((sum, { size }) => sum + size, 0);
        const delays = ["a", "b", "c"].flatMap((client) => sightings.delaysOf(client));
        assert.equal(delays.length, expected);
        assert.ok(delays.every(({ seconds }) => seconds >= 0));
        assert.deepEqual(sightings.delaysOf("a"), []);
      }),
    );
  });
});
