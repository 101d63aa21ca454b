/** What is asked of transactions that have just come: what they spend, so that a replacement is known as such; and, of those that are traced, whence and for how much. */
import { flowAttributes as a } from "../../../core/flow-names.ts";
import type { Attributes } from "../../../core/span.ts";
import { mempoolEntryAnswer, satPerVbyte, transactionAnswer } from "./answers.ts";
import type { Watched } from "./follow-chain.ts";
import { nullIfMissing, question } from "./refusal.ts";

/** New transactions of one look that are asked about. */
export const askedPerLook = 16;
/** And of one second, however often is looked: each question takes the client some 50 µs. */
const perSecondMax = 64;

/** Asks about the transactions, unless they are too many: then of none. Whether it did. Rejects with `AskFailure`. */
export function openTransactionLook({
  context,
  ask,
  optional,
  pool,
  flow,
}: Watched): (ids: readonly string[]) => Promise<boolean> {
  let second = { sinceMs: Number.NEGATIVE_INFINITY, count: 0 };

  const mayAsk = (count: number): boolean => {
    const nowMs = context.clock.monotonicMs();
    if (nowMs - second.sinceMs >= 1000) second = { sinceMs: nowMs, count: 0 };
    second.count += count;
    return count <= askedPerLook && second.count <= perSecondMax;
  };
  const lookAtSpent = async (id: string): Promise<void> => {
    const options = { traceparent: flow.traceparent(id) };
    const transaction = await nullIfMissing(ask.rpc("getrawtransaction", [id, true], transactionAnswer, options));
    if (transaction === null) return;
    const outputs = transaction.vin.filter(({ txid, vout }) => txid !== undefined && vout !== undefined);
    pool.spends(
      id,
      outputs.map(({ txid, vout }) => `${txid}:${vout}`),
    );
  };
  const learn = async (id: string): Promise<void> => {
    const options = { traceparent: flow.traceparent(id) };
    const entry = await optional(question("getmempoolentry"), () =>
      nullIfMissing(ask.rpc("getmempoolentry", [id], mempoolEntryAnswer, options)),
    );
    if (entry === null) return;
    const { unbroadcast = false, fees, vsize } = entry;
    const facts: Attributes = {
      ...(unbroadcast ? { [a.submittedHere]: true } : {}),
      ...(fees === undefined || vsize === undefined ? {} : { [a.feeRate]: satPerVbyte((fees.base * 1000) / vsize) }),
    };
    flow.learn(id, facts);
  };

  return async (ids) => {
    if (!mayAsk(ids.length)) return false;
    for (const id of ids) {
      if (flow.isTraced(id)) await learn(id);
      await lookAtSpent(id);
    }
    return true;
  };
}
