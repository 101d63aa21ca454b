/** What became of a transaction or block, in sentences. Here because pages and the command line say the same. */
import type { TransactionStatus } from "../flow-names.ts";
import type { BlockFlow, Flow, FlowPiece, FlowStage, PlaceFlow, TransactionFlow } from "./flow.ts";
import { type Place, placeNames } from "./flow-place.ts";
import type { Estimate, Hop } from "./hops.ts";
import { durationText, measuredText } from "./time-words.ts";

/** A stage as a bar or a row is called. */
export const stageTitles = {
  propagation: "Propagation",
  queued: "Queued",
  mempool: "Mempool",
  reorged: "Block taken back",
  propose: "Proposal",
  block_propagation: "Block propagation",
  import: "Import",
  execute: "Execution",
  attest: "Attestation",
  confirm: "Confirmation",
  justify: "Justification",
  finalize: "Finality",
} as const satisfies Record<FlowStage, string>;

/** A stage within a sentence: “62 % of it was …”. */
export const stageNouns = {
  propagation: "propagation from node to node",
  queued: "waiting for an earlier transaction of its sender",
  mempool: "waiting in the mempool",
  reorged: "a block that was taken back",
  propose: "the proposal",
  block_propagation: "propagation of the block",
  import: "import of the block",
  execute: "execution",
  attest: "attestation",
  confirm: "confirmation",
  justify: "justification",
  finalize: "finality",
} as const satisfies Record<FlowStage, string>;

/** Names of a flow's places, of those that are left out too. */
export function namesIn({ places, excluded }: Pick<Flow, "places" | "excluded">): (place: Place) => string {
  return placeNames([...places, ...excluded].map(({ place }) => place));
}

/** `chain 31337`: an EVM chain has a number for a name. */
export function chainText(chain: string): string {
  return /^\d+$/.test(chain) ? `chain ${chain}` : chain;
}

/** `312 ± 5 ms`; where nobody knows how wrong it may be, that is said. */
export function estimateText({ ms, errorMs }: Estimate): string {
  return errorMs === null ? `${durationText(ms)} (error not known)` : measuredText(ms, errorMs);
}

/** When a place first had it, after the flow's begin: both its clock and how it was asked may make that wrong. */
export function firstSeenText({
  firstSeenMs,
  clock,
  resolutionMs,
}: Pick<PlaceFlow, "firstSeenMs" | "clock" | "resolutionMs">): string {
  if (firstSeenMs === null) return "not known";
  return measuredText(firstSeenMs, clock === null || resolutionMs === null ? null : clock.errorMs + resolutionMs);
}

/** `B → C` */
export function hopName({ source, target }: Pick<Hop, "source" | "target">, nameOf: (place: Place) => string): string {
  return `${nameOf(source)} → ${nameOf(target)}`;
}

/** A part of the critical path: `mempool at B 8.9 s`, `block propagation B → C 312 ms`. */
export function pieceText({ stage, fromMs, toMs, place, source }: FlowPiece, nameOf: (place: Place) => string): string {
  const where = source === null ? `at ${nameOf(place)}` : hopName({ source, target: place }, nameOf);
  return `${stageTitles[stage].toLowerCase()} ${where} ${durationText(toMs - fromMs)}`;
}

/** Whether this is the flow's slowest hop, which an answer holds a second time. */
export function isSlowest({ slowestHop: { hop: slowest } }: Pick<Flow, "slowestHop">, { of, fromMs, toMs }: Hop): boolean {
  return slowest !== null && of === slowest.of && fromMs === slowest.fromMs && toMs === slowest.toMs;
}

/** What to read first: what became of it, where its time went, and which hop was slow. `nowMs`: ms since the epoch, by the server's clock. */
export function flowSentences(flow: Flow, nowMs: number): readonly string[] {
  const first = flow.kind === "transaction" ? transactionSentence(flow, nowMs) : blockSentence(flow);
  return [first, ...shareSentence(flow), ...hopSentence(flow)];
}

type Said = (flow: TransactionFlow, nowMs: number) => string;

const included: Said = (flow) => `Included in ${blockName(flow)}${latencyText(flow)}`;

