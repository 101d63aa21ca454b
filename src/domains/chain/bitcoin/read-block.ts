/** One block of the Bitcoin Core family as all families tell blocks, from `getblock` and, where there is one, `getblockstats`. */
import { type SeenBlock, unknownOfBlock } from "../blocks/block-report.ts";
import type { Ask } from "../client/ask.ts";
import { blockAnswer, blockStatsAnswer } from "./answers.ts";
import type { Optional } from "../client/optional.ts";
import { nullIfMissing, question } from "./refusal.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";

/** What the family needs of a block beside what all families tell. Transaction ids are not kept with it: a hundred blocks of them are 20 MB. */
export interface BitcoinBlock extends SeenBlock {
  /** sat/vB that 10, 50 and 90 % of the weight paid at most; `null` where nothing was paid, or the client does not tell. */
  readonly feeRates: readonly [number, number, number] | null;
}

export interface ReadBlockOptions {
  /** Fees cost the client a read of the undo data, so they are not asked for while it catches up. */
  readonly withFees: boolean;
  readonly traceparent: string | undefined;
}

export interface ReadBlock {
  readonly block: BitcoinBlock;
  readonly transactionIds: readonly string[];
}

/**
 * `null` where the client does not have the block. Rejects with `AskFailure`.
 */
export async function readBlock(
  ask: Ask,
  optional: Optional,
  hash: string,
  { withFees, traceparent }: ReadBlockOptions,
): Promise<ReadBlock | null> {
  const answer = await nullIfMissing(ask.rpc("getblock", [hash, true], blockAnswer, { traceparent }));
  if (answer === null) return null;
  const fees = withFees
    ? await optional(question("getblockstats", [mempoolMetrics.feeRate]), () =>
        nullIfMissing(ask.rpc("getblockstats", [hash, ["feerate_percentiles", "totalfee"]], blockStatsAnswer)),
      )
    : null;
  const [low, , middle, , high] = fees?.feerate_percentiles ?? [];
  // The coinbase pays nothing: in a block without others the percentiles are 0, which nobody has paid.
  const hasPaid = answer.tx.length > 1 && low !== undefined && middle !== undefined && high !== undefined;
  return {
    block: {
      ...unknownOfBlock,
      hash: answer.hash,
      parent: answer.previousblockhash ?? null,
      number: answer.height,
      timestampMs: answer.time * 1000,
      transactions: answer.tx.length,
      size: answer.size,
      weight: answer.weight ?? null,
      fees: fees === null ? null : String(fees.totalfee),
      feeRates: hasPaid ? [low, middle, high] : null,
    },
    transactionIds: answer.tx,
  };
}
