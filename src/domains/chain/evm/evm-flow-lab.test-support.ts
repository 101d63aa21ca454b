/** The flow of an EVM client at a recorded client, and what such a client tells, for the tests of this folder. */
import assert from "node:assert/strict";
import { flowSpans } from "../../../core/flow-names.ts";
import type { HeadChange } from "../blocks/chain-tracker.ts";
import { type SeenBlock, unknownOfBlock } from "../blocks/block-report.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { openEvmFlow } from "./evm-flow.ts";
import type { Adopted } from "./head.ts";
import type { PoolContent } from "./pool-listener.ts";
import { type EvmReceipt, type EvmTransaction, pendingShape, poolContentShape } from "./shapes.ts";

/** They differ in what makes the trace's id. */
export const hashOf = (kind: string, index: number): string =>
  `0x${kind}${index.toString(16).padStart(31, "0")}${kind.repeat(32)}`;
export const sender = `0x${"5".repeat(40)}`;
const gwei = (value: number): string => `0x${(value * 1e9).toString(16)}`;

/** As a client tells it. */
export function pending(index: number, { nonce = index, fee = 50 } = {}): Record<string, string> {
  return {
    hash: hashOf("c", index),
    from: sender,
    to: `0x${"6".repeat(40)}`,
    nonce: `0x${nonce.toString(16)}`,
    gas: "0x5208",
    gasPrice: gwei(fee),
    maxFeePerGas: gwei(fee),
  };
}

export function poolOf(executable: readonly Record<string, string>[], waiting: readonly Record<string, string>[]): PoolContent {
  const half = (all: readonly Record<string, string>[]) => ({
    [sender]: Object.fromEntries(all.map((transaction) => [transaction["nonce"] ?? "", transaction])),
  });
  return poolContentShape.parse({ pending: half(executable), queued: half(waiting) });
}

export function openLab() {
  const client = recordClient();
  const flow = openEvmFlow(client.context, () => "1");
  const startMs = client.context.clock.nowMs();
  let head: SeenBlock | null = null;
  const blockOf = (number: number, branch: string, firstSeenMs: number | null): SeenBlock => ({
    ...unknownOfBlock,
    hash: hashOf(branch, number),
    parent: hashOf(branch, number - 1),
    number,
    timestampMs: startMs,
    firstSeenMs,
    baseFeeWei: String(20e9),
  });
  const transactionOf = (index: number): EvmTransaction => {
    const { data } = pendingShape.safeParse(pending(index));
    assert.ok(data?.transaction);
    return { ...data.transaction, input: "0x" };
  };
  const receiptOf = (block: SeenBlock, index: number, status: number): EvmReceipt => ({
    transactionHash: hashOf("c", index),
    blockHash: block.hash,
    from: sender,
    gasUsed: 21_000 + index,
    effectiveGasPrice: 21_000_000_000n,
    status,
  });
  return {
    client,
    flow,
    tell: (one: Record<string, string> | string) => flow.seen(pendingShape.parse(one), "subscription", 0),
    /** One more canonical block with these transactions: index → status of the receipt, `null` without receipts. */
    adopt: (
      kind: HeadChange<SeenBlock>["kind"],
      block: SeenBlock,
      transactions: ReadonlyMap<number, number | null> | null,
      orphaned: readonly SeenBlock[] = [],
    ): void => {
      const change = { kind, head: block, before: head, adopted: [block], orphaned, common: null };
      const own = transactions === null ? new Map() : new Map([[block.hash, [...transactions.keys()].map(transactionOf)]]);
      const adopted: Adopted = { change, transactions: own };
      const receipts = [...(transactions ?? [])].flatMap(([index, status]) =>
        status === null ? [] : [receiptOf(block, index, status)],
      );
      flow.adopted(adopted, false)(block, receipts.length === 0 ? null : receipts);
      head = block;
    },
    blockOf,
    startMs,
    root: (index: number) => {
      const traceId = hashOf("c", index).slice(2, 34);
      return client.spans(flowSpans.transaction).find((span) => span.traceId === traceId);
    },
    spans: (index: number, name: string) =>
      client.spans(name).filter((span) => span.traceId === hashOf("c", index).slice(2, 34)),
  };
}
