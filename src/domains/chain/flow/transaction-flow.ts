/**
 * The life of transactions and blocks at one client. A family says what it has seen, in whatever order and however often; this decides what is
 * traced, keeps what is under way, bounded, and tells it as spans. It asks nobody anything, and has no timers.
 */
import type { Absence } from "../../../core/absence.ts";
import { flowAttributes as a, flowHash, flowSpans, isSampled, type ObserverMethod } from "../../../core/flow-names.ts";
import type { Attributes, Span } from "../../../core/span.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { type BlockFlow, type BlockFlowOptions, blockFlowOf, type CanonicalBlockFacts, type KnownBlock } from "./block-flow.ts";
import { earlierLife, onTheirWay } from "./earlier-life.ts";
import { openFlowSpans } from "./flow-spans.ts";
import { flowMetrics } from "./metrics.ts";
import { openSampler } from "./sampler.ts";
import { TracedTransaction } from "./traced-transaction.ts";

export interface TransactionFlowOptions extends BlockFlowOptions {
  /** Blocks from a transaction's own to the head, both counted, after which it is called confirmed; `chain.tracing.confirmations` overrules it. */
  readonly confirmations: number;
  /** Traced transactions whose fate is not settled; each takes some kB. Default: 20,000. */
  readonly openMax?: number;
  /** Settled ones that are remembered. Default: 20,000. */
  readonly settledMax?: number;
}

export interface SeenTransaction {
  readonly hash: string;
  /** ms since the epoch, as all times here; fractions are kept. */
  readonly timeMs: number;
  readonly method: ObserverMethod;
  /** By how much later than it came that may be, ms. */
  readonly resolutionMs: number;
  /** What is known of it, by `flowAttributes`. */
  readonly facts?: Attributes;
}

export interface IncludedTransaction {
  readonly hash: string;
  /** Place in the block, gas used and the like, by `flowAttributes`. */
  readonly facts?: Attributes;
  /** Why it failed; left out: it did not, or it is not known. */
  readonly failure?: string;
  /** It waited before ChainPulse watched, and so was never `seen`. */
  readonly isFirstSeenUnknown?: boolean;
  /** Where it was never `seen`: by how much before its block it may have come, ms. Default: as that of the block. */
  readonly resolutionMs?: number;
}

export interface LeftTransaction {
  /** The hash of the one that replaced it. */
  readonly by?: string | undefined;
  /** By how much earlier it may have left, ms; left out: not known. */
  readonly resolutionMs?: number;
}

/** One that was on its way when the client was watched before. */
export interface ResumedTransaction {
  /** As the client writes it. */
  readonly hash: string;
  /** When that was last known, ms since the epoch. */
  readonly knownMs: number;
}

export interface TransactionFlow extends Pick<BlockFlow, "stage"> {
  /**
   * Takes up what an earlier watch of this client has left on its way; to be called before anything is said. What became of them is not known, which is
   * told, until the family says something of them: that they wait still (`seen`), or are in a block, or have `left`. Never rejects.
   */
  resume(): Promise<readonly ResumedTransaction[]>;
  /** It has come into the client's pool, or is there again. Whether it is traced. What was there when watching began is not told here. */
  seen(transaction: SeenTransaction): boolean;
  /** Whether a transaction is traced: only of such ones is more asked. */
  isTraced(hash: string): boolean;
  /** More is known of a traced one. */
  learn(hash: string, facts: Attributes): void;
  /** It waits for an earlier one of its sender. */
  queued(hash: string, timeMs: number): void;
  executable(hash: string, timeMs: number): void;
  /** It has left the pool, and is in no block; or it was in one that was taken back, and came to no pool again. */
  left(hash: string, fate: "replaced" | "dropped", timeMs: number, more?: LeftTransaction): void;
  /** How long its execution in the block that has it was measured to take; attributes say how. */
  executed(
    hash: string,
    execution: { readonly startMs: number; readonly endMs: number; readonly attributes?: Attributes },
  ): void;
  readonly blockSeen: BlockFlow["seen"];
  /**
   * The client serves the block as canonical; its parent was said before, where it is known. Transactions that are in the block and were never seen
   * begin with it. Without those that nobody submits: what a block pays its miner.
   */
  blockCanonical(block: CanonicalBlockFacts, transactions: readonly IncludedTransaction[]): void;
  /**
   * It was taken back. Gives the traced transactions that were in it, as the client writes them: each is in the pool again, or in another block, or has
   * `left`, which is for the family to find out.
   */
  blockOrphaned(hash: string, timeMs: number): readonly string[];
  /** Blocks up to this number are final. */
  finalised(number: number, timeMs: number): void;
  /** Of a traced transaction; `undefined` for others. */
  traceparent(hash: string): string | undefined;
  readonly blockTraceparent: BlockFlow["traceparent"];
}

