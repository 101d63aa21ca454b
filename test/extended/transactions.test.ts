/**
 * The life of a thousand transactions across three real nodes, as the hub tells it from three agents that know nothing of each other, one of
 * which has a wrong clock. It is held against what this test writes down itself (when it submitted what, and when it saw what at each node) and
 * against the nodes' own RPC. Then one link is made slow in telling of blocks, and the hub has to name it.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { flowAttributes as says, flowSpans as names, reorgedOut, traceIdOf } from "../../src/core/flow-names.ts";
import type { TransactionFlow } from "../../src/core/trace/flow.ts";
import type { HopRow } from "../../src/core/trace/hop-table.ts";
import type { TraceAnalysis } from "../../src/query/telemetry/trace-analysis.ts";
import type { WindowAnalysis } from "../../src/query/telemetry/window-analysis.ts";
import { coinsOfStory, type Story, type Stretch, tellStory } from "./support/chain-story.ts";
import { listTraces, readTrace, type ToldSpan } from "./support/hub-traces.ts";
import { type LineName, lineNames, usualBlockMs } from "./support/litecoin-line.ts";
import { type Coin, fanOut } from "./support/submissions.ts";
import { clocksOf, confirmations, eventsOf, startTracedLine, type TracedLine } from "./support/traced-line.ts";
import { until } from "./support/until.ts";

const clockShiftMs = 700;
/** More than usual. */
const slowMs = 300;
/** Before the link is slow, and while it is. */
const blocks = { usual: 10, slow: 30 };
/** Each is over before the next one comes. */
const blockPauseMs = 600;
/** A thread of an agent has its turn within this, on a machine with seven other busy programs. */
const turnMs = 500;
/** Clocks may be told wrong by some milliseconds. */
const marginMs = 2000;

const minedBlock = z.object({ hash: z.string(), height: z.int(), tx: z.array(z.string()) });
type MinedBlock = z.infer<typeof minedBlock>;

