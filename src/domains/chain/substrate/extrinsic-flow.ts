/**
 * Extrinsics that somebody has sent, as the flow that all families have. A node tells them as they are encoded, in its pool and in its blocks; what names
 * them is the hash of that (polkadot-sdk client/transaction-pool, hash_and_length), which is BLAKE2b on all but a few chains.
 */
import { setImmediate as turn } from "node:timers/promises";
import { flowAttributes as a } from "../../../core/flow-names.ts";
import type { SeenBlock } from "../blocks/block-report.ts";
import type { HeadChange } from "../blocks/chain-tracker.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { factsOfBlock } from "../flow/known-facts.ts";
import { type IncludedTransaction, openTransactionFlow } from "../flow/transaction-flow.ts";
import { blake2b256 } from "./blake2b.ts";
import { isTransaction } from "./read-extrinsics.ts";

export interface ExtrinsicFlow {
  /** Takes up what an earlier watch left on its way; to be called first. */
  resume(): Promise<void>;
  /** All that waits, as it was just now. */
  pool(extrinsics: readonly string[]): Promise<void>;
  /** A block was read: what it holds. */
  read(block: string, extrinsics: readonly string[]): Promise<void>;
  /** The head was looked at just now. */
  followed(change: HeadChange<SeenBlock>): void;
  finalised(number: number): void;
}

/** GRANDPA makes Polkadot's blocks final some three blocks behind the newest. */
const confirmations = 3;
/** A block that is older than this is one that the node reads up on. */
const newsMsMax = 120_000;
/** What has left the pool is in a block within that, or in none: it takes a block of 6 s, and a look at it. */
const lostMs = 30_000;
/** That wait and are remembered; an extrinsic is some hundred bytes. */
const waitingMax = 5000;
/** Of a block, or at one look at the pool; a hash takes some 0.3 ms. */
const hashedMax = 1000;
const hashedAtOnce = 32;
/** Blocks whose transactions are remembered: those that may be taken back. */
const blocksMax = 128;

interface Waiting {
  readonly hash: string;
  /** Last seen there, or in the block that was taken back, on the monotonic clock. */
  hereMs: number;
  /** Not in the pool since, on the monotonic clock; `null`: it is there. */
  goneMs: number | null;
}

/** `chainId`: what the node calls its chain; `null`: it was not asked yet. */
export function openExtrinsicFlow(context: ClientContext, chainId: () => string | null): ExtrinsicFlow {
  const { clock } = context;
  const flow = openTransactionFlow(context, { chainId, confirmations });
  /** By their encoding. */
  const waiting = new Map<string, Waiting>();
  const included = new Map<string, readonly IncludedTransaction[]>();
  /** In a block that was taken back, by hash, and neither in the pool nor in a block since. */
  const takenBack = new Map<string, Waiting>();
  let before: ReadonlySet<string> | null = null;
  let pooledMs: number | null = null;
  let lookedMs: number | null = null;

  /** In their order; what waits is named already. */
  const namesOf = async (extrinsics: readonly string[]): Promise<readonly string[]> => {
    const names: string[] = [];
    for (const extrinsic of extrinsics.slice(0, hashedMax)) {
      names.push(waiting.get(extrinsic)?.hash ?? `0x${blake2b256(Buffer.from(extrinsic.slice(2), "hex"))}`);
      if (names.length % hashedAtOnce === 0) await turn();
    }
    return names;
  };
  /** What is not in the pool any more may be in a block that was not looked at yet. */
  const loseGone = <K>(among: Map<K, Waiting>, isHere: (key: K) => boolean): void => {
    const nowMs = clock.monotonicMs();
    for (const [key, one] of among) {
      if (isHere(key)) Object.assign(one, { hereMs: nowMs, goneMs: null } satisfies Partial<Waiting>);
      else one.goneMs ??= nowMs;
      if (one.goneMs === null || nowMs - one.goneMs < lostMs) continue;
      among.delete(key);
      flow.left(one.hash, "dropped", clock.nowMs(), { resolutionMs: nowMs - one.hereMs });
    }
  };

  return {
    async resume() {
      await flow.resume();
    },
    async pool(extrinsics) {
      const timeMs = clock.nowMs();
      const fresh = extrinsics.filter((extrinsic) => isTransaction(extrinsic) && !waiting.has(extrinsic));
      const names = await namesOf(fresh.slice(0, waitingMax - waiting.size));
      for (const [index, hash] of names.entries()) {
        waiting.set(fresh[index] ?? "", { hash, hereMs: clock.monotonicMs(), goneMs: null });
        takenBack.delete(hash);
        // Of those that were there before only such that an earlier watch has seen come.
        const isNews = pooledMs !== null || flow.isTraced(hash);
        if (isNews) flow.seen({ hash, timeMs, method: "poll", resolutionMs: timeMs - (pooledMs ?? timeMs) });
      }
      before ??= new Set(names);
      pooledMs = timeMs;
      const present = new Set(extrinsics);
      loseGone(waiting, (extrinsic) => present.has(extrinsic));
      // Where not all was named, one that was taken back may be among the rest.
      if (names.length === fresh.length) loseGone(takenBack, () => false);
    },
    async read(block, extrinsics) {
      const sent = extrinsics.flatMap((extrinsic, index) => (isTransaction(extrinsic) ? [{ extrinsic, index }] : []));
      const names = await namesOf(sent.map(({ extrinsic }) => extrinsic));
      included.delete(block);
      included.set(
        block,
        names.map((hash, index) => ({
          hash,
          facts: { [a.index]: sent[index]?.index ?? 0 },
          isFirstSeenUnknown: before?.has(hash) ?? true,
        })),
      );
      for (const { extrinsic } of sent) waiting.delete(extrinsic);
      const [oldest] = included.keys();
      if (included.size > blocksMax && oldest !== undefined) included.delete(oldest);
    },
    followed({ kind, adopted, orphaned }) {
      const timeMs = clock.nowMs();
      const resolutionMs = timeMs - (lookedMs ?? timeMs);
      lookedMs = timeMs;
      for (const { hash: block } of orphaned) {
        for (const hash of flow.blockOrphaned(block, timeMs)) {
          takenBack.set(hash, { hash, hereMs: clock.monotonicMs(), goneMs: null });
        }
      }
      for (const block of adopted) {
        const { hash, number, timestampMs, firstSeenMs } = block;
        const own = included.get(hash) ?? [];
        for (const transaction of own) takenBack.delete(transaction.hash);
        const isNews = kind !== "first" && timeMs - timestampMs < newsMsMax;
        const told = isNews ? own : own.filter((transaction) => flow.isTraced(transaction.hash));
        if (!isNews && told.length === 0) continue;
        const sight = { hash, number, method: "poll", resolutionMs } as const;
        flow.blockSeen({ ...sight, timeMs: firstSeenMs ?? timeMs });
        flow.blockCanonical({ ...sight, timeMs, facts: factsOfBlock(block) }, told);
      }
    },
    finalised: (number) => flow.finalised(number, clock.nowMs()),
  };
}
