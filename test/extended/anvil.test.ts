/**
 * The whole product beside a real EVM node under load: what it stores is, block by block, what the node itself answers. Then the node is paused, made to
 * take blocks back, and killed: each is seen and named, the figures come back, and no counter ever falls.
 */
import assert from "node:assert/strict";
import { before, after, describe, test } from "node:test";
import { z } from "zod";
import { startChainPulse, type RunningServer } from "../browser/support/server.ts";
import { type Anvil, loopContract, loopInput, startAnvil, withoutAnvil } from "../support/anvil.ts";
import { toldSpans } from "./support/hub-traces.ts";
import { until } from "./support/peer.ts";
import { ask, rawSamples } from "./support/prometheus-api.ts";

const client = `chain_client="node"`;

/** As a user writes it; time-outs short, so that a node that hangs is seen soon, and no transaction left out of the traces. */
function configFor({ url, port }: Anvil): string {
  return `
performance_monitoring:
  chain:
    discover: false
    poll_interval_ms: 250
    request_timeout_ms: 1000
    tracing: { max_transactions_per_second: 1000 }
    clients:
      - name: node
        kind: anvil
        rpc_url: ${url}
        ws_url: ws://127.0.0.1:${port}
`;
}

const eventsAnswer = z.object({
  events: z.array(z.object({ key: z.string(), timeMs: z.number(), fields: z.record(z.string(), z.unknown()) })),
});

