/**
 * The life of one transaction at one client, and the spans that tell it. What a family says comes in any order and more than once, and clocks
 * are set back: a span never ends before it begins, none begins before the transaction was first seen, and it always has exactly one status.
 */
import {
  flowAttributes as a,
  type FlowSpanName,
  flowSpans,
  reorgedOut,
  type TransactionStatus,
} from "../../../core/flow-names.ts";
import type { Attributes, SpanEvent } from "../../../core/span.ts";
import type { KnownBlock } from "./block-flow.ts";
import type { EarlierLife } from "./earlier-life.ts";
import type { FirstSight } from "./first-sight.ts";
import { type FlowSpan, type FlowSpans, roundedMs, spanEvent } from "./flow-spans.ts";

/** What a block says of one of its transactions. */
export interface InclusionFacts {
  readonly facts: Attributes;
  /** Why it failed there; `null`: it did not, or it is not known. */
  readonly failure: string | null;
}

/** How it left the pool. */
export interface Leaving {
  readonly facts: Attributes;
  /** By how much earlier that may have been, ms; `null`: not known. */
  readonly resolutionMs: number | null;
}

interface Inclusion extends InclusionFacts {
  readonly block: KnownBlock;
  /** Begin of `transaction.include`. */
  readonly startMs: number;
  /** Its block became canonical. */
  readonly timeMs: number;
}

/** Changes of its status that the root tells as events; a client that makes up reorganisations makes no longer ones. */
const eventsMax = 32;

export class TracedTransaction {
  readonly hash: string;
  readonly #spans: FlowSpans;
  readonly #first: FirstSight;
  readonly #chainId: () => string | null;
  #facts: Attributes = {};
  /** Of how it left the pool without a block. */
  #fateFacts: Attributes = {};
  #status: TransactionStatus = "pending";
  /** The last that is known of it. */
  #endMs: number;
  #events: readonly SpanEvent[] = [];
  /** In the pool since; `null`: it is not there. */
  #waitsSinceMs: number | null = null;
  #waits = 0;
  #queuedSinceMs: number | null = null;
  #queues = 0;
  #inclusion: Inclusion | null = null;
  #inclusions = 0;
  /** The inclusion whose execution is told last. */
  #executions = 0;

  constructor(spans: FlowSpans, first: FirstSight, chainId: () => string | null) {
    this.hash = first.hash;
    this.#spans = spans;
    this.#first = first;
    this.#chainId = chainId;
    this.#endMs = first.timeMs;
  }

  /** It goes on where an earlier watch of the client left it; what has become of it since, nobody knows. */
  resume({ facts, events, endMs, waitsSinceMs, waits, queues, inclusions }: EarlierLife): void {
    this.#facts = facts;
    this.#events = events;
    this.#endMs = Math.max(this.#endMs, endMs);
    this.#waitsSinceMs = waitsSinceMs;
    this.#waits = waits;
    this.#queues = queues;
    this.#inclusions = inclusions;
    this.#executions = inclusions;
    this.#become("unknown", this.#endMs);
  }

  /** Its hash as the client writes it. */
  get displayed(): string {
    return this.#first.displayed;
  }

  get status(): TransactionStatus {
    return this.#status;
  }

  /** The block that it is in. */
  get block(): KnownBlock | null {
    return this.#inclusion?.block ?? null;
  }

