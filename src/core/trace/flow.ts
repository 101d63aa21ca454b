/**
 * The life of one transaction, or the way of one block, across the nodes that saw it: what the spans of its trace say when they are put side
 * by side. Plain data: it is part of the API as it stands here. Times are ms after `startMs`, corrected by what is known of the clocks.
 */
import type { ClockOffset } from "../agent-record.ts";
import type { BlockStatus, ObserverMethod, TransactionStatus } from "../flow-names.ts";
import type { Place } from "./flow-place.ts";
import type { Estimate, Hop, Propagation, SlowestHop } from "./hops.ts";

/**
 * What the time goes to, in the order of a life. `propagation`: from place to place, before it is in a block. `queued`: an earlier one of its
 * sender is missing. `mempool`: it could be included, and waits. `reorged`: in a block that was taken back. `block_propagation`: its block on
 * its way from place to place. `import`: a client has the block, and not yet as canonical. `execute`: only where it was measured, of a block as a
 * part of `import`, of a transaction by running it once more. What follows comes after the inclusion. `propose` and `attest` are a block's alone.
 */
export const flowStages = [
  "propagation",
  "queued",
  "mempool",
  "reorged",
  "propose",
  "block_propagation",
  "import",
  "execute",
  "attest",
  "confirm",
  "justify",
  "finalize",
] as const;
export type FlowStage = (typeof flowStages)[number];

/** A stage at one place. */
export interface PlaceStage {
  readonly stage: FlowStage;
  readonly fromMs: number;
  /** Of what goes on: when it was last seen so. */
  readonly toMs: number;
  /** Its block was taken back. */
  readonly isReorged: boolean;
  /** By how much earlier it may have been, ms: the client was asked, and did not tell. Left out where that is not known. */
  readonly resolutionMs?: number;
}

export interface PlaceFlow<Status extends string = string> {
  readonly place: Place;
  /** What to call it: the node's id, with the client's name where the node has several here. */
  readonly name: string;
  /** How far the hub's clock is ahead of this node's; `null`: not known, and the times are as the node said. */
  readonly clock: ClockOffset | null;
  /** `null`: it came with its block, or was there before the node was watched. */
  readonly firstSeenMs: number | null;
  /** By how much later than it came that may be; `null`: not known. */
  readonly resolutionMs: number | null;
  readonly method: ObserverMethod | null;
  /** It came from this node's own RPC, and from no peer. */
  readonly isSubmittedHere: boolean;
  /** `null`: the node does not say. */
  readonly status: Status | null;
  /** The block that it has it in. */
  readonly blockHash: string | null;
  readonly blockNumber: number | null;
  readonly stages: readonly PlaceStage[];
}

/** A part of the way on which the end waited for just this. */
export interface FlowPiece {
  readonly stage: FlowStage;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where it waited; of a hop: where it arrived. */
  readonly place: Place;
  /** Of a hop: where it came from. */
  readonly source: Place | null;
}

/** How long a stage took for the network. */
export interface StageTime {
  readonly stage: FlowStage;
  readonly ms: number;
  /** Of the latency; `null` for what is no part of it. */
  readonly share: number | null;
}

/** A place that is left out, because nothing can be told from its times. */
export interface ExcludedPlace {
  readonly place: Place;
  readonly reason: string;
}

interface FlowFacts<Status extends string> {
  readonly traceId: string;
  /** Whole, without 0x; empty where no span says it. */
  readonly hash: string;
  readonly chain: string;
  readonly isSimulated: boolean;
  /** First seen by any place, ms since the epoch. */
  readonly startMs: number;
  readonly status: Status | null;
  /** By first seen. */
  readonly places: readonly PlaceFlow<Status>[];
  readonly excluded: readonly ExcludedPlace[];
  /** By time. */
  readonly hops: readonly Hop[];
  readonly slowestHop: SlowestHop;
  /**
   * From first seen anywhere to canonical at the last place that has its block; `null` while it is nowhere. Its error is that of comparing the
   * first and the last place.
   */
  readonly latency: Estimate | null;
  /** Pieces that follow each other from 0 to the latency; empty without one. */
  readonly path: readonly FlowPiece[];
  /** Those of the path add up to the latency. The rest is the longest of all places. */
  readonly stages: readonly StageTime[];
}

export interface TransactionFlow extends FlowFacts<TransactionStatus> {
  readonly kind: "transaction";
  readonly submittedAt: Place | null;
  /** Hash of the one that took its place. */
  readonly replacedBy: string | null;
  readonly waitingFor: string | null;
  /** Of the block that most places have it in. */
  readonly blockHash: string | null;
  readonly blockNumber: number | null;
  /** Share of transactions that was traced then; the least that a place says. */
  readonly samplingRatio: number | null;
  /** Of the transaction itself. */
  readonly propagation: Propagation | null;
  readonly blockPropagation: Propagation | null;
}

export interface BlockFlow extends FlowFacts<BlockStatus> {
  readonly kind: "block";
  readonly number: number | null;
  readonly transactions: number | null;
  readonly blockPropagation: Propagation | null;
}

export type Flow = TransactionFlow | BlockFlow;