describe("a real EVM node", { skip: withoutAnvil }, () => {
  let node: Anvil;
  let server: RunningServer;
  let contract = "";
  const startMs = Date.now();

  /** The newest value of the only series; `undefined` where it has none. */
  const value = async (query: string): Promise<number | undefined> => {
    const { data, error } = await ask(server.origin, "query", { query, nocache: "1" });
    assert.ok(data?.resultType === "vector", error);
    const [first] = data.result;
    return first === undefined ? undefined : Number(first.value[1]);
  };
  const samples = async (selector: string): Promise<ReadonlyMap<number, number>> => {
    const found = await rawSamples(server.origin, selector, Date.now(), Date.now() - startMs);
    const [series = new Map<number, string>()] = found.values();
    return new Map(Array.from(series, ([timeMs, text]) => [timeMs, Number(text)]));
  };
  const events = async (kind: string): Promise<z.infer<typeof eventsAnswer>["events"]> => {
    const { nodes } = z
      .object({ nodes: z.array(z.object({ id: z.string() })) })
      .parse(await (await fetch(`${server.origin}/api/v1/performance/nodes`)).json());
    const path = `/api/v1/performance/nodes/${nodes[0]?.id}/events?kind=${kind}&limit=500`;
    return eventsAnswer.parse(await (await fetch(server.origin + path)).json()).events;
  };
  const headOf = async (): Promise<number> => Number(await node.ask("eth_blockNumber"));

  before(async () => {
    node = await startAnvil(["--block-time", "1"]);
    server = await startChainPulse({ config: configFor(node) });
    const create = await node.send({ from: node.accounts[0] ?? "", data: loopContract });
    await until(
      "the head is read",
      async () => ((await value(`chainpulse_chain_block_number{${client},block_tag="head"}`)) ?? 0) > 1,
    );
    await until("the contract is there", async () => (await node.ask("eth_getTransactionReceipt", [create])) !== null);
    contract = (await node.receipt(create)).contractAddress ?? "";
  });
  after(async () => {
    await server.stop();
    await node[Symbol.asyncDispose]();
  });

  // When this fails, rates and totals on an operator's page are not those of the chain.
  test("is stored as it answers itself, block by block", async () => {
    const first = (await headOf()) + 1;
    await load(node, contract, 12);
    await until("all transactions are in blocks", async () => {
      const status = z.object({ pending: z.string() }).parse(await node.ask("txpool_status"));
      return Number(status.pending) === 0;
    });
    const last = await headOf();
    await until(
      "the last block is stored",
      async () => ((await value(`chainpulse_chain_block_number{${client},block_tag="head"}`)) ?? 0) > last,
    );

    const blocks = new Map((await node.blocks(first, last)).map((block) => [Number(block.number), block]));
    const names = [
      "block_number",
      "transactions_total",
      "gas_used_total",
      "head_transactions",
      "head_gas_used",
      "block_interval_seconds",
      "head_base_fee",
    ];
    const [heads, transactions, gas, headTransactions, headGas, intervals, baseFees] = await Promise.all(
      names.map((name) => samples(`chainpulse_chain_${name}{${client}${name === "block_number" ? ',block_tag="head"' : ""}}`)),
    );
    assert.ok(heads && transactions && gas && headTransactions && headGas && intervals && baseFees);
    const seen = [...heads].filter(([, number]) => number >= first && number <= last);
    assert.ok(seen.length >= 8, `${seen.length} samples of the head`);
    let counted = 0;
    for (const [index, [timeMs, number]] of seen.entries()) {
      const block = blocks.get(number);
      const parent = blocks.get(number - 1);
      assert.ok(block !== undefined);
      assert.equal(headTransactions.get(timeMs), block.transactions.length, `transactions of block ${number}`);
      assert.equal(headGas.get(timeMs), Number(block.gasUsed), `gas of block ${number}`);
      assert.equal(baseFees.get(timeMs), Number(block.baseFeePerGas) / 1e9, `base fee of block ${number}`);
      if (parent !== undefined) assert.equal(intervals.get(timeMs), Number(block.timestamp) - Number(parent.timestamp));
      const [beforeMs, before] = seen[index - 1] ?? [timeMs, number];
      const between = [...blocks.values()].filter((one) => Number(one.number) > before && Number(one.number) <= number);
      const added = between.reduce((sum, one) => sum + one.transactions.length, 0);
      const used = between.reduce((sum, one) => sum + Number(one.gasUsed), 0);
      assert.equal(
        (transactions.get(timeMs) ?? NaN) - (transactions.get(beforeMs) ?? NaN),
        added,
        `transactions up to ${number}`,
      );
      assert.equal((gas.get(timeMs) ?? NaN) - (gas.get(beforeMs) ?? NaN), used, `gas up to ${number}`);
      counted += added;
    }
    assert.ok(counted > 100, `${counted} transactions`);
  });

  // When this fails, a contract is blamed for gas that another has used.
  test("has its gas put down to the contracts that used it", async () => {
    const stored = await events("chain.block");
    const uses = `chainpulse_chain_contract_gas_total{${client}}`;
    await until("contracts are told", async () => ((await value(`sum(${uses})`)) ?? 0) > 0);
    const numbers = stored.map(({ fields }) => Number(fields["number"]));
    let expected = 0;
    let failed = 0;
    for (const number of numbers) {
      for (const { to, gasUsed, status } of await node.receipts(number)) {
        if (to !== contract) continue;
        expected += Number(gasUsed);
        if (status === "0x0") failed++;
      }
    }
    const mine = `${client},contract="${contract}",contract_method="0x00000000"`;
    assert.equal(await value(`chainpulse_chain_contract_gas_total{${mine}}`), expected);
    assert.equal(await value(`chainpulse_chain_contract_calls_total{${mine},call_outcome="failed"}`), failed);
    assert.ok(failed > 0);
  });

  // When this fails, an operator does not see that transactions wait, or how long.
  test("has the size of its pool told, and what becomes of what waits", async () => {
    await node.ask("evm_setIntervalMining", [0]);
    await node.ask("evm_setAutomine", [false]);
    const before = (await value(`chainpulse_chain_mempool_added_total{${client}}`)) ?? 0;
    const [from = "", to = ""] = node.accounts;
    const nonce = Number(await node.ask("eth_getTransactionCount", [from, "latest"]));
    const hexOf = (number: number): string => `0x${number.toString(16)}`;
    for (let index = 0; index < 7; index++) await node.send({ from, to, value: "0x1", nonce: hexOf(nonce + index) });
    // Misses the one before it.
    await node.send({ from, to, value: "0x1", nonce: hexOf(nonce + 20) });
    // Pays more for the place of another.
    const fees = { maxFeePerGas: hexOf(500e9), maxPriorityFeePerGas: hexOf(100e9) };
    await node.send({ from, to, value: "0x2", nonce: hexOf(nonce + 6), ...fees });
    const state = (name: string): Promise<number | undefined> =>
      value(`chainpulse_chain_mempool_transactions{${client},mempool_state="${name}"}`);
    await until(
      "seven wait, and one is not ready",
      async () => (await state("pending")) === 7 && (await state("queued")) === 1,
    );
    assert.deepEqual(await node.ask("txpool_status"), { pending: "0x7", queued: "0x1" });
    await until(
      "all nine are told",
      async () => (await value(`chainpulse_chain_mempool_added_total{${client}}`)) === before + 8,
    );
    assert.equal(await value(`chainpulse_chain_mempool_removed_total{${client},removal_reason="replaced"}`), 1);
    await until("they wait", async () => ((await value(`chainpulse_chain_mempool_age_max_seconds{${client}}`)) ?? 0) > 1);
    await node.ask("evm_mine");
    await until("the pool is empty but for one", async () => (await state("pending")) === 0 && (await state("queued")) === 1);
    await node.ask("evm_setIntervalMining", [1]);
  });

  // When this fails, "where is my transaction, and what became of it" has an answer that is not the node's.
  test("has the life of sixty transactions told as their sender and the node itself know it", async () => {
    await node.ask("evm_setIntervalMining", [0]);
    await node.ask("evm_setAutomine", [false]);
    const [, , payer = "", replacer = "", dropper = "", failer = "", to = "", later = ""] = node.accounts;
    const sent = new Map<string, number>();
    const submit = async (transaction: Readonly<Record<string, string>>): Promise<string> => {
      const sentMs = Date.now();
      const hash = await node.send(transaction);
      sent.set(hash, sentMs);
      return hash;
    };
    const mine = async (): Promise<{ readonly startMs: number; readonly endMs: number }> => {
      const mineMs = Date.now();
      await node.ask("evm_mine");
      return { startMs: mineMs, endMs: Date.now() };
    };
    const statusOf = async (hash: string): Promise<unknown> => (await life(hash)).root?.attributes.get("tx.status");
    const life = async (hash: string) => {
      const response = await fetch(`${server.origin}/api/v1/performance/traces/${hash.slice(2, 34)}`);
      const spans = response.ok ? toldSpans(await response.json()) : [];
      const named = (name: string) => spans.filter((span) => span.name === name);
      return { root: named("transaction")[0], named };
    };
    const becomes = (hash: string, status: string): Promise<void> =>
      until(`${hash} is ${status}`, async () => (await statusOf(hash)) === status);

    const plain: string[] = [];
    for (let index = 0; index < 50; index++) plain.push(await submit({ from: payer, to, value: "0x1" }));
    const cheap = await submit({ from: replacer, to, value: "0x1" });
    const fees = { maxFeePerGas: "0x746a528800", maxPriorityFeePerGas: "0x174876e800" };
    const nonce = await node.ask("eth_getTransactionByHash", [cheap]);
    const dear = await submit({ from: replacer, to, value: "0x2", ...z.object({ nonce: z.string() }).parse(nonce), ...fees });
    const dropped = await submit({ from: dropper, to, value: "0x1" });
    const reverted = await submit({ from: failer, to: contract, data: loopInput(50), gas: "0x6000" });
    await becomes(cheap, "replaced");
    await node.ask("anvil_dropTransaction", [dropped]);
    await becomes(dropped, "dropped");
    const mined = await mine();
    await becomes(reverted, "included");
    // The second block is taken back, and half of its transactions come again.
    const second: string[] = [];
    for (let index = 0; index < 6; index++) second.push(await submit({ from: later, to, value: "0x1" }));
    await mine();
    await becomes(second[5] ?? "", "included");
    const kept = await Promise.all(second.slice(0, 3).map((hash) => node.ask("eth_getRawTransactionByHash", [hash])));
    await node.ask("anvil_reorg", [1, kept.map((raw) => [raw, 0])]);
    for (const hash of second.slice(3)) await becomes(hash, "dropped");
    await node.ask("anvil_mine", ["0x42"]);
    const included = [...plain, dear, reverted, ...second.slice(0, 3)];
    for (const hash of included) await becomes(hash, "finalized");

    assert.equal(sent.size, 60);
    const seenBy: unknown[] = [];
    for (const [hash, sentMs] of sent) {
      const { root, named } = await life(hash);
      assert.ok(root !== undefined);
      assert.ok(root.startMs >= sentMs && root.startMs <= Date.now(), "it was seen after it was sent");
      seenBy.push(root.attributes.get("observer.method"));
      for (const { startMs: beginMs, endMs } of named("transaction.mempool"))
        assert.ok(beginMs >= root.startMs && endMs >= beginMs);
    }
    // A look at what is queued may find one just before the client tells of it.
    assert.ok(seenBy.filter((method) => method === "subscription").length >= 50, String(seenBy));
    for (const hash of included) {
      const { root, named } = await life(hash);
      const { blockHash, blockNumber, transactionIndex, gasUsed, status } = await node.receipt(hash);
      assert.deepEqual(
        ["block.hash", "block.number", "tx.index", "tx.gas_used", "tx.status_code"].map((name) => root?.attributes.get(name)),
        [blockHash, Number(blockNumber), Number(transactionIndex), Number(gasUsed), Number(status)],
      );
      assert.equal(root?.isFailed, hash === reverted);
      const include = named("transaction.include").at(-1);
      assert.deepEqual(include?.links, [blockHash.slice(2, 34)]);
      if (plain.includes(hash)) assert.ok(include.startMs >= mined.startMs, "its block was not seen before it was made");
      assert.equal(named("transaction.finalize").length, 1);
    }
    assert.equal((await life(cheap)).root?.attributes.get("tx.replaced_by"), dear);
    for (const [index, hash] of second.entries()) {
      const { named } = await life(hash);
      const includes = named("transaction.include").map(({ message }) => message);
      assert.deepEqual(includes, index < 3 ? ["reorged out", ""] : ["reorged out"]);
      assert.equal(named("transaction.mempool").length, 2);
    }
    await node.ask("evm_setIntervalMining", [1]);
  });

  // When this fails, blocks that are taken back are counted as if nothing had happened, or a rate is negative.
  test("that takes blocks back is named, with the branch that was left", async () => {
    const reorgs = (await value(`chainpulse_chain_reorgs_total{${client}}`)) ?? 0;
    // A block that comes just before is taken back too, and nobody may have seen it.
    await node.ask("evm_setIntervalMining", [0]);
    // Of the three that go the first is not empty: an empty one may be mined again with the same time, and is the same block then.
    const [from = "", to = ""] = node.accounts;
    await node.send({ from, to, value: "0x1" });
    await node.ask("anvil_mine", ["0x3"]);
    const height = Number(await node.ask("eth_blockNumber"));
    const head = (): Promise<number | undefined> => value(`chainpulse_chain_block_number{${client},block_tag="head"}`);
    await until("the last block is seen", async () => (await head()) === height);
    await node.ask("anvil_reorg", [3, []]);
    await node.ask("evm_setIntervalMining", [1]);
    await until(
      "the reorganisation is counted",
      async () => (await value(`chainpulse_chain_reorgs_total{${client}}`)) === reorgs + 1,
    );
    // It is stored a moment after it is counted, and another one came before.
    const newest = async () => (await events("chain.reorg"))[0];
    await until("the reorganisation is told", async () => (await newest())?.fields["depth"] === 3);
    const reorg = (await newest()) ?? assert.fail("it was there");
    const orphaned = z.array(z.string()).parse(reorg.fields["orphaned"]);
    const stored = await events("chain.block");
    for (const hash of orphaned) {
      assert.equal(stored.find(({ key }) => key === hash)?.fields["status"], "orphaned");
      assert.equal(await node.ask("eth_getBlockByHash", [hash, false]), null);
    }
  });

  // When this fails, a node that hangs or is gone looks well, or stays gone after it is back.
  test("that is paused or killed is down, and comes back", async () => {
    const up = (): Promise<number | undefined> => value(`chainpulse_chain_client_up{${client}}`);
    const head = (): Promise<number | undefined> => value(`chainpulse_chain_block_number{${client},block_tag="head"}`);
    for (const fault of ["paused", "killed"] as const) {
      if (fault === "paused") node.signal("SIGSTOP");
      else await node.kill();
      await until(`${fault}: it is down`, async () => (await up()) === 0);
      assert.equal(await head(), undefined, "a head that nobody tells is none");
      if (fault === "paused") node.signal("SIGCONT");
      else await node.start(["--timestamp", "1700000000"]);
      await until(`${fault}: it is back`, async () => (await up()) === 1 && (await head()) !== undefined);
    }
    const whats = (await events("chain.client")).map(({ fields }) => fields["what"]);
    for (const what of ["down", "up", "restarted"]) assert.ok(whats.includes(what), `${what} is among ${whats.join(", ")}`);
  });

  // When this fails, a rate of something that only grows is negative, or jumps.
  test("had no counter that fell, whatever happened", async () => {
    const all = await rawSamples(
      server.origin,
      `{__name__=~"chainpulse_chain_.*_total",${client}}`,
      Date.now(),
      Date.now() - startMs,
    );
    assert.ok(all.size > 20, `${all.size} counters`);
    for (const [labels, series] of all) {
      let highest = -Infinity;
      for (const text of series.values()) {
        assert.ok(Number(text) >= highest, `${labels} fell from ${highest} to ${text}`);
        highest = Number(text);
      }
    }
  });
});

/** Transfers, loops of a contract and calls that fail, from all accounts, for so many blocks. */
async function load(node: Anvil, contract: string, blocks: number): Promise<void> {
  const end = Number(await node.ask("eth_blockNumber")) + blocks;
  for (let round = 0; Number(await node.ask("eth_blockNumber")) < end; round++) {
    const senders = node.accounts.slice(0, 8);
    await Promise.all(
      senders.map((from, index) =>
        (index + round) % 4 === 0
          ? node.send({ from, to: contract, data: loopInput(1 + (round % 5)), gas: "0x80000" })
          : (index + round) % 4 === 1
            ? node.send({ from, to: contract, data: loopInput(50), gas: "0x6000" })
            : node.send({ from, to: node.accounts[9] ?? "", value: "0x1" }),
      ),
    );
    // At most one round per answer of the head: some dozen transactions in a block of a second.
    await node.ask("eth_getBlockByNumber", ["latest", false]);
  }
}