  /** More is known of it. */
  learn(facts: Attributes): void {
    const isNews = Object.entries(facts).some(([name, value]) => this.#facts[name] !== value);
    this.#facts = { ...this.#facts, ...facts };
    if (isNews) this.#tellRoot();
  }

  /** It is in the pool. */
  waits(timeMs: number): void {
    // It has waited all the time, though nobody looked.
    if (this.#status === "unknown" && this.#waitsSinceMs !== null) this.#become("pending", timeMs);
    if (this.#waitsSinceMs !== null || this.#inclusion !== null) return;
    this.#fateFacts = {};
    this.#beginWait(timeMs);
    this.#become("pending", timeMs);
  }

  /** It is in the pool, but cannot be executed yet. */
  queued(timeMs: number): void {
    if (this.#waitsSinceMs === null || this.#queuedSinceMs !== null) return;
    this.#queuedSinceMs = Math.max(this.#waitsSinceMs, timeMs);
    this.#queues++;
    this.#tell(flowSpans.queued, this.#queues, this.#queuedSinceMs, this.#queuedSinceMs);
  }

  executable(timeMs: number): void {
    if (this.#queuedSinceMs === null) return;
    this.#tell(flowSpans.queued, this.#queues, this.#queuedSinceMs, timeMs);
    this.#queuedSinceMs = null;
  }

  /** It has left the pool, and is in no block. */
  left(fate: "replaced" | "dropped", timeMs: number, { facts, resolutionMs }: Leaving): void {
    if (this.#waitsSinceMs === null) return;
    this.#endWait(timeMs, resolutionMs);
    this.#fateFacts = facts;
    this.#become(fate, timeMs);
  }

  /** A canonical block has it; of another one that had it, it is taken out. */
  included(block: KnownBlock, { facts, failure }: InclusionFacts, timeMs: number): void {
    const before = this.#inclusion;
    if (before?.block.hash === block.hash) return;
    if (before !== null) this.orphaned(timeMs);
    const startMs = Math.max(block.seenMs, this.#waitsSinceMs ?? this.#first.timeMs);
    this.#endWait(startMs);
    this.#inclusion = { block, facts, failure, startMs, timeMs: Math.max(startMs, timeMs) };
    this.#inclusions++;
    this.#fateFacts = {};
    this.#tellInclude(this.#inclusion, failure);
    this.#become("included", this.#inclusion.timeMs);
  }

  /** Its block was taken back: it waits again. */
  orphaned(timeMs: number): void {
    const inclusion = this.#inclusion;
    if (inclusion === null) return;
    this.#tellInclude(inclusion, reorgedOut);
    this.#inclusion = null;
    const againMs = Math.max(timeMs, inclusion.timeMs);
    this.#beginWait(againMs);
    this.#become("reorged", againMs);
  }

  /** How long its execution was measured to take; of several measurements the first counts. */
  executed({ startMs, endMs, attributes = {} }: Pick<FlowSpan, "startMs" | "endMs" | "attributes">): void {
    if (this.#inclusion === null || this.#executions === this.#inclusions) return;
    this.#executions = this.#inclusions;
    this.#tell(flowSpans.execute, this.#inclusions, startMs, endMs, { attributes });
  }

  /** Its block is as deep as it takes. */
  confirmed(timeMs: number, confirmations: number): void {
    if (this.#inclusion === null || this.#status !== "included") return;
    const attributes = { [a.confirmations]: confirmations };
    this.#tell(flowSpans.confirm, this.#inclusions, this.#inclusion.timeMs, timeMs, { attributes });
    this.#become("confirmed", timeMs);
  }

  /** Its block is final. */
  finalised(timeMs: number): void {
    if (this.#inclusion === null || this.#status === "finalized") return;
    this.#tell(flowSpans.finalize, this.#inclusions, this.#inclusion.timeMs, timeMs);
    this.#become("finalized", timeMs);
  }

  #beginWait(timeMs: number): void {
    this.#waitsSinceMs = Math.max(this.#first.timeMs, timeMs);
    this.#waits++;
    this.#tell(flowSpans.mempool, this.#waits, this.#waitsSinceMs, this.#waitsSinceMs);
  }

  #endWait(timeMs: number, resolutionMs: number | null = null): void {
    if (this.#waitsSinceMs === null) return;
    this.executable(timeMs);
    const attributes = resolutionMs === null ? {} : { [a.resolutionMs]: roundedMs(resolutionMs) };
    this.#tell(flowSpans.mempool, this.#waits, this.#waitsSinceMs, timeMs, { attributes });
    this.#waitsSinceMs = null;
  }

  #become(status: TransactionStatus, timeMs: number): void {
    this.#endMs = Math.max(this.#endMs, timeMs);
    this.#status = status;
    if (this.#events.length < eventsMax) {
      // A list of its own for each telling: what was told is not to change any more.
      this.#events = [...this.#events, spanEvent(status, this.#endMs)];
    }
    this.#tellRoot();
  }

  #tellInclude({ block, startMs, timeMs }: Inclusion, error: string | null): void {
    const attributes = {
      [a.blockHash]: block.displayed,
      [a.blockNumber]: block.number,
      // Where the transaction was seen after its block only, the block may have come by as much earlier.
      [a.resolutionMs]: roundedMs(block.resolutionMs + startMs - block.seenMs),
    };
    const links = [this.#spans.linkTo(block.hash)];
    this.#tell(flowSpans.include, this.#inclusions, startMs, timeMs, { attributes, links, error });
  }

  #tellRoot(): void {
    const { hash, displayed, timeMs, method, resolutionMs, isUnknown, ratio } = this.#first;
    const chain = this.#chainId();
    const inclusion = this.#inclusion;
    this.#spans.tell({
      hash,
      name: flowSpans.transaction,
      startMs: timeMs,
      endMs: this.#endMs,
      error: inclusion?.failure ?? null,
      events: this.#events,
      attributes: {
        ...(chain === null ? {} : { [a.chainId]: chain }),
        [a.hash]: displayed,
        ...this.#facts,
        ...this.#fateFacts,
        ...(inclusion === null
          ? {}
          : { [a.blockHash]: inclusion.block.displayed, [a.blockNumber]: inclusion.block.number, ...inclusion.facts }),
        ...(isUnknown ? { [a.firstSeen]: "unknown" } : {}),
        [a.status]: this.#status,
        [a.method]: method,
        [a.resolutionMs]: roundedMs(resolutionMs),
        [a.ratio]: ratio,
      },
    });
  }

  #tell(name: FlowSpanName, occurrence: number, startMs: number, endMs: number, more: Partial<FlowSpan> = {}): void {
    const beganMs = Math.max(this.#first.timeMs, startMs);
    this.#spans.tell({ hash: this.hash, name, occurrence, startMs: beganMs, endMs, ...more });
  }
}
