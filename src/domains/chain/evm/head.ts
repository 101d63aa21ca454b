/**
 * The client's head: asked for, or told by a subscription, and followed block by block. A client can be wrong, and a proxy can answer from clients that
 * differ; what cannot be is counted as a contradiction and not believed.
 */
import type { SeenBlock } from "../blocks/block-report.ts";
import { followHeads, type HeadFollower } from "../blocks/head-follower.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import type { HeadChange } from "../blocks/chain-tracker.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import { seenBlock } from "./seen-block.ts";
import { blockShape, type EvmHeader, type EvmTransaction, headerShape } from "./shapes.ts";

/** Blocks that are canonical now, each with its transactions. */
export interface Adopted {
  readonly change: HeadChange<SeenBlock>;
  readonly transactions: ReadonlyMap<string, readonly EvmTransaction[]>;
}

export interface Head {
  /** The client has told of a block. */
  told(hash: string): void;
  /** Asks for the head, and follows it. Rejects as `Ask` does, and with `Contradiction`. `null`: it was gone before it could be read, or it is another chain's. */
  look(): Promise<Adopted | null>;
  /** Whether that block was told of. */
  wasTold(hash: string): boolean;
  readonly follower: HeadFollower<SeenBlock>;
}

/** Blocks whose first sighting is remembered until they are read. */
const toldMax = 512;
/** Blocks before the first head: they say at once how long one takes, and that a head a little lower is no other branch. */
const historyMax = 16;
/** So long a head that went back may be a proxy's other client; then it is believed, because a chain can be set back by hand. */
const retreatMsMax = 30_000;
/** A block's time may be ahead of ours by clocks that differ; by more than this it is none. */
const aheadMsMax = 3_600_000;

/**
 * `isSameChain` is asked where a head has nothing to do with what is remembered: a program that was started anew may have another chain, whose blocks
 * take none of this one's back.
 */
export function openHead(context: ClientContext, ask: Ask, isSameChain: () => Promise<boolean>): Head {
  const { clock } = context;
  const told = new Map<string, number>();
  let read = new Map<string, readonly EvmTransaction[]>();
  let retreatMs: number | null = null;

  const readBlock = async (hash: string, seenMs: number | null): Promise<SeenBlock | null> => {
    const block = await ask.rpc("eth_getBlockByHash", [hash, true], blockShape);
    if (block === null) return null;
    if (block.hash !== hash) throw new Contradiction(`asked for block ${hash}, and got ${block.hash}`);
    read.set(hash, block.transactions);
    return seenBlock(block, told.get(hash) ?? seenMs);
  };
  const follower = followHeads<SeenBlock>(context, { read: (hash) => readBlock(hash, null), historyMax });
  const { tracker } = follower;

  /** The block that the client calls its head, or the one that it may well have gone back from. */
  const believed = async ({ hash, parentHash, number }: EvmHeader): Promise<SeenBlock | null> => {
    const { head } = tracker;
    if (head === null) return readBlock(hash, null);
    const isStrange = tracker.block(hash) === undefined && tracker.block(parentHash) === undefined;
    if (isStrange && number <= head.number && !(await isSameChain())) return null;
    if (hash === head.hash || !tracker.isCanonical(hash)) {
      retreatMs = null;
      return tracker.isCanonical(hash) ? head : (tracker.block(hash) ?? readBlock(hash, clock.nowMs()));
    }
    const nowMs = clock.monotonicMs();
    if (retreatMs === null) context.logger.warn(`the head went back from ${head.number} to ${number}, with no other branch`);
    retreatMs ??= nowMs;
    if (nowMs - retreatMs >= retreatMsMax) return tracker.block(hash) ?? null;
    ask.failed("contradiction");
    return head;
  };

  return {
    follower,
    told(hash) {
      if (told.has(hash)) return;
      told.set(hash, clock.nowMs());
      const [oldest] = told.keys();
      if (told.size > toldMax && oldest !== undefined) told.delete(oldest);
    },
    wasTold: (hash) => told.has(hash),
    async look() {
      read = new Map();
      const header = await ask.rpc("eth_getBlockByNumber", ["latest", false], headerShape);
      if (header === null) throw new Contradiction("there is no latest block");
      const block = await believed(header);
      if (block === null) return null;
      if (block.hash === header.hash && block.number !== header.number) {
        throw new Contradiction(`block ${block.hash} has number ${header.number}, and ${block.number}`);
      }
      const change = await follower.follow(block);
      if (!hasCredibleTime(change, clock.nowMs())) {
        if (change.kind !== "same" && change.head.timestampMs > 0) ask.failed("contradiction");
        for (const metric of timeMetrics) context.series(metric, {}).clear();
      }
      return { change, transactions: read };
    },
  };
}

/** What is told of the head's time. */
const timeMetrics = [blockMetrics.headTime, blockMetrics.headAge, blockMetrics.interval, blockMetrics.arrival] as const;

/** The first block of many chains says 1970, which is no time; no block is older than its parent (yellow paper, 4.4.4), or from the far future. */
function hasCredibleTime({ head, adopted, common }: HeadChange<SeenBlock>, nowMs: number): boolean {
  const parent = adopted.at(-2) ?? common;
  const isAfterParent = parent === null || parent.hash !== head.parent || parent.timestampMs <= head.timestampMs;
  return head.timestampMs > 0 && head.timestampMs <= nowMs + aheadMsMax && isAfterParent;
}
