/** A node of the Bitcoin Core family in memory, as far as it is asked: blocks, a pool, and methods that a version may not have. */
import type { z } from "zod";
import { AskFailure, type AskOptions, methodNotFound } from "../../../io/json-rpc.ts";
import { recordClient, type RecordedClient } from "../peers/recorded-client.test-support.ts";
import type { Ask } from "../client/ask.ts";
import type { Watched } from "./follow-chain.ts";
import { openOptional, refusedForNow } from "../client/optional.ts";
import { openTransactionFlow } from "../flow/transaction-flow.ts";
import { openTransactionPool } from "./transaction-pool.ts";

export interface FakeBlock {
  readonly hash: string;
  readonly previousblockhash?: string;
  readonly height: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly tx: readonly string[];
}

export interface FakeNode {
  /** The best chain, from its first block. */
  blocks: FakeBlock[];
  headers: number;
  isCatchingUp: boolean | undefined;
  pool: string[];
  /** Method → its answer; a function throws what it likes. What is not here is not found. */
  readonly methods: Record<string, (...params: readonly unknown[]) => unknown>;
  readonly asked: string[];
}

/** An id as there are: 64 hex digits. */
export function fakeId(seed: string): string {
  return Buffer.from(seed.padEnd(32, "\0")).toString("hex");
}

export function refusal(code: number, message = "no"): AskFailure {
  return new AskFailure("refused", message, { code });
}

/** `count` more blocks, one minute apart, each with a coinbase and `transactions`. */
export function extend(node: FakeNode, branch: string, count = 1, transactions: readonly string[] = []): void {
  for (let index = 0; index < count; index++) {
    const parent = node.blocks.at(-1);
    const height = (parent?.height ?? -1) + 1;
    node.blocks.push({
      hash: fakeId(`${branch}${height}`),
      ...(parent === undefined ? {} : { previousblockhash: parent.hash }),
      height,
      time: 1_700_000_000 + height * 60,
      tx: [fakeId(`coinbase ${branch}${height}`), ...transactions],
    });
  }
  node.headers = node.blocks.length - 1;
}

export interface FakeLab {
  readonly node: FakeNode;
  readonly client: RecordedClient;
  readonly watched: Watched;
  /** Method → the trace that it was last asked as a part of. */
  readonly traceparents: ReadonlyMap<string, string>;
}

export function openFakeNode(client: RecordedClient = recordClient()): FakeLab {
  const known = new Map<string, FakeBlock>();
  const traceparents = new Map<string, string>();
  const node: FakeNode = {
    blocks: [],
    headers: 0,
    isCatchingUp: false,
    pool: [],
    asked: [],
    methods: {
      getblockchaininfo: () => ({
        chain: "regtest",
        blocks: node.blocks.length - 1,
        headers: node.headers,
        bestblockhash: node.blocks.at(-1)?.hash,
        verificationprogress: 1,
        ...(node.isCatchingUp === undefined ? {} : { initialblockdownload: node.isCatchingUp }),
        size_on_disk: 4096,
      }),
      getblockhash: (height) => node.blocks[Number(height)]?.hash,
      getblock(hash) {
        for (const block of node.blocks) known.set(block.hash, block);
        const block = known.get(String(hash));
        if (block === undefined) throw refusal(-5, "Block not found");
        return { ...block, size: 200 + block.tx.length, weight: 800 };
      },
      getblockstats: () => ({ feerate_percentiles: [1, 2, 3, 4, 5], totalfee: 1234 }),
      getmempoolinfo: () => ({
        size: node.pool.length,
        usage: 1000,
        maxmempool: 300_000_000,
        mempoolminfee: 0.00001,
        unbroadcastcount: 1,
      }),
      getrawmempool: (verbose) => (verbose === true ? Object.fromEntries(node.pool.map((id) => [id, { time: 0 }])) : node.pool),
    },
  };
  extend(node, "a");
  const ask: Ask = {
    async rpc<S extends z.ZodType>(
      method: string,
      params: readonly unknown[],
      schema: S,
      { traceparent }: AskOptions = {},
    ): Promise<z.infer<S>> {
      node.asked.push(method);
      if (traceparent !== undefined) traceparents.set(method, traceparent);
      const answer = node.methods[method];
      if (answer === undefined) throw refusal(methodNotFound, "Method not found");
      const parsed = schema.safeParse(await answer(...params));
      if (!parsed.success) throw new AskFailure("garbage", parsed.error.message);
      return parsed.data;
    },
    get: () => Promise.reject(new Error("it has no such interface")),
    post: () => Promise.reject(new Error("it has no such interface")),
    failed: () => undefined,
    close: () => undefined,
  };
  const { context } = client;
  const flow = openTransactionFlow(context, { chainId: () => "litecoin regtest", confirmations: 6 });
  return {
    node,
    client,
    watched: { context, ask, optional: openOptional(context, refusedForNow), pool: openTransactionPool(), flow },
    traceparents,
  };
}
