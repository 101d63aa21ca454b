/**
 * The life of blocks at one client, as spans: first seen, canonical, taken back, and the stages that a family knows of. Every block is traced, there
 * are few of them. A family says what it sees, in whatever order and however often.
 */
import {
  type BlockStatus,
  flowAttributes as a,
  flowHash,
  type FlowSpanName,
  flowSpans,
  type ObserverMethod,
  reorgedOut,
} from "../../../core/flow-names.ts";
import type { Attributes, SpanLink } from "../../../core/span.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { type FlowSpan, type FlowSpans, openFlowSpans, roundedMs, spanEvent } from "./flow-spans.ts";

export interface BlockFlowOptions {
  /** What only clients of the same chain have in common; `null` while it is not known. */
  readonly chainId: () => string | null;
}

export interface SeenBlockFacts {
  readonly hash: string;
  readonly number: number;
  /** ms since the epoch, as all times here. */
  readonly timeMs: number;
  readonly method: ObserverMethod;
  /** By how much later than it came that may be, ms. */
  readonly resolutionMs: number;
}

export interface CanonicalBlockFacts extends SeenBlockFacts {
  /** What is known of it beside that, by `flowAttributes`. */
  readonly facts?: Attributes;
}

/** A stage of a block's life that a family has measured. */
export type BlockStage = Omit<FlowSpan, "name" | "occurrence"> & {
  readonly name: Extract<FlowSpanName, `block.${string}`>;
};

export interface KnownBlock {
  /** As `flowHash` gives it. */
  readonly hash: string;
  /** As the client writes it. */
  readonly displayed: string;
  readonly number: number;
  readonly seenMs: number;
  /** By how much later than it came that may be, ms. */
  readonly resolutionMs: number;
}

export interface BlockFlow {
  /** The client knows of the block, before it is read. */
  seen(block: SeenBlockFacts): void;
  /** The client serves it as canonical. One that was not seen before was first seen then. `null` for what is no hash. */
  canonical(block: CanonicalBlockFacts): KnownBlock | null;
  /** It is not canonical any more. */
  orphaned(hash: string, timeMs: number): void;
  /** Of a block that was seen lately; of others it has no effect. */
  stage(stage: BlockStage): void;
  /** To its root at this client; none for what is no hash. */
  linksTo(hash: string): readonly SpanLink[];
  /** With it a question that is about this block joins its trace; `undefined` for what is no hash, and where nothing is traced. */
  traceparent(hash: string): string | undefined;
}

/** Blocks that are remembered: more than the 96 that the Ethereum chain usually needs until one is final, and an hour of blocks every 7 s. */
const blocksMax = 512;

interface Block extends KnownBlock {
  readonly seen: SeenBlockFacts;
  facts: Attributes;
  status: BlockStatus;
  /** First canonical; `null`: not yet. */
  canonicalMs: number | null;
  /** Taken back last; `null`: never. */
  orphanedMs: number | null;
}

export function openBlockFlow(context: ClientContext, options: BlockFlowOptions): BlockFlow {
  return blockFlowOf(context, openFlowSpans(context), options);
}

/** As `openBlockFlow`, for a flow that has its spans already. */
export function blockFlowOf(context: ClientContext, spans: FlowSpans, { chainId }: BlockFlowOptions): BlockFlow {
  const blocks = new Map<string, Block>();

  const blockOf = (seen: SeenBlockFacts): Block | null => {
    const hash = flowHash(seen.hash);
    if (hash === null) return null;
    const known = blocks.get(hash);
    if (known !== undefined) return known;
    const { hash: displayed, number, timeMs: seenMs, resolutionMs } = seen;
    const block: Block = {
      hash,
      displayed,
      number,
      seenMs,
      resolutionMs,
      seen,
      facts: {},
      status: "seen",
      canonicalMs: null,
      orphanedMs: null,
    };
    blocks.set(hash, block);
    const [oldest] = blocks.keys();
    if (blocks.size > blocksMax && oldest !== undefined) blocks.delete(oldest);
    return block;
  };
  const tell = ({
    hash,
    displayed,
    number,
    seenMs,
    resolutionMs,
    canonicalMs,
    orphanedMs,
    seen,
    facts,
    status,
  }: Block): void => {
    const chain = chainId();
    spans.tell({
      hash,
      name: flowSpans.block,
      startMs: seenMs,
      endMs: canonicalMs ?? seenMs,
      error: status === "orphaned" ? reorgedOut : null,
      events: orphanedMs === null ? [] : [spanEvent(reorgedOut, orphanedMs)],
      attributes: {
        ...(chain === null ? {} : { [a.chainId]: chain }),
        ...facts,
        [a.blockHash]: displayed,
        [a.blockNumber]: number,
        [a.blockStatus]: status,
        [a.method]: seen.method,
        [a.resolutionMs]: roundedMs(resolutionMs),
      },
    });
  };

  return {
    seen(facts) {
      const block = blockOf(facts);
      if (block?.status === "seen") tell(block);
    },
    canonical(facts) {
      const block = blockOf(facts);
      if (block === null || block.status === "canonical") return block;
      block.status = "canonical";
      block.canonicalMs ??= Math.max(block.seenMs, facts.timeMs);
      block.facts = { ...block.facts, ...facts.facts };
      tell(block);
      return block;
    },
    orphaned(hash, timeMs) {
      const block = blocks.get(flowHash(hash) ?? "");
      if (block === undefined || block.status === "orphaned") return;
      block.status = "orphaned";
      block.orphanedMs = Math.max(block.seenMs, timeMs);
      tell(block);
    },
    stage(stage) {
      const hash = flowHash(stage.hash);
      if (hash !== null && blocks.has(hash)) spans.tell({ ...stage, hash });
    },
    linksTo(hash) {
      const whole = flowHash(hash);
      return whole === null ? [] : [spans.linkTo(whole)];
    },
    traceparent(hash) {
      const whole = flowHash(hash);
      return whole === null || !context.chain.tracing.enabled ? undefined : spans.traceparent(whole, flowSpans.block);
    },
  };
}