const transactionWords: Readonly<Record<TransactionStatus, Said>> = {
  pending: (flow, nowMs) => `Waiting for ${durationText(Math.max(0, nowMs - flow.startMs))} so far${waitingText(flow)}`,
  included,
  confirmed: (flow) => `Confirmed: ${lowerFirst(included(flow, 0))}`,
  finalized: (flow) => `Final: ${lowerFirst(included(flow, 0))}`,
  replaced: (flow) => `Replaced${afterText(flow)} by another transaction of its sender with the same nonce or the same coins`,
  dropped: (flow) => `Dropped${afterText(flow)}: it left the mempools and is in no block`,
  reorged: () => "Taken back: its block is not part of the chain any more, and it is in no other one yet",
  unknown: () => "It was on its way when ChainPulse was stopped, and was not seen since: what became of it is not known",
};

function transactionSentence(flow: TransactionFlow, nowMs: number): string {
  const having = flow.places.filter(({ blockHash }) => blockHash !== null).length;
  const words = flow.status === null ? "What became of it no node says" : transactionWords[flow.status](flow, nowMs);
  const nodes = `${having === 0 ? "seen by" : `at ${having} of`} ${count(flow.places.length, "node")}`;
  return `${words}${having === 0 ? "; " : " "}${nodes}.${unseenText(flow, having)}`;
}

/** Why an included one has no latency. */
function unseenText({ latency, places }: TransactionFlow, having: number): string {
  if (latency !== null || having === 0) return "";
  return places.every(({ firstSeenMs }) => firstSeenMs === null)
    ? " No node told of it before its block did, so how long it waited is not known."
    : " How long it waited is not known.";
}

function blockName({ blockNumber }: TransactionFlow): string {
  return blockNumber === null ? "a block" : `block ${blockNumber.toLocaleString("en")}`;
}

function latencyText({ latency }: TransactionFlow): string {
  return latency === null ? "" : ` after ${estimateText(latency)}`;
}

/** Until the last mempool had lost it. */
function afterText({ places }: TransactionFlow): string {
  const leftMs = Math.max(0, ...places.flatMap(({ stages }) => stages.map(({ toMs }) => toMs)));
  return leftMs === 0 ? "" : ` after ${durationText(leftMs)}`;
}

function waitingText({ waitingFor }: TransactionFlow): string {
  if (waitingFor === "nonce") return ", because an earlier transaction of its sender is missing";
  return waitingFor === "fee" ? ", because it offers less than the base fee" : "";
}

function blockSentence({ number, status, places, blockPropagation }: BlockFlow): string {
  const name = number === null ? "This block" : `Block ${number.toLocaleString("en")}`;
  const fate = status === "orphaned" ? " did not stay in the chain; it" : "";
  if (blockPropagation === null) return `${name}${fate} was seen by ${count(places.length, "node")}.`;
  const { places: reached, half, all } = blockPropagation;
  return `${name}${fate} was at half of ${count(reached, "node")} after ${estimateText(half)}, and at all after ${estimateText(all)}.`;
}

/** The stage that took most of the latency. */
function shareSentence({ stages }: Flow): readonly string[] {
  const [most] = stages.filter(({ share }) => share !== null).toSorted((a, b) => (b.share ?? 0) - (a.share ?? 0));
  if (most === undefined || most.share === null) return [];
  return [`${shareText(most.share)} of it was ${stageNouns[most.stage]}: ${durationText(most.ms)}.`];
}

/** `62 %`; never 100 where something is missing. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 1) return "<1\u00a0%";
  return percent > 99 && percent < 100 ? ">99\u00a0%" : `${Math.round(percent)}\u00a0%`;
}

function hopSentence(flow: Flow): readonly string[] {
  const { hop, reason } = flow.slowestHop;
  if (hop !== null) {
    const whose = flow.kind === "transaction" && hop.of === "block" ? "The slowest hop was its block's" : "The slowest hop was";
    return [`${whose} ${hopName(hop, namesIn(flow))}, ${estimateText(hop.delay)}.`];
  }
  return flow.hops.length < 2 ? [] : [`Which hop was the slowest cannot be told: ${reason}.`];
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
