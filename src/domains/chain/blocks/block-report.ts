/**
 * What a client's blocks say, told as metrics and events in the same way for all families: a family reads blocks, the tracker says what a head
 * has changed, and this says it to the world. Counters count what became canonical while ChainPulse watched; they only grow.
 */
import type { EventValue } from "../../../core/node-event.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { blockEvent, reorgEvent } from "../events.ts";
import type { ChainBlock, HeadChange } from "./chain-tracker.ts";
import { type BlockPhase, blockMetrics } from "./metrics.ts";

/** A block as the event `chain.block` tells it; `null`: not known, or there is no such thing on this chain. */
export interface SeenBlock extends ChainBlock {
  /** Its own timestamp, or the start of its slot, ms since the epoch. */
  readonly timestampMs: number;
  /** When it was seen here, ms since the epoch; `null` for one from before ChainPulse watched, and for ancestors that were read later. */
  readonly firstSeenMs: number | null;
  readonly proposer: string | number | null;
  readonly transactions: number | null;
  readonly failed: number | null;
  readonly gasUsed: number | null;
  readonly gasLimit: number | null;
  /** wei, decimal. */
  readonly baseFeeWei: string | null;
  /** Bytes. */
  readonly size: number | null;
  readonly weight: number | null;
  /** wei or satoshi, decimal. */
  readonly fees: string | null;
  /** Seconds. */
  readonly phases: Readonly<Partial<Record<BlockPhase, number>>>;
}

/** What a family spreads before what it knows of a block. */
export const unknownOfBlock = {
  firstSeenMs: null,
  proposer: null,
  transactions: null,
  failed: null,
  gasUsed: null,
  gasLimit: null,
  baseFeeWei: null,
  size: null,
  weight: null,
  fees: null,
  phases: {},
} as const satisfies Partial<SeenBlock>;

/** Tells what a head has changed, and what the head is. Also for `same`, because the head's age goes on. */
export function reportHead(context: ClientContext, change: HeadChange<SeenBlock>): void {
  for (const block of change.orphaned) reportBlock(context, block, "orphaned");
  for (const block of change.adopted) reportBlock(context, block, "canonical");
  reportCounts(context, change);
  if (change.before !== null && isReorg(change)) reportReorg(context, change, change.before);
  reportHeadBlock(context, change);
}

/** The event of one block. Said again where more has become known of it. */
export function reportBlock(context: ClientContext, block: SeenBlock, status: "canonical" | "orphaned"): void {
  context.emit(blockEvent.kind, block.hash, block.timestampMs, {
    // Named one by one, because a family's blocks may hold more than the event tells.
    number: block.number,
    hash: block.hash,
    parent: block.parent,
    status,
    timestampMs: block.timestampMs,
    firstSeenMs: block.firstSeenMs,
    proposer: block.proposer,
    transactions: block.transactions,
    failed: block.failed,
    gasUsed: block.gasUsed,
    gasLimit: block.gasLimit,
    baseFeeWei: block.baseFeeWei,
    size: block.size,
    weight: block.weight,
    fees: block.fees,
    phases: block.phases,
  } satisfies Record<keyof typeof blockEvent.fields, EventValue>);
}

function isReorg({ kind }: HeadChange<SeenBlock>): boolean {
  return kind === "reorganised" || kind === "replaced";
}

function reportCounts(context: ClientContext, change: HeadChange<SeenBlock>): void {
  // The first blocks were there before ChainPulse watched; the counters begin with them, at 0.
  const by = change.kind === "first" ? 0 : 1;
  context.count(blockMetrics.blocks, {}, by * change.adopted.length);
  context.count(blockMetrics.orphaned, {}, change.orphaned.length);
  context.count(blockMetrics.reorgs, {}, isReorg(change) ? 1 : 0);
  for (const { transactions, gasUsed } of change.adopted) {
    if (transactions !== null) context.count(blockMetrics.transactions, {}, by * transactions);
    if (gasUsed !== null) context.count(blockMetrics.gasUsed, {}, by * gasUsed);
  }
}

/** So many orphans a reorganisation's event names. Source: `reorgEvent`. */
const orphansNamedMax = 64;

function reportReorg(context: ClientContext, { head, orphaned, common }: HeadChange<SeenBlock>, before: SeenBlock): void {
  const depth = orphaned.length;
  context.series(blockMetrics.reorgDepth, {}).set(depth);
  context.emit(reorgEvent.kind, head.hash, context.clock.nowMs(), {
    depth,
    commonNumber: common?.number ?? null,
    oldHead: before.hash,
    newHead: head.hash,
    orphaned: orphaned.slice(0, orphansNamedMax).map(({ hash }) => hash),
  });
  const blocks = `${common === null ? "at least " : ""}${depth} ${depth === 1 ? "block" : "blocks"}`;
  context.annotate(`${context.target.name}: reorganisation, ${blocks} taken back`);
}

function reportHeadBlock(context: ClientContext, { head, adopted, common }: HeadChange<SeenBlock>): void {
  const set = (metric: HeadMetric, value: number | null): void => {
    const series = context.series(metric, {});
    if (value === null) series.clear();
    else series.set(value);
  };
  const parent = adopted.at(-2) ?? common;
  context.series(blockMetrics.number, { "block.tag": "head" }).set(head.number);
  set(blockMetrics.headTime, head.timestampMs / 1000);
  set(blockMetrics.headAge, (context.clock.nowMs() - head.timestampMs) / 1000);
  set(blockMetrics.headTransactions, head.transactions);
  set(blockMetrics.headGasUsed, head.gasUsed);
  set(blockMetrics.headGasLimit, head.gasLimit);
  set(blockMetrics.headSize, head.size);
  set(blockMetrics.headWeight, head.weight);
  set(blockMetrics.baseFee, head.baseFeeWei === null ? null : Number(head.baseFeeWei) / weiPerGwei);
  if (parent !== null && parent.hash === head.parent)
    set(blockMetrics.interval, (head.timestampMs - parent.timestampMs) / 1000);
  if (head.firstSeenMs !== null) set(blockMetrics.arrival, (head.firstSeenMs - head.timestampMs) / 1000);
}

/** All metrics of the head have these labels alone. */
type HeadMetric = typeof blockMetrics.headTime;

const weiPerGwei = 1e9;
