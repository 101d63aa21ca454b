/** An EVM block as ChainPulse tells it. */
import { type SeenBlock, unknownOfBlock } from "../blocks/block-report.ts";
import type { EvmBlock, EvmReceipt } from "./shapes.ts";

/** `firstSeenMs`: when the client told of it; `null` where it was not watched then. */
export function seenBlock(block: EvmBlock, firstSeenMs: number | null): SeenBlock {
  return {
    ...unknownOfBlock,
    hash: block.hash,
    parent: block.parentHash,
    number: block.number,
    timestampMs: block.timestamp * 1000,
    firstSeenMs,
    proposer: block.miner ?? null,
    transactions: block.transactions.length,
    gasUsed: block.gasUsed,
    gasLimit: block.gasLimit,
    baseFeeWei: block.baseFeePerGas?.toString() ?? null,
    size: block.size ?? null,
  };
}

/** With what its receipts tell: how many failed, and what was paid: gas used times the price per gas, base fee included. */
export function withReceipts(block: SeenBlock, receipts: readonly EvmReceipt[]): SeenBlock {
  const tellsOutcome = receipts.every(({ status }) => status !== null && status !== undefined);
  let fees: bigint | null = 0n;
  for (const { gasUsed, effectiveGasPrice } of receipts) {
    fees =
      fees === null || effectiveGasPrice === null || effectiveGasPrice === undefined
        ? null
        : fees + BigInt(gasUsed) * effectiveGasPrice;
  }
  return {
    ...block,
    failed: tellsOutcome ? receipts.filter(({ status }) => status === 0).length : null,
    fees: fees?.toString() ?? null,
  };
}
