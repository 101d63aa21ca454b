/** Transactions and blocks of an EVM client, as the flow that all families have: what its JSON-RPC tells, in the flow's words. */
import { flowAttributes as a, type ObserverMethod } from "../../../core/flow-names.ts";
import type { Attributes } from "../../../core/span.ts";
import type { SeenBlock } from "../blocks/block-report.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { factsOfBlock, knownFacts } from "../flow/known-facts.ts";
import { type IncludedTransaction, openTransactionFlow, type TransactionFlow } from "../flow/transaction-flow.ts";
import type { Adopted } from "./head.ts";
import type { PoolListener } from "./pool-listener.ts";
import { openQueuedTransactions } from "./queued-transactions.ts";
import type { EvmReceipt, EvmTransaction, WaitingTransaction } from "./shapes.ts";

export interface EvmFlow extends PoolListener, Pick<TransactionFlow, "traceparent" | "blockTraceparent"> {
  /** Takes up what an earlier watch left on its way; to be called first. The client is asked what became of each. */
  resume(): Promise<void>;
  /** A subscription has told of the block just now. */
  readonly blockTold: (hash: string, number: number) => void;
  /** The head was looked at just now. Gives what is to be called for each adopted block, in order, as soon as its receipts are known. */
  adopted(adopted: Adopted, isSyncing: boolean): TellCanonical;
  readonly finalised: (number: number) => void;
  /** A transaction was run once more, and that was timed from outside. */
  readonly replayed: (hash: string, startMs: number, endMs: number) => void;
}

/** `receipts`: of its transactions, in their order; `null`: not to be had. */
export type TellCanonical = (block: SeenBlock, receipts: readonly EvmReceipt[] | null) => void;

/**
 * Since proposer boost (2022), Ethereum's mainnet has had reorganisations of one or two blocks: what has two blocks on its own lies below these.
 */
const confirmations = 3;
/** As many as a flow has under way. */
const feesMax = 20_000;
/** Blocks whose transactions are remembered: those that may be taken back and come again. */
const blocksMax = 128;
/** A client puts what was in a block that was taken back into its pool again, if it does, within moments. */
const takenBackMs = 3000;
/** One that waits after all is asked for again after that. */
const askAgainMs = 30_000;

/** Times are of the monotonic clock. */
interface Unsure {
  /** When it is to be asked for. */
  dueMs: number;
  /** When it was last known to be in the pool, or in the block that was taken back. */
  knownMs: number;
}