describe("a thousand transactions at three nodes", { timeout: 400_000 }, () => {
  let lab: TracedLine;
  let story: Story;
  /** As A's RPC has the canonical chain since the story began: transaction → its block. */
  let blockOf: ReadonlyMap<string, MinedBlock>;
  /** All spans of a hash, of transactions and blocks of the story. */
  const told = new Map<string, readonly ToldSpan[]>();

  before(async () => {
    let coins: readonly Coin[] = [];
    lab = await startTracedLine({
      clockShifts: { c: clockShiftMs },
      async prepare(line) {
        coins = await fanOut(line.nodes.a, line.addresses.a, coinsOfStory);
        await line.together(30);
      },
    });
    const { line, hub } = lab;
    const firstHeight = await line.nodes.a.ask(z.int(), "getblockcount");
    story = await tellStory(line, coins, {
      sees: async (hash, nodes) =>
        void (await untilRoots(hash, nodes, ({ attributes }) => attributes.get(says.status) === "pending")),
      async knowsOfPartition() {
        const happened = () => eventsOf(hub, "c", "chain.client");
        await until("C is known to be apart", 60, happened, (all) =>
          all.some(({ fields }) => fields["what"] === "partitioned"),
        );
      },
    });
    await line.mine("a", confirmations);
    await line.together(30);
    blockOf = await canonicalSince(firstHeight);
    for (const { hash } of story.submissions) {
      const fate = hash === story.replaced.hash ? "replaced" : "confirmed";
      told.set(hash, await untilRoots(hash, lineNames, ({ attributes }) => attributes.get(says.status) === fate));
    }
    for (const { hash } of new Set(blockOf.values())) told.set(hash, await readTrace(hub, idOf(hash)));
  });
  after(() => lab?.[Symbol.asyncDispose]());

  /** Waits until the transaction has a root of each of the nodes that is so; gives its whole trace. */
  const untilRoots = (
    hash: string,
    nodes: readonly LineName[],
    isSo: (root: ToldSpan) => boolean,
  ): Promise<readonly ToldSpan[]> =>
    until(
      `${hash} at ${nodes.join(", ")}`,
      60,
      () => readTrace(lab.hub, idOf(hash)),
      (spans) => {
        const roots = spans.filter(({ name }) => name === names.transaction);
        return nodes.every((node) => roots.some((root) => root.node === node && isSo(root)));
      },
    );
  const canonicalSince = async (height: number): Promise<ReadonlyMap<string, MinedBlock>> => {
    const { a } = lab.line.nodes;
    const found = new Map<string, MinedBlock>();
    for (let at = await a.ask(z.int(), "getblockcount"); at > height; at--) {
      const block = await a.ask(minedBlock, "getblock", await a.ask(z.string(), "getblockhash", at));
      for (const hash of block.tx) found.set(hash, block);
    }
    return found;
  };
  const windowOf = (kind: "transaction" | "block", { fromMs, toMs }: Stretch): Promise<WindowAnalysis> => {
    const range = { from: String((fromMs - marginMs) / 1000), to: String((toMs + marginMs) / 1000) };
    return lab.hub.json(`/api/v1/performance/trace-analysis?${new URLSearchParams({ kind, ...range }).toString()}`);
  };
  const flowOf = async (hash: string): Promise<TransactionFlow> => {
    const { flow, flowReason } = await lab.hub.json<TraceAnalysis>(`/api/v1/performance/traces/${idOf(hash)}/analysis`);
    assert.ok(flow?.kind === "transaction", flowReason ?? "");
    return flow;
  };
  const spansOf = (hash: string, node: LineName, name: string): readonly ToldSpan[] =>
    (told.get(hash) ?? assert.fail(`${hash} was not read`)).filter((span) => span.node === node && span.name === name);
  const rootOf = (hash: string, node: LineName, name: string = names.transaction): ToldSpan => {
    const [root, ...more] = spansOf(hash, node, name);
    assert.ok(
      root !== undefined && more.length === 0,
      `${more.length + Number(root !== undefined)} roots of ${hash} at ${node}`,
    );
    return root;
  };
  /**
   * What the roots of one kind say is held against the test's own record; figures are printed. An answer that has come is read when the thread
   * has its turn, and nobody can tell how long it lay there: on a busy machine a few come by that much later than they may.
   */
  const compare = (what: string, cases: readonly { readonly root: ToldSpan; readonly truth: Stretch }[]): void => {
    const wrong = cases
      .map(({ root, truth }) => ({ node: root.node, said: firstSeen(root), truth }))
      .filter(({ said, truth }) => said.fromMs > truth.toMs || said.toMs < truth.fromMs);
    figures(
      `${what}: later than the test's own record has it, ms`,
      cases.map(({ root, truth }) => firstSeen(root).atMs - truth.toMs),
    );
    tell(`${what}: ${cases.length - wrong.length} of ${cases.length} within what is said`);
    const early = wrong.filter(({ said, truth }) => said.toMs < truth.fromMs || said.fromMs - truth.toMs > turnMs);
    assert.deepEqual(early.slice(0, 3), [], `${what}: ${early.length} of ${cases.length}`);
    assert.ok(wrong.length <= Math.max(2, 0.01 * cases.length), `${what}: ${JSON.stringify(wrong.slice(0, 3))}`);
  };

  it("have a trace each with a root of every node, and no others have one", async () => {
    // If it fails, an operator looks for a transaction and does not find it, or finds one that never was.
    const { fromMs, toMs, submissions } = story;
    assert.equal(submissions.length, 1000);
    const found = await listTraces(lab.hub, names.transaction, fromMs - marginMs, toMs + marginMs);
    assert.deepEqual(found.toSorted(), submissions.map(({ hash }) => idOf(hash)).toSorted());
    for (const { hash } of submissions) {
      const spans = told.get(hash) ?? [];
      assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length, `${hash} has a span twice`);
      for (const node of lineNames) {
        const root = rootOf(hash, node);
        assert.equal(root.attributes.get(says.hash), hash);
        for (const span of spans) if (span.node === node && span !== root) assert.equal(span.parentSpanId, root.spanId);
      }
    }
  });

  it("were first seen when the test saw them, within what the API says it may be wrong by", async () => {
    // If it fails, latencies are wrong by more than their error bound, and the wrong node is accused.
    const clock = (await clocksOf(lab.hub)).find(({ node }) => node === "c") ?? assert.fail("the clock of C is not known");
    tell(`clock of C: ${JSON.stringify(clock)}`);
    assert.ok(Math.abs(clock.offsetMs + clockShiftMs) <= clock.errorMs, JSON.stringify(clock));
    for (const node of lineNames) {
      const cases = story.submissions.flatMap(({ hash, sentMs, answeredMs }) => {
        const own = node === "a" ? { fromMs: sentMs, toMs: answeredMs } : lab.witnesses[node].seen.get(hash);
        // Some came into the pool and into their block between two looks of the witness.
        return own === undefined ? [] : [{ root: rootOf(hash, node), truth: own, answeredMs }];
      });
      compare(`transactions first seen at ${node}`, cases);
      figures(
        `${node}: from the RPC's answer to first seen, ms`,
        cases.map(({ root, answeredMs }) => firstSeen(root).atMs - answeredMs),
      );
      assert.ok(cases.length >= 500, `${node}: ${cases.length} compared`);
    }
  });

  it("are included where the nodes' RPC says, and the block was seen when the test saw it", () => {
    // If it fails, a transaction is shown in a block that it is not in, or at a wrong time.
    for (const { hash } of story.submissions) {
      const block = blockOf.get(hash);
      for (const node of lineNames) {
        const [include, ...more] = spansOf(hash, node, names.include).filter(({ isFailed }) => !isFailed);
        assert.deepEqual([include === undefined, more], [block === undefined, []], `inclusions of ${hash} at ${node}`);
        if (include === undefined || block === undefined) continue;
        const root = rootOf(hash, node);
        assert.deepEqual(
          [root.attributes.get(says.blockHash), root.attributes.get(says.blockNumber)],
          [block.hash, block.height],
        );
        assert.equal(root.attributes.get(says.index), block.tx.indexOf(hash));
        assert.deepEqual(include.links, [idOf(block.hash)]);
        // The transaction waits until its block is seen; both spans say when, each for itself.
        assert.equal(include.startMs, rootOf(block.hash, node, names.block).startMs);
        const [confirm] = spansOf(hash, node, names.confirm);
        assert.ok(confirm !== undefined && confirm.startMs === include.endMs && confirm.endMs >= confirm.startMs);
      }
    }
    for (const node of lineNames) {
      const seenByBoth = [...new Set(blockOf.values())].flatMap(({ hash }) => {
        // Of several that came at once the witness sees the last.
        const truth = lab.witnesses[node].seen.get(hash);
        return truth === undefined ? [] : [{ root: rootOf(hash, node, names.block), truth }];
      });
      compare(`blocks first seen at ${node}`, seenByBoth);
    }
  });

  it("that was replaced says by which one, everywhere", async () => {
    // If it fails, its sender waits for a payment that never comes.
    const { replaced, replacing } = story;
    for (const node of lineNames) {
      const { attributes } = rootOf(replaced.hash, node);
      assert.deepEqual([attributes.get(says.status), attributes.get(says.replacedBy)], ["replaced", replacing.hash]);
      assert.equal(spansOf(replaced.hash, node, names.include).length, 0);
    }
    const flow = await flowOf(replaced.hash);
    assert.deepEqual([flow.status, flow.replacedBy, flow.latency], ["replaced", replacing.hash, null]);
    assert.equal((await flowOf(replacing.hash)).status, "confirmed");
  });

  it("that was included again after a reorganisation shows both blocks, and the wait between them", async () => {
    // If it fails, a payment that was taken back looks as if it had been safe all the time.
    const { reincluded, lonelyBlock } = story;
    const block = blockOf.get(reincluded.hash) ?? assert.fail("it is in a block");
    const includes = spansOf(reincluded.hash, "c", names.include);
    assert.deepEqual(
      includes.map(({ isFailed, message, links }) => [isFailed, message, links]),
      [
        [true, reorgedOut, [idOf(lonelyBlock)]],
        [false, "", [idOf(block.hash)]],
      ],
    );
    assert.equal(spansOf(reincluded.hash, "c", names.mempool).length, 2);
    for (const node of ["a", "b"] as const) {
      assert.deepEqual(
        spansOf(reincluded.hash, node, names.include).map(({ isFailed }) => isFailed),
        [false],
      );
    }
    const flow = await flowOf(reincluded.hash);
    assert.deepEqual([flow.status, flow.blockHash], ["confirmed", block.hash]);
    const atC = flow.places.find(({ place }) => place.node === "c");
    assert.ok(
      atC?.stages.some(({ isReorged }) => isReorged),
      "its first block is known to be taken back",
    );
    const orphan = (await readTrace(lab.hub, idOf(lonelyBlock))).filter(({ name }) => name === names.block);
    assert.deepEqual(
      orphan.map(({ node, isFailed }) => [node, isFailed]),
      [["c", true]],
      "only C has ever seen its own block",
    );
  });

  it("that was submitted during a partition is not seen beyond it before it is over, and the partition is told", async () => {
    // If it fails, nobody sees that a part of the network does not know of it.
    const { apart, cut } = story;
    assert.ok(firstSeen(rootOf(apart.hash, "b")).fromMs < cut.toMs);
    assert.ok(firstSeen(rootOf(apart.hash, "c")).toMs >= cut.toMs, "C saw it after it was connected again");
    const { hops } = await flowOf(apart.hash);
    const toC = hops.filter(({ target }) => target.node === "c").map(({ delay }) => delay.ms);
    assert.ok(toC.length > 0 && Math.max(...toC) > cut.toMs - cut.fromMs - marginMs, `it took ${toC.join(", ")} ms to C`);
    const events = (await eventsOf(lab.hub, "c", "chain.client")).map(({ fields }) => fields["what"]);
    assert.ok(events.includes("partitioned"), events.join());
  });

  it("that came while a node was stopped were seen there when it went on, and the stop is told", async () => {
    // If it fails, a node that hangs is taken for a slow network, or for none.
    const { stopped } = story;
    const meanwhile = story.submissions.filter(({ sentMs }) => sentMs > stopped.fromMs && sentMs < stopped.toMs - turnMs);
    assert.ok(meanwhile.length >= 40, `${meanwhile.length} were submitted meanwhile`);
    for (const { hash, answeredMs } of meanwhile) {
      assert.ok(firstSeen(rootOf(hash, "c")).toMs >= stopped.toMs, "not before it went on");
      assert.ok(firstSeen(rootOf(hash, "b")).fromMs < answeredMs + marginMs, "the others did not wait");
    }
    const events = (await eventsOf(lab.hub, "c", "chain.client")).map(({ fields }) => fields["what"]);
    assert.ok(events.includes("down") && events.includes("up"), events.join());
  });

  it("are analysed: parts add up to the latency, and what most of it was is named", async () => {
    // If it fails, "62 % is mempool wait" is a number without a meaning.
    const { statistics, analysed, of, isMore } = await windowOf("transaction", story);
    // What takes too long is left out, and that is said.
    assert.equal(statistics.flows, analysed);
    assert.ok(isMore || of === 1000, `${of} of 1,000`);
    assert.ok(analysed >= 100, `${analysed} of ${of} were analysed`);
    assert.equal(statistics.samplingRatio, 1);
    tell(`latency: ${JSON.stringify(statistics.latency)}; of the median ${JSON.stringify(statistics.shares.median)}`);
    for (const { hash } of story.submissions.slice(0, 50)) {
      const { latency, path, stages } = await flowOf(hash);
      const ms = latency?.ms ?? assert.fail(`${hash} has no latency`);
      const total = path.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
      const ofStages = stages.reduce((sum, stage) => sum + (stage.share === null ? 0 : stage.ms), 0);
      for (const sum of [total, ofStages]) assert.ok(Math.abs(sum - ms) < 0.01, `${sum} of ${ms} ms`);
    }
  });

  it("a link that is slow in telling of blocks is named as the slowest hop, and is not while it is not slow", async () => {
    // If it fails, "which link slows the network down?" has no answer, or a wrong one.
    const { line } = lab;
    const mineApart = async (count: number): Promise<Stretch & { readonly hashes: readonly string[] }> => {
      // Out of reach of what was mined before.
      await wait(2 * marginMs);
      const fromMs = Date.now();
      const hashes: string[] = [];
      for (let made = 0; made < count; made++) {
        hashes.push(...(await line.mine("a", 1)));
        await wait(blockPauseMs);
      }
      return { fromMs, toMs: Date.now(), hashes };
    };
    const analysed = async ({ hashes, ...stretch }: Awaited<ReturnType<typeof mineApart>>): Promise<WindowAnalysis> => {
      const look = () => windowOf("block", { ...stretch, fromMs: stretch.fromMs + marginMs });
      return until(
        "all blocks are told by all",
        30,
        look,
        ({ statistics }) => statistics.flows === hashes.length && statistics.places.every(({ n }) => n === hashes.length),
      );
    };
    const hopOf = ({ statistics }: WindowAnalysis): HopRow | undefined =>
      statistics.hops.find(({ source, target }) => source.node === "b" && target.node === "c");

    const usual = await analysed(await mineApart(blocks.usual));
    line.link.slowBlocks(usualBlockMs + slowMs);
    const slow = await analysed(await mineApart(blocks.slow));
    tell(`B→C usually ${JSON.stringify(hopOf(usual)?.delay)}, slowed ${JSON.stringify(hopOf(slow)?.delay)}`);
    tell(`messages that waited: ${JSON.stringify([...line.link.delayed])}; ${slow.statistics.slowestHop.reason}`);
    assert.ok(
      (usual.statistics.slowestHop.slowest?.delay.p50Ms ?? 0) < slowMs / 2,
      JSON.stringify(usual.statistics.slowestHop),
    );
    const { slowest } = slow.statistics.slowestHop;
    assert.deepEqual([slowest?.sourceName, slowest?.targetName], ["b", "c"], JSON.stringify(slow.statistics.hops));
    assert.ok((slowest?.n ?? 0) >= 25, `of ${blocks.slow} blocks ${slowest?.n} went this way`);
    const { ms, errorMs } = slowest?.typical ?? assert.fail();
    const expected = usualBlockMs + slowMs;
    assert.ok(ms >= expected - (errorMs ?? 0) && ms < expected + turnMs, `${ms} ms`);
  });
});

/** The trace that a hash is to have. */
function idOf(hash: string): string {
  return traceIdOf(hash) ?? assert.fail(`${hash} is no hash`);
}

/** When the node first had it, by the hub's clock: as it says, at the earliest and at the latest. */
function firstSeen(root: ToldSpan): Stretch & { readonly atMs: number } {
  const number = (name: string): number =>
    Number(root.attributes.get(name) ?? assert.fail(`${root.name} of ${root.node}: no ${name}`));
  const atMs = root.startMs + number(says.clockOffsetMs);
  return { atMs, fromMs: atMs - number(says.resolutionMs) - number(says.clockErrorMs), toMs: atMs + number(says.clockErrorMs) };
}

/** Into the output of the run, as a comment. */
function tell(text: string): void {
  process.stdout.write(`# ${text}\n`);
}

function figures(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(1);
  tell(`${what}: n ${sorted.length}, p50 ${at(0.5)}, p90 ${at(0.9)}, max ${at(1)}`);
}