/**
 * What is settled may become final, or come back, with a reorganisation or by being sent once more. Ethereum's mainnet has some 13,000 transactions in
 * the 13 minutes until they are final.
 */
const usualSettledMax = 20_000;

export function openTransactionFlow(context: ClientContext, options: TransactionFlowOptions): TransactionFlow {
  const { tracing } = context.chain;
  const { chainId, openMax = 20_000, settledMax = usualSettledMax } = options;
  const confirmations = tracing.confirmations ?? options.confirmations;
  const spans = openFlowSpans(context);
  const blocks = blockFlowOf(context, spans, options);
  const sampler = openSampler(tracing.max_transactions_per_second);
  const openSeries = context.series(flowMetrics.open, {});
  const ratioSeries = context.series(flowMetrics.ratio, {});
  const open = new Map<string, TracedTransaction>();
  const settled = new Map<string, TracedTransaction>();
  let toldRatio: number | null = null;

  const find = (hash: string): TracedTransaction | undefined => {
    const whole = flowHash(hash) ?? "";
    return open.get(whole) ?? settled.get(whole);
  };
  // What is confirmed may wait for finality for a quarter of an hour, and for ever on a chain that has none, as what is unknown may: new ones do not
  // have to make room for it.
  const isSettled = ({ status }: TracedTransaction): boolean =>
    status !== "pending" && status !== "included" && status !== "reorged";

  /** After something was said of it. */
  const file = (transaction: TracedTransaction): void => {
    const { hash } = transaction;
    if (!isSettled(transaction)) {
      settled.delete(hash);
      open.set(hash, transaction);
      return;
    }
    open.delete(hash);
    // What becomes final keeps its place: else it would push out what is to become so.
    settled.set(hash, transaction);
    const [oldest] = settled.keys();
    if (settled.size > settledMax && oldest !== undefined) settled.delete(oldest);
  };

  /** Half of what is under way is left as it was told last: the store has it, and agents with more room go on with it. */
  const makeRoom = (): void => {
    if (open.size < openMax) return;
    sampler.halve();
    const ratio = sampler.ratioAt(context.clock.monotonicMs());
    for (const hash of open.keys()) if (!isSampled(hash.slice(0, 32), ratio)) open.delete(hash);
    // Ids can be made up so that all of them are kept at any ratio: then it is the oldest that are left.
    for (const hash of open.keys()) {
      if (open.size <= (openMax * 3) / 4) break;
      open.delete(hash);
    }
  };

  /** The one with that hash, which begins now if it is to be traced. */
  const begin = (first: Omit<SeenTransaction, "facts">, isUnknown: boolean): TracedTransaction | null => {
    const known = find(first.hash);
    if (known !== undefined) return known;
    const hash = flowHash(first.hash);
    const nowMs = context.clock.monotonicMs();
    if (!tracing.enabled || hash === null) return null;
    makeRoom();
    if (!sampler.take(hash.slice(0, 32), nowMs)) return null;
    const sight = { ...first, hash, displayed: first.hash, isUnknown, ratio: sampler.ratioAt(nowMs) };
    const transaction = new TracedTransaction(spans, sight, chainId);
    context.count(flowMetrics.traced, {}, 1);
    return transaction;
  };

  /** How much is traced now. Cheap, because what is held is told only where it changes. */
  const tell = (): void => {
    if (!tracing.enabled) return;
    const ratio = sampler.ratioAt(context.clock.monotonicMs());
    openSeries.set(open.size);
    ratioSeries.set(ratio);
    if (ratio === toldRatio) return;
    toldRatio = ratio;
    context.count(flowMetrics.traced, {}, 0);
    if (ratio === 1) context.present(tracingSource);
    else context.absent(tracingSource, [flowMetrics.traced], sampledAt(ratio));
  };

  const change = (hash: string, work: (transaction: TracedTransaction) => void): void => {
    const transaction = find(hash);
    if (transaction === undefined) return;
    work(transaction);
    file(transaction);
    tell();
  };
  /** Those of `among` that are in a block which `accepts`. */
  const changeIncluded = (
    among: readonly TracedTransaction[],
    accepts: (block: KnownBlock) => boolean,
    work: (transaction: TracedTransaction) => void,
  ): readonly TracedTransaction[] => {
    const changed = among.filter(({ block }) => block !== null && accepts(block));
    for (const transaction of changed) {
      work(transaction);
      file(transaction);
    }
    tell();
    return changed;
  };

  const takeUp = (stored: readonly Span[]): readonly ResumedTransaction[] => {
    const life = earlierLife(stored, { node: context.node, client: context.target.name });
    if (life === null || find(life.first.hash) !== undefined) return [];
    const transaction = new TracedTransaction(spans, life.first, chainId);
    transaction.resume(life);
    file(transaction);
    return [{ hash: transaction.displayed, knownMs: life.endMs }];
  };

  return {
    async resume() {
      const found: ResumedTransaction[] = [];
      if (!tracing.enabled) return found;
      try {
        for (const value of onTheirWay) {
          const wish = { name: flowSpans.transaction, attribute: { key: a.status, value }, tracesMax: openMax };
          await context.eachStored(wish, (stored) => void found.push(...takeUp(stored)));
        }
      } catch (error) {
        context.logger.warn("transactions that were on their way before cannot be read", { error });
      }
      return found;
    },
    seen({ facts = {}, ...first }) {
      const transaction = begin(first, false);
      if (transaction !== null) {
        transaction.learn(facts);
        transaction.waits(first.timeMs);
        file(transaction);
      }
      tell();
      return transaction !== null;
    },
    isTraced: (hash) => find(hash) !== undefined,
    learn: (hash, facts) => change(hash, (one) => one.learn(facts)),
    queued: (hash, timeMs) => change(hash, (one) => one.queued(timeMs)),
    executable: (hash, timeMs) => change(hash, (one) => one.executable(timeMs)),
    left: (hash, fate, timeMs, { by, resolutionMs = null } = {}) =>
      change(hash, (one) => one.left(fate, timeMs, { facts: by === undefined ? {} : { [a.replacedBy]: by }, resolutionMs })),
    executed: (hash, execution) => change(hash, (one) => one.executed(execution)),
    blockSeen: (block) => blocks.seen(block),
    blockCanonical(facts, transactions) {
      const { timeMs, number } = facts;
      const block = blocks.canonical(facts);
      if (block === null) return;
      for (const one of transactions) {
        const { hash, resolutionMs = facts.resolutionMs, isFirstSeenUnknown = false } = one;
        const transaction = begin({ hash, timeMs: block.seenMs, method: "block", resolutionMs }, isFirstSeenUnknown);
        if (transaction === null) continue;
        transaction.included(block, { facts: one.facts ?? {}, failure: one.failure ?? null }, timeMs);
        file(transaction);
      }
      const isDeep = (other: KnownBlock): boolean => number - other.number + 1 >= confirmations;
      changeIncluded([...open.values()], isDeep, (one) => one.confirmed(timeMs, confirmations));
    },
    blockOrphaned(hash, timeMs) {
      blocks.orphaned(hash, timeMs);
      const whole = flowHash(hash);
      const taken = changeIncluded(
        [...open.values(), ...settled.values()],
        (block) => block.hash === whole,
        (one) => one.orphaned(timeMs),
      );
      return taken.map(({ displayed }) => displayed);
    },
    finalised: (number, timeMs) =>
      void changeIncluded(
        [...open.values(), ...settled.values()],
        (block) => block.number <= number,
        (one) => one.finalised(timeMs),
      ),
    stage: (stage) => blocks.stage(stage),
    traceparent(hash) {
      const transaction = find(hash);
      return transaction === undefined ? undefined : spans.traceparent(transaction.hash, flowSpans.transaction);
    },
    blockTraceparent: (hash) => blocks.traceparent(hash),
  };
}

const tracingSource = "tracing of all transactions";

function sampledAt(ratio: number): Absence {
  return {
    reason: "limit_reached",
    detail: `1 of ${1 / ratio} transactions is traced: there are more than chain.tracing.max_transactions_per_second, or than can be kept`,
    fix: "Raise chain.tracing.max_transactions_per_second, where the machine has room for it.",
  };
}
