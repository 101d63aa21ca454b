import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Anvil,
  loopContract,
  loopInput,
  type NodeBlock,
  startAnvil,
  withoutAnvil,
} from "../../../../test/support/anvil.ts";
import { flowAttributes as a, flowSpans, reorgedOut } from "../../../core/flow-names.ts";
import { systemClock } from "../../../core/clock.ts";
import type { HttpEndpoint } from "../../../io/http-client.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { clientMetrics } from "../client/metrics.ts";
import { contractMetrics } from "../contracts/metrics.ts";
import { blockEvent, clientEvent, reorgEvent } from "../events.ts";
import { gethDialect } from "../mapping/dialects/geth.ts";
import { withReplay } from "../mapping/replay-server.test-support.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { type RecordedClient, recordClient } from "../peers/recorded-client.test-support.ts";
import { feeHistoryShape } from "./shapes.ts";
import { watchEvm } from "./watch-evm.ts";
import { watchWithMetrics } from "./watch-with-metrics.ts";

interface Watched extends AsyncDisposable {
  readonly client: RecordedClient;
  /** Resolves as soon as it holds; looked at whenever the client has answered or has been given up. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

interface WatchOptions {
  readonly traces?: boolean;
  readonly ws?: boolean;
  readonly metrics?: HttpEndpoint;
  readonly by?: (context: ClientContext) => Promise<void>;
}

/** Watches the node as the product does, but more often. */
function watch({ url, port }: Anvil, { traces = false, ws = true, metrics, by = watchEvm }: WatchOptions = {}): Watched {
  const client = recordClient({
    metrics: metrics ?? null,
    rpc: { url: new URL(url), timeoutMs: 2000 },
    ws: ws ? new URL(`ws://127.0.0.1:${port}`) : null,
  });
  let changed = Promise.withResolvers<void>();
  const tell = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const { chain } = client.context;
  const context: ClientContext = {
    ...client.context,
    clock: systemClock,
    chain: { ...chain, poll_interval_ms: 20, trace_blocks: { enabled: traces, max_share: 0.5 } },
    answered() {
      client.context.answered();
      tell();
    },
    clear(why) {
      client.context.clear(why);
      tell();
    },
  };
  const ended = by(context);
  return {
    client,
    async until(holds) {
      while (!holds()) await changed.promise;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await ended;
    },
  };
}

// When this fails, an operator is shown figures of a chain that are not the node's.
describe("an EVM client", { skip: withoutAnvil, concurrency: true }, () => {
  test("is told of as it tells itself: blocks, transactions, gas, fees, failures, the pool", async () => {
    await using node = await startAnvil(["--no-mining"]);
    await using watched = watch(node);
    const { client, until } = watched;
    await until(() => client.values(blockMetrics.number)["block.tag=head"] === 0);
    const [from, to, other] = node.accounts;
    assert.ok(from !== undefined && to !== undefined && other !== undefined);

    const create = await node.send({ from, data: loopContract });
    await node.ask("evm_mine");
    const contract = (await node.receipt(create)).contractAddress ?? "";
    for (let index = 0; index < 5; index++) await node.send({ from, to, value: "0x1" });
    await node.send({ from: to, to: contract, data: loopInput(20), gas: "0x200000" });
    // Too little gas for the loop: it fails, and pays all the same.
    await node.send({ from: other, to: contract, data: loopInput(20), gas: "0x7530" });
    await until(() => client.values(mempoolMetrics.transactions)["mempool.state=pending"] === 7);
    await node.ask("evm_mine");
    await until(() => client.values(contractMetrics.gas)["contract=accounts,contract.method=transfer"] === 5 * 21_000);

    const [first, second] = await node.blocks(1, 2);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(client.value(blockMetrics.blocks), 2);
    assert.equal(client.value(blockMetrics.transactions), first.transactions.length + second.transactions.length);
    assert.equal(client.value(blockMetrics.gasUsed), Number(first.gasUsed) + Number(second.gasUsed));
    assert.equal(client.value(blockMetrics.headGasUsed), Number(second.gasUsed));
    assert.equal(client.value(blockMetrics.headTransactions), 7);
    assert.equal(client.value(blockMetrics.baseFee), Number(second.baseFeePerGas) / 1e9);
    assert.equal(client.value(blockMetrics.interval), Number(second.timestamp) - Number(first.timestamp));

    const receipts = await node.receipts(2);
    const fees = receipts.reduce((total, one) => total + BigInt(one.gasUsed) * BigInt(one.effectiveGasPrice), 0n);
    const event = client.events(blockEvent.kind).find(({ key }) => key === second.hash);
    assert.equal(event?.fields["failed"], 1);
    assert.equal(event.fields["fees"], String(fees));
    assert.equal(event.fields["baseFeeWei"], String(BigInt(second.baseFeePerGas)));
    const loop = `contract=${contract},contract.method=0x00000000`;
    const loopGas = receipts.filter(({ to: target }) => target === contract).map(({ gasUsed }) => Number(gasUsed));
    assert.equal(
      client.values(contractMetrics.gas)[loop],
      loopGas.reduce((total, gas) => total + gas, 0),
    );
    assert.equal(client.values(contractMetrics.calls)[`${loop},call.outcome=ok`], 1);
    assert.equal(client.values(contractMetrics.calls)[`${loop},call.outcome=failed`], 1);
    const { reward } = feeHistoryShape.parse(await node.ask("eth_feeHistory", ["0x2", "latest", [50]]));
    const middle = Math.min(...(reward ?? []).map(([fee]) => Number(fee) / 1e9));
    await until(() => client.values(mempoolMetrics.gasPrice)["quantile=0.5"] === middle);
    await until(() => client.values(mempoolMetrics.removed)["removal.reason=included"] === 8);
    assert.equal(client.value(mempoolMetrics.added), 8);
    assert.equal(client.values(mempoolMetrics.transactions)["mempool.state=pending"], 0);
  });

  test("that takes blocks back is seen to, named with depth and branch, and no counter falls", async () => {
    await using node = await startAnvil(["--no-mining"]);
    await using watched = watch(node);
    const { client, until } = watched;
    const headIs = (number: number) => () => client.values(blockMetrics.number)["block.tag=head"] === number;
    await until(headIs(0));
    await node.ask("anvil_mine", ["0x5"]);
    await until(headIs(5));
    const before = await node.blocks(1, 5);

    await node.ask("anvil_reorg", [2, []]);
    await until(() => client.value(blockMetrics.reorgs) === 1 && client.value(blockMetrics.blocks) === 7);
    const after = await node.blocks(1, 5);
    const [reorg] = client.events(reorgEvent.kind);
    // Anvil makes the new blocks one after the other: the first of them may be seen before the second is there.
    const newHead = after.slice(3).find(({ hash }) => hash === reorg?.fields["newHead"])?.hash;
    assert.deepEqual(reorg?.fields, {
      depth: 2,
      commonNumber: 3,
      oldHead: before[4]?.hash,
      newHead,
      orphaned: [before[4]?.hash, before[3]?.hash],
    });
    assert.equal(client.value(blockMetrics.orphaned), 2);
    assert.equal(client.value(blockMetrics.reorgDepth), 2);
    const events = client.events(blockEvent.kind);
    const statusOf = (block: NodeBlock | undefined): unknown => events.find(({ key }) => key === block?.hash)?.fields["status"];
    assert.deepEqual([before[3], before[4]].map(statusOf), ["orphaned", "orphaned"]);
    assert.deepEqual([after[3], after[4]].map(statusOf), ["canonical", "canonical"]);

    // A chain that is set back is not believed until it goes on from there: a proxy's other client would look the same.
    const snapshot = await node.ask("evm_snapshot");
    await node.ask("anvil_mine", ["0x3"]);
    await until(headIs(8));
    await node.ask("evm_revert", [snapshot]);
    await until(() => (client.values(clientMetrics.requestFailures)["error.type=contradiction"] ?? 0) > 0);
    assert.equal(client.values(blockMetrics.number)["block.tag=head"], 8);
    // Otherwise the same block would be made again.
    await node.ask("evm_increaseTime", [100]);
    await node.ask("evm_mine");
    await until(headIs(6));
    assert.equal(client.value(blockMetrics.reorgs), 2);
    assert.equal(client.value(blockMetrics.orphaned), 5);
    assert.equal(client.value(blockMetrics.blocks), 11);
  });

  test("has the life of each transaction traced: replaced, dropped, waiting for another, taken back and included again", async () => {
    await using node = await startAnvil(["--no-mining"]);
    await using watched = watch(node);
    const { client, until } = watched;
    // The empty pool was looked at, so that nothing in it was there before.
    await until(() => (client.values(clientMetrics.requests)["rpc.method=txpool_status"] ?? 0) > 3);
    const [from = "", to = "", other = ""] = node.accounts;
    const first = await node.send({ from, to, value: "0x1" });
    const third = await node.send({ from, to, value: "0x1", nonce: "0x2" });
    const cheap = await node.send({ from: to, to: from, value: "0x1" });
    const fees = { maxFeePerGas: "0x746a528800", maxPriorityFeePerGas: "0x174876e800" };
    const dear = await node.send({ from: to, to: from, value: "0x2", nonce: "0x0", ...fees });
    const dropped = await node.send({ from: other, to: from, value: "0x1" });

    const spans = (hash: string, name: string) => client.spans(name).filter(({ traceId }) => traceId === hash.slice(2, 34));
    const attribute = (hash: string, name: string) => spans(hash, flowSpans.transaction)[0]?.attributes[name];
    const statusIs = (hash: string, status: string) => until(() => attribute(hash, a.status) === status);
    await statusIs(cheap, "replaced");
    assert.equal(attribute(cheap, a.replacedBy), dear);
    await until(() => spans(third, flowSpans.queued).length === 1);
    assert.deepEqual([attribute(third, a.waitingFor), attribute(third, a.method)], ["nonce", "poll"]);
    await node.ask("anvil_dropTransaction", [dropped]);
    await statusIs(dropped, "dropped");
    await node.ask("evm_mine");
    await statusIs(first, "included");
    const second = await node.send({ from, to, value: "0x1", nonce: "0x1" });
    await until(() => (spans(third, flowSpans.queued)[0]?.endNs ?? 0n) > (spans(third, flowSpans.queued)[0]?.startNs ?? 0n));
    await node.ask("evm_mine");
    await statusIs(third, "included");
    for (const hash of [first, dear, second, third]) {
      const { blockHash, blockNumber, transactionIndex, gasUsed, effectiveGasPrice, status } = await node.receipt(hash);
      assert.deepEqual(
        [a.blockHash, a.blockNumber, a.index, a.gasUsed, a.effectiveGasPrice, a.statusCode].map((name) =>
          attribute(hash, name),
        ),
        [
          blockHash,
          Number(blockNumber),
          Number(transactionIndex),
          Number(gasUsed),
          String(BigInt(effectiveGasPrice)),
          Number(status),
        ],
      );
    }

    const raw = await node.ask("eth_getRawTransactionByHash", [second]);
    await node.ask("anvil_reorg", [1, [[raw, 0]]]);
    await statusIs(third, "reorged");
    await until(() => spans(second, flowSpans.include).length === 2);
    assert.equal(attribute(second, a.blockHash), (await node.receipt(second)).blockHash);
    assert.deepEqual(
      spans(second, flowSpans.include).map(({ statusMessage }) => statusMessage),
      [reorgedOut, ""],
    );
    await node.ask("anvil_mine", ["0x42"]);
    await statusIs(second, "finalized");
    assert.equal(spans(second, flowSpans.confirm)[0]?.attributes[a.confirmations], 3);
  });

  test("that is killed is gone at once, and comes back as what it is: another chain", async () => {
    await using node = await startAnvil(["--no-mining"]);
    await using watched = watch(node);
    const { client, until } = watched;
    const headIs = (number: number) => () => client.values(blockMetrics.number)["block.tag=head"] === number;
    await until(headIs(0));
    await node.ask("anvil_mine", ["0x3"]);
    await until(headIs(3));
    const answers = client.answers();
    await node.kill();
    await until(() => client.values(blockMetrics.number)["block.tag=head"] === undefined);
    assert.equal(client.value(blockMetrics.blocks), undefined);
    await node.start(["--timestamp", "1700000000"]);
    await until(headIs(0));
    assert.ok(client.answers() > answers);
    assert.equal(client.events(reorgEvent.kind).length, 0);
    const [event] = client.events(clientEvent.kind);
    assert.equal(event?.fields["what"], "restarted");
    const { detail } = event.fields;
    assert.ok(typeof detail === "string" && detail.startsWith("another chain: block 0 is 0x"));
  });

  test("that may be traced tells gas of code, slots of storage, and time that was measured", async () => {
    await using node = await startAnvil(["--no-mining"]);
    // Blocks far apart, so that none is so old that the client seems to be behind.
    await node.ask("anvil_setBlockTimestampInterval", [60]);
    await using watched = watch(node, { traces: true, ws: false });
    const { client, until } = watched;
    // The filter is there, and what waits is told from now on.
    await until(() => client.value(mempoolMetrics.added) === 0);
    const [from] = node.accounts;
    assert.ok(from !== undefined);
    const create = await node.send({ from, data: loopContract });
    await node.ask("evm_mine");
    const contract = (await node.receipt(create)).contractAddress ?? "";
    await until(() => client.values(blockMetrics.number)["block.tag=head"] === 1);
    const method = `contract=${contract},contract.method=0x00000000`;
    const outcomes = (): number =>
      Object.values(client.values(contractMetrics.tracedBlocks)).reduce((sum, count) => sum + count, 0);
    await until(() => outcomes() === 1);
    // A block is left out where tracing has used up its share of the time: then the next one has its chance.
    let slots = 9;
    let gasUsed = "";
    for (; client.values(contractMetrics.innerGas)[method] === undefined; slots++) {
      const before = outcomes();
      const loop = await node.send({ from, to: contract, data: loopInput(slots), gas: "0x200000" });
      await node.ask("evm_mine");
      await until(() => outcomes() > before);
      ({ gasUsed } = await node.receipt(loop));
    }
    await until(() => client.values(contractMetrics.replays)[method] === 1);
    assert.equal(client.values(contractMetrics.innerGas)[method], Number(gasUsed));
    assert.equal(client.values(contractMetrics.replayGas)[method], Number(gasUsed));
    assert.equal(client.values(contractMetrics.storageAccess)[`${method},storage.access=read`], slots - 1);
    assert.equal(client.values(contractMetrics.storageAccess)[`${method},storage.access=write`], slots === 10 ? 9 : 1);
    // Without a WebSocket, a filter tells of transactions that wait.
    await until(() => client.values(mempoolMetrics.removed)["removal.reason=included"] === slots - 9 + 1);
    assert.equal(client.value(mempoolMetrics.added), slots - 9 + 1);
    const replaySeconds = client.values(contractMetrics.replayTime)[method] ?? 0;
    assert.ok(replaySeconds > 0 && replaySeconds < (client.value(contractMetrics.traceTime) ?? 0));
  });

  test("with metrics of its own is asked for each thing at one of both, so that no series wavers", async () => {
    await using node = await startAnvil(["--no-mining"]);
    // Lines as Geth writes them.
    const text = "chain_head_block 77\ntxpool_pending 12\ntxpool_queued 3\np2p_peers 4\ntxpool_valid 9\n";
    await withReplay(
      () => text,
      async ({ endpoint }) => {
        await using watched = watch(node, {
          metrics: endpoint,
          by: (context) => watchWithMetrics(context, gethDialect),
        });
        const { client, until } = watched;
        await until(() => client.value(mempoolMetrics.added) === 0);
        await until(() => client.values(mempoolMetrics.transactions)["mempool.state=pending"] === 12);
        assert.equal(client.values(blockMetrics.number)["block.tag=head"], 0);
        assert.deepEqual(client.values(peerMetrics.count), { "peer.direction=unknown": 4 });
        assert.equal(client.value(mempoolMetrics.added), 0);
        // The traces need it, the series does not.
        await until(() => (client.values(clientMetrics.requests)["rpc.method=txpool_status"] ?? 0) > 2);
        assert.equal(client.values(mempoolMetrics.transactions)["mempool.state=pending"], 12);
      },
    );
  });

  test("with metrics of its own, and no WebSocket, has its transactions counted by the filter alone", async () => {
    // Otherwise two write one counter, its total since the client began and our own sum: rates are of millions that nobody sent.
    await using node = await startAnvil(["--no-mining"]);
    const text = "txpool_pending 12\ntxpool_pending_replace 90000\ntxpool_queued_eviction 40000\n";
    await withReplay(
      () => text,
      async ({ endpoint }) => {
        await using watched = watch(node, {
          metrics: endpoint,
          ws: false,
          by: (context) => watchWithMetrics(context, gethDialect),
        });
        const { client, until } = watched;
        await until(() => client.values(mempoolMetrics.transactions)["mempool.state=pending"] === 12);
        await until(() => client.value(mempoolMetrics.added) === 0);
        assert.deepEqual(
          Object.values(client.values(mempoolMetrics.removed)).filter((count) => count > 0),
          [],
        );
        const [from = "", to = ""] = node.accounts;
        await node.send({ from, to, value: "0x1" });
        await until(() => client.value(mempoolMetrics.added) === 1);
      },
    );
  });
});
