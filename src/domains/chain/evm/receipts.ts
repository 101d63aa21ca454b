/** What only receipts tell of a block: what failed, what was paid, and how much gas each transaction used. */
import type { SeenBlock } from "../blocks/block-report.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { openOptional, type Patience, type Question } from "../client/optional.ts";
import { contractMetrics } from "../contracts/metrics.ts";
import { type EvmReceipt, receiptsShape } from "./shapes.ts";

export interface Receipts {
  /** Of exactly the block's transactions, in their order. `null`: they cannot be had. */
  of(block: SeenBlock): Promise<readonly EvmReceipt[] | null>;
}

const receipts: Question = {
  name: "receipts",
  metrics: [contractMetrics.gas, contractMetrics.calls],
  fix: "The method is eth_getBlockReceipts; clients since 2023 have it.",
};

export function openReceipts(context: ClientContext, ask: Ask): Receipts {
  const optional = openOptional(context, patient);
  return {
    async of({ transactions, hash }) {
      if (transactions === 0) return [];
      const answer = await optional(receipts, () => ask.rpc("eth_getBlockReceipts", [hash], receiptsShape));
      if (answer === null) return null;
      if (answer.length === transactions && answer.every(({ blockHash }) => blockHash === hash)) return answer;
      ask.failed("contradiction");
      return null;
    },
  };
}

/** A client that answers other questions and not this one: the head must not wait for it at each block. */
const pauseMs = 30_000;

function patient(failure: unknown): Patience {
  return { absence: { reason: "stale", detail: failure instanceof Error ? failure.message : String(failure) }, pauseMs };
}