/** `chainId`: as the client says it; `null`: it was not asked yet. */
export function openEvmFlow(context: ClientContext, chainId: () => string | null): EvmFlow {
  const { clock } = context;
  const flow = openTransactionFlow(context, { chainId, confirmations });
  const queued = openQueuedTransactions(flow, clock);
  /** Most that traced ones that wait pay, wei per gas. */
  const fees = new Map<string, bigint>();
  const included = new Map<string, readonly IncludedTransaction[]>();
  const unsure = new Map<string, Unsure>();
  let head: SeenBlock | null = null;
  let lookedMs: number | null = null;
  /** Adopted blocks that are not told yet: their receipts are asked for. */
  const awaited = new Set<string>();
  /** The last look before blocks that were not read; before there were any, when watching began. */
  let unreadSinceMs = clock.nowMs();

  const compareFee = (hash: string, fee: bigint): void => {
    const baseFee = head?.baseFeeWei ?? null;
    if (baseFee !== null && fee < BigInt(baseFee)) flow.learn(hash, { [a.waitingFor]: "fee" });
  };
  const seen = (hash: string, transaction: WaitingTransaction | null, method: ObserverMethod, resolutionMs: number): void => {
    const facts = transaction === null ? {} : factsOf(transaction);
    unsure.delete(hash);
    if (!flow.seen({ hash, timeMs: clock.nowMs(), method, resolutionMs, facts })) return;
    const fee = transaction?.maxFeePerGas ?? transaction?.gasPrice ?? null;
    if (fee === null) return;
    fees.set(hash, fee);
    const [oldest] = fees.keys();
    if (fees.size > feesMax && oldest !== undefined) fees.delete(oldest);
    compareFee(hash, fee);
  };
  const doesNotWait = (hash: string): void => {
    fees.delete(hash);
    unsure.delete(hash);
  };
  const takeBack = (hash: string, timeMs: number): void => {
    const knownMs = clock.monotonicMs();
    for (const taken of flow.blockOrphaned(hash, timeMs)) unsure.set(taken, { dueMs: knownMs + takenBackMs, knownMs });
  };
  const includedIn = (
    { hash }: SeenBlock,
    transactions: readonly EvmTransaction[] | undefined,
    receipts: readonly EvmReceipt[] | null,
  ): readonly IncludedTransaction[] =>
    transactions?.map((transaction, index) => ({
      hash: transaction.hash,
      isFirstSeenUnknown: queued.wasThere(transaction.hash),
      ...outcomeOf(transaction, index, receipts?.[index]),
    })) ??
    // One that was canonical before is not read again.
    included.get(hash) ??
    [];

  return {
    async resume() {
      const sinceMs = clock.monotonicMs() - clock.nowMs();
      for (const { hash, knownMs } of await flow.resume()) {
        unsure.set(hash, { dueMs: clock.monotonicMs(), knownMs: sinceMs + knownMs });
      }
    },
    seen({ hash, transaction }, method, resolutionMs) {
      seen(hash, transaction, method, resolutionMs);
      queued.executable(hash);
    },
    left(hash, reason, by) {
      const knownMs = unsure.get(hash)?.knownMs;
      doesNotWait(hash);
      const late = knownMs === undefined ? {} : { resolutionMs: clock.monotonicMs() - knownMs };
      // Where nothing is known of it, it was `found` in a block, or the chain is another one, of which it is no part.
      if (reason === "included") return;
      flow.left(hash, by === null ? "dropped" : "replaced", clock.nowMs(), { by: by ?? undefined, ...late });
    },
    waits(hash) {
      const one = unsure.get(hash);
      if (one === undefined) return;
      one.knownMs = clock.monotonicMs();
      flow.seen({ hash, timeMs: clock.nowMs(), method: "poll", resolutionMs: 0 });
    },
    found(hash, block) {
      if (head === null || block.number > head.number || awaited.has(block.hash)) return false;
      const timeMs = clock.nowMs();
      const sinceKnownMs = clock.monotonicMs() - (unsure.get(hash)?.knownMs ?? Infinity);
      doesNotWait(hash);
      const resolutionMs = Math.max(timeMs - unreadSinceMs, sinceKnownMs);
      flow.blockCanonical({ ...block, timeMs, method: "poll", resolutionMs }, [{ hash }]);
      return true;
    },
    content(content) {
      const gone = queued.look(content, (transaction, resolutionMs) =>
        seen(transaction.hash, transaction, "poll", resolutionMs),
      );
      const nowMs = clock.monotonicMs();
      for (const hash of gone) unsure.set(hash, { dueMs: nowMs, knownMs: nowMs });
    },
    unsure(countMax) {
      const nowMs = clock.monotonicMs();
      const due = [...unsure].filter(([, { dueMs }]) => dueMs <= nowMs).slice(0, countMax);
      for (const [hash, { knownMs }] of due) {
        // To the end: all have their turn.
        unsure.delete(hash);
        unsure.set(hash, { dueMs: nowMs + askAgainMs, knownMs });
      }
      return due.map(([hash]) => hash);
    },
    traceparent: (hash) => flow.traceparent(hash),
    blockTraceparent: flow.blockTraceparent,
    blockTold: (hash, number) =>
      flow.blockSeen({ hash, number, timeMs: clock.nowMs(), method: "subscription", resolutionMs: 0 }),
    adopted({ change, transactions }, isSyncing) {
      const timeMs = clock.nowMs();
      const resolutionMs = timeMs - (lookedMs ?? timeMs);
      if (change.kind === "gap") unreadSinceMs = lookedMs ?? unreadSinceMs;
      lookedMs = timeMs;
      ({ head } = change);
      for (const { hash } of change.adopted) awaited.add(hash);
      for (const { hash } of change.orphaned) takeBack(hash, timeMs);
      for (const [hash, fee] of fees) compareFee(hash, fee);
      return (block, receipts) => {
        const { hash, number, firstSeenMs } = block;
        awaited.delete(hash);
        const own = includedIn(block, transactions.get(hash), receipts);
        for (const transaction of own) doesNotWait(transaction.hash);
        // Nobody saw those come that were there before, nor those that a client reads up on: only what waited for them is told.
        const isNews = change.kind === "first" ? firstSeenMs !== null : !isSyncing;
        const told = isNews ? own : own.filter((transaction) => flow.isTraced(transaction.hash));
        if (!isNews && told.length === 0) return;
        const sight = { hash, number, method: "poll", resolutionMs } as const;
        flow.blockSeen({ ...sight, timeMs: firstSeenMs ?? timeMs });
        flow.blockCanonical({ ...sight, timeMs, facts: factsOfBlock(block) }, told);
        remember(
          hash,
          told.filter((transaction) => flow.isTraced(transaction.hash)),
        );
      };
    },
    finalised: (number) => flow.finalised(number, clock.nowMs()),
    replayed: (hash, startMs, endMs) => flow.executed(hash, { startMs, endMs, attributes: { [a.executeMeasured]: "replay" } }),
  };

  function remember(blockHash: string, transactions: readonly IncludedTransaction[]): void {
    included.delete(blockHash);
    included.set(blockHash, transactions);
    const [oldest] = included.keys();
    if (included.size > blocksMax && oldest !== undefined) included.delete(oldest);
  }
}

function factsOf({ nonce, from, to, gas }: Pick<WaitingTransaction, "nonce" | "from" | "to" | "gas">): Attributes {
  return knownFacts({ [a.nonce]: nonce, [a.from]: from, [a.to]: to, [a.gasLimit]: gas });
}

function outcomeOf(
  transaction: EvmTransaction,
  index: number,
  receipt: EvmReceipt | undefined,
): Pick<IncludedTransaction, "facts" | "failure"> {
  const facts = knownFacts({
    ...factsOf(transaction),
    [a.index]: index,
    [a.gasUsed]: receipt?.gasUsed,
    [a.effectiveGasPrice]: receipt?.effectiveGasPrice?.toString(),
    [a.statusCode]: receipt?.status,
  });
  return receipt?.status === 0 ? { facts, failure: "its execution failed" } : { facts };
}
