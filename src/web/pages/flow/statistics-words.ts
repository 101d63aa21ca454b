/** What many transactions or blocks say together, in sentences. */
import type { FlowStatistics } from "../../../core/trace/aggregate.ts";
import type { FlowLabel } from "../../../core/trace/flow-labels.ts";
import type { Flow } from "../../../core/trace/flow.ts";
import { estimateText, shareText, stageNouns } from "../../../core/trace/flow-words.ts";
import type { LatencyPart, LatencyShares } from "../../../core/trace/latency-shares.ts";
import { durationText } from "../../../core/trace/time-words.ts";

/** What a label means, and what to do about it. */
export const labelWords = {
  fee_below_basefee: "offer less than the base fee: they wait until it falls, or are replaced by ones that offer more",
  nonce_gap: "wait for an earlier transaction of their sender",
  not_propagated: "have waited for a minute, and some nodes have never seen them: see whether those have peers",
  node_lagging: "are in a block that some node still has not, a minute after most have: see whether it keeps up",
  execution_slow: "are in a block that took a client longer than 95 % of the others",
  finality_stall: "are included, and not final long after the others were",
} as const satisfies Record<FlowLabel, string>;

/** Parts that a sentence names; the rest is in the picture. */
const partsNamed = 3;
/** A part of less is not worth a word. */
const leastShare = 0.05;

/** What to read first, and who is slow with the reason. Both empty where there are none. */
export interface StatisticsWords {
  readonly lead: readonly string[];
  readonly verdicts: readonly string[];
}

export function statisticsWords(kind: Flow["kind"], statistics: FlowStatistics): StatisticsWords {
  const { flows, latency, shares, waitingShare, importShare } = statistics;
  if (flows === 0) return { lead: [], verdicts: [] };
  const parts = latency === null || shares.slowest === null ? [] : [partsSentence(latency.p95Ms, shares.slowest)];
  const waiting = waitingShare === null || importShare === null ? [] : [waitingSentence(waitingShare, importShare)];
  return {
    lead: [latencySentence(kind, statistics), ...parts],
    verdicts: [statusSentence(statistics), ...waiting, hopSentence(statistics), placeSentence(statistics)],
  };
}

function waitingSentence(waiting: number, work: number): string {
  return `${shareText(waiting)} of all that time was waiting and being passed on; in ${shareText(work)} clients worked on blocks.`;
}

function latencySentence(kind: Flow["kind"], { flows, latency }: FlowStatistics): string {
  const of = `${flows.toLocaleString("en")} ${kind}${flows === 1 ? "" : "s"}`;
  if (latency === null) return `Of ${of} none has come to its end yet.`;
  const { n, p50Ms, p95Ms } = latency;
  const what = kind === "transaction" ? "in a block at all nodes that have it" : "at all nodes that have it";
  return `${n.toLocaleString("en")} of ${of} ${n === 1 ? "is" : "are"} ${what}: half of these within ${durationText(p50Ms)}, 95 % within ${durationText(p95Ms)}.`;
}

/** States that a sentence calls otherwise than the spans do. */
const stateWords: Readonly<Record<string, string>> = {
  reorged: "taken back",
  finalized: "final",
  orphaned: "not in the chain",
};

/** How many there are of each state. */
function statusSentence({ statuses }: FlowStatistics): string {
  const counts = Object.entries(statuses).toSorted(([, a], [, b]) => b - a);
  return `${counts.map(([status, count]) => `${count.toLocaleString("en")} ${stateWords[status] ?? (status || "of unknown state")}`).join(", ")}.`;
}

/** `62 % of p95 is mempool wait, 21 % the hop B → C` */
function partsSentence(p95Ms: number, { n, parts }: LatencyShares): string {
  const named = parts.slice(0, partsNamed).filter(({ share }, index) => index === 0 || share >= leastShare);
  const said = named.map((part) => `${shareText(part.share)} ${partNoun(part)}`).join(", ");
  return `Of those that took ${durationText(p95Ms)} and more (${n.toLocaleString("en")}), ${said}.`;
}

/** A stage, or a hop with its ends. */
export function partNoun({ stage, sourceName, targetName }: Omit<LatencyPart, "share">): string {
  if (sourceName === null || targetName === null) return `was ${stageNouns[stage]}`;
  return `was ${stage === "block_propagation" ? "the block's hop" : "the hop"} ${sourceName} → ${targetName}`;
}

function hopSentence({ slowestHop: { slowest, reason } }: FlowStatistics): string {
  if (slowest === null) return `Which hop is the slowest cannot be said: ${reason}.`;
  const { of, sourceName, targetName, typical, n } = slowest;
  return `The slowest hop is ${sourceName} → ${targetName} (of ${of}s), ${estimateText(typical)} in the middle of ${n.toLocaleString("en")}: ${reason}.`;
}

function placeSentence({ slowestPlace: { slowest, reason } }: FlowStatistics): string {
  if (slowest === null) return `Which node takes longest for a block cannot be said: ${reason}.`;
  return `${slowest.name} takes longest from having a block to serving it, ${estimateText(slowest.typical)}: ${reason}.`;
}
