/** An EVM client for tests that is asked without a network: a tree of blocks, and whatever answers a test puts in their place. */
import type { z } from "zod";
import type { Ask } from "../client/ask.ts";

/** A block as JSON-RPC writes it. */
export type WireBlock = Readonly<Record<string, unknown>> & { readonly hash: string; readonly number: string };

export interface FakeChain {
  readonly ask: Ask;
  /** Failures that were counted outside of `rpc`. */
  readonly failures: string[];
  /** A block on top of another, which is the latest from now on. */
  mine(parent: WireBlock | null, changes?: { readonly transactions?: number; readonly timestamp?: number }): WireBlock;
  latest: WireBlock | null;
  /** Answers that are given instead, by method. */
  readonly instead: Map<string, (params: readonly unknown[]) => unknown>;
}

const hashOf = (kind: string, number: number): string => `0x${kind}${number.toString(16).padStart(62, "0")}`;
const hex = (value: number): string => `0x${value.toString(16)}`;

export function fakeChain(startSeconds: number): FakeChain {
  const blocks = new Map<string, WireBlock>();
  const instead = new Map<string, (params: readonly unknown[]) => unknown>();
  const failures: string[] = [];
  let made = 0;
  const answer = (method: string, params: readonly unknown[]): unknown => {
    const other = instead.get(method);
    if (other !== undefined) return other(params);
    if (method === "eth_getBlockByNumber") return chain.latest;
    if (method === "eth_getBlockByHash") return blocks.get(String(params[0])) ?? null;
    throw new Error(`nobody should ask ${method}`);
  };
  const unasked = (): never => {
    throw new Error("an EVM client is asked by JSON-RPC");
  };
  const chain: FakeChain = {
    ask: {
      async rpc<S extends z.ZodType>(method: string, params: readonly unknown[], schema: S) {
        return schema.parse(answer(method, params));
      },
      get: unasked,
      post: unasked,
      failed: (kind) => void failures.push(kind),
      close: () => undefined,
    },
    failures,
    latest: null,
    instead,
    mine(parent, { transactions = 0, timestamp } = {}) {
      const number = parent === null ? 0 : Number(parent.number) + 1;
      const block: WireBlock = {
        hash: hashOf("bb", made++),
        parentHash: parent?.hash ?? hashOf("00", 0),
        number: hex(number),
        timestamp: hex(timestamp ?? startSeconds + number),
        gasUsed: hex(21_000 * transactions),
        gasLimit: hex(30_000_000),
        baseFeePerGas: hex(1_000_000_000),
        transactions: Array.from({ length: transactions }, (_, index) => ({
          hash: hashOf("cc", made * 1000 + index),
          from: `0x${"a".repeat(40)}`,
          to: `0x${"b".repeat(40)}`,
          nonce: hex(index),
          input: "0x",
        })),
      };
      blocks.set(block.hash, block);
      chain.latest = block;
      return block;
    },
  };
  return chain;
}
