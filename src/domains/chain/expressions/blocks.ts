/** PromQL about the head, blocks and where their time goes. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { blockMetrics as b, type BlockPhase, type BlockTag } from "../blocks/metrics.ts";
import { clientMetrics } from "../client/metrics.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { inLayer, perClient, sameClient } from "./client.ts";
import { connectedPeers } from "./peers.ts";

export function blockNumber(tag: BlockTag): string {
  return select(b.number, { "block.tag": tag });
}

/** Head of the chain in blocks; in slots only where no client counts blocks. */
export const headBlock = `(${inLayer(blockNumber("head"), ["execution", "utxo", "substrate", "other"])} or on () ${blockNumber("head")})`;

/** How full the head block is, by gas, or by weight (4,000,000 is full, BIP 141). */
export const blockFullness = `(${select(b.headGasUsed)} / (${select(b.headGasLimit)} > 0) or ${select(b.headWeight)} / 4000000)`;

/**
 * Mean time of a block in a phase (default: in each) over five minutes. Where no block came in them, or where the client keeps percentiles
 * only, that of its newest blocks.
 */
export function processingTime(phase?: BlockPhase | { readonly not: BlockPhase }): string {
  const matcher = phase === undefined ? {} : { "block.phase": phase };
  return `(rate(${select(b.processingTime, matcher)}[5m]) / (rate(${select(b.processed, matcher)}[5m]) > 0) or ${select(b.lastProcessing, matcher)})`;
}

/** How late 19 of 20 blocks were at most, in a quarter of an hour. */
export const lateArrival = `quantile_over_time(0.95, ${select(b.arrival)}[15m])`;

/** Mean time by which a client saw blocks or transactions later than the first of the node's clients of the chain. */
export const propagationTime = `rate(${select(b.propagationTime)}[5m]) / (rate(${select(b.propagated)}[5m]) > 0)`;

/** Gaps between blocks that all but the longest hundredth of six hours stayed below; below a second there is no telling. */
const usualGap = `clamp_min(quantile_over_time(0.99, ${select(b.interval)}[6h]), 1)`;

/**
 * Clients whose chain makes blocks by itself. One alone, where nobody waits for anything, may make them on demand: it rests and is not
 * stalled (a development chain, a rollup's sequencer).
 */
const expectsBlocks = `(${perClient("max", inLayer(blockNumber("head"), ["consensus"]))} or ${connectedPeers} > 0 or ${perClient("sum", select(mempoolMetrics.transactions, { "mempool.state": "pending" }))} > 0)`;

/** Behind, and moving: its head is old because it was made long ago, not because it stands still. */
const catchesUp = `(${select(b.lag)} > 2 and ${sameClient} changes(${blockNumber("head")}[2m]) > 0)`;

/**
 * Age of the head in usual gaps between blocks of that chain: the same number means the same for a chain of two seconds and for one of ten
 * minutes. Where gaps are random (proof of work, exponential), the usual one is 4.6 means, so that 3 happens once in a million blocks.
 */
export const headStillness = `(${select(b.headAge)} / ${usualGap} and ${sameClient} ${expectsBlocks} unless ${sameClient} ${catchesUp})`;

/** The same of what the client's subscription told last, while its head moves: then the subscription alone has ended, without a word. */
export const subscriptionSilence = `(${select(clientMetrics.subscriptionAge)} / ${usualGap} and ${select(b.headAge)} / ${usualGap} < 3)`;

/** Deepest reorganisation, for as long as there was one within ten minutes: the gauge itself holds the last one for ever. */
export const recentReorg = `(${select(b.reorgDepth)} and round(increase(${select(b.reorgs)}[10m])) > 0)`;

const epochTag = labelOf(consensusMetrics.epoch, "epoch.tag");
const epochOf = (tag: "current" | "justified" | "finalized"): string => select(consensusMetrics.epoch, { "epoch.tag": tag });

/** Epochs from the newest justified or finalised one to now; 2 to 3 to the finalised one is as it should be. */
export function epochsSince(tag: "justified" | "finalized"): string {
  return `${epochOf("current")} - ignoring (${epochTag}) ${epochOf(tag)}`;
}

/** Blocks that finality is behind the head on Substrate's chains, where it follows within a few blocks. */
export const substrateFinality = inLayer(select(b.finalityDistance), ["substrate"]);

function inHalfAnHour(tag: BlockTag): string {
  return `(${blockNumber(tag)} - ${blockNumber(tag)} offset 30m)`;
}

/**
 * By how much the finalised number has grown in half an hour, while the head grew by more than 96: Ethereum finalises at most 96 blocks
 * behind its head, development chains 64. The half hour lets every third slot be missed, as happens when finality is lost.
 */
export const finalityGrowth = `(${inHalfAnHour("finalized")} and ${sameClient} ${inHalfAnHour("head")} > 96)`;
