/**
 * Puts the spans of transactions and blocks together as they come, node by node and out of order, until nothing more is to be expected. A
 * flow is told once: what comes after that (its confirmation, minutes later) is told span by span, and never makes it a new flow. Nothing counts
 * twice, however often it is sent: whose acknowledgement was lost sends all of it again.
 */
import type { Clock } from "../../core/clock.ts";
import { flowSpans } from "../../core/flow-names.ts";
import { observedScope } from "../../core/observed-span.ts";
import type { Span } from "../../core/span.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { nodesOf, ownerOf } from "../../core/telemetry-source.ts";
import { flowOf } from "../../core/trace/flow-of.ts";
import { type KeptSpan, keptSpan } from "./kept-span.ts";
import { lateStages } from "./late-stages.ts";

/** Agents send several times a second; who has said nothing for this long after the end has no more to say of it, ms. */
const quietMs = 10_000;
/** Where some place has not come to an end, ms: longer than an agent is away while its hub is started anew. */
const unendedQuietMs = 60_000;
/** What waits longer is forgotten, ms: when it ends, its observers tell it from its begin. */
const waitingMsMax = 3_600_000;
/** Flows that are open, spans of one of them, and of all: 50 MB. The oldest are forgotten first. */
const flowsMax = 8000;
const spansOfFlowMax = 4096;
const spansMax = 40_000;
/** Spans that are put together at a time: 100 ms of the thread that also takes what senders send. What remains waits for the next time. */
const spansPerCheck = 10_000;
/** Flows of which what comes late is still told. */
const toldMax = 20_000;
/** And stages that those have: 20 MB. */
const stagesMax = 100_000;

/** What a late span does not say itself. */
export type ToldFlow = Pick<Flow, "kind" | "chain" | "isSimulated">;

export interface OpenFlowsOptions {
  /** The node whose clock the others' are compared to. */
  readonly node: string;
  readonly clock: Clock;
  /** It has come to an end at every place that is known; or for the network as a whole, and nothing was heard of it for a minute. */
  readonly onEnded: (flow: Flow) => void;
  /** It has been waiting for a minute; called once. */
  readonly onWaiting: (flow: Flow) => void;
  /** A stage of a flow that has ended, as its span tells; each once. */
  readonly onLate: (span: Span, flow: ToldFlow) => void;
  /** So many were forgotten to make room. */
  readonly onForgotten: (flows: number) => void;
}

interface OpenFlow {
  /** By `keyOf`: one that comes again replaces the one before. */
  readonly spans: Map<string, KeptSpan>;
  readonly sinceMs: number;
  heardMs: number;
  /** When to look at it next. */
  dueMs: number;
  isToldWaiting: boolean;
}

interface Told {
  readonly flow: ToldFlow;
  /** Late stages that were told already, with the flow or after it, by `keyOf`. */
  readonly stages: Set<string>;
}

const names: ReadonlySet<string> = new Set(Object.values(flowSpans));
const endings: ReadonlySet<string | null> = new Set<Flow["status"]>([
  "included",
  "confirmed",
  "finalized",
  "replaced",
  "dropped",
  "canonical",
  "orphaned",
]);

export class OpenFlows {
  readonly #options: OpenFlowsOptions;
  /** By trace id, the one that was opened first at the front. */
  readonly #open = new Map<string, OpenFlow>();
  readonly #told = new Map<string, Told>();
  /** Stages of all that was told. */
  #stages = 0;
  /** Spans that are kept, by their weight. */
  #spans = 0;

  constructor(options: OpenFlowsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Spans that no observer made are passed over. */
  add(spans: readonly Span[]): void {
    for (const span of spans) {
      if (span.source.scopeName !== observedScope || !names.has(span.name)) continue;
      const told = this.#told.get(span.traceId);
      if (told === undefined) this.#keep(span);
      else this.#tellLate(span, told);
    }
    this.#makeRoom();
  }

  /** Tells what has ended; to be called from time to time. */
  check(): void {
    const nowMs = this.#options.clock.monotonicMs();
    let looked = 0;
    for (const [traceId, open] of this.#open) {
      if (open.dueMs > nowMs) continue;
      if (looked >= spansPerCheck) break;
      looked += open.spans.size;
      this.#look(traceId, open, nowMs);
    }
  }

  #keep(span: Span): void {
    const nowMs = this.#options.clock.monotonicMs();
    const open = this.#open.get(span.traceId) ?? {
      spans: new Map<string, KeptSpan>(),
      sinceMs: nowMs,
      heardMs: nowMs,
      dueMs: nowMs,
      isToldWaiting: false,
    };
    this.#open.set(span.traceId, open);
    open.heardMs = nowMs;
    open.dueMs = nowMs + quietMs;
    const key = keyOf(span);
    const before = open.spans.get(key);
    if (before === undefined && open.spans.size >= spansOfFlowMax) return;
    const kept = keptSpan(span);
    open.spans.set(key, kept);
    this.#spans += kept.weight - (before?.weight ?? 0);
  }

  #tellLate(span: Span, { flow, stages }: Told): void {
    const key = keyOf(span);
    if (!lateStages.has(span.name) || stages.has(key) || stages.size >= spansOfFlowMax) return;
    stages.add(key);
    this.#stages++;
    this.#forgetTold();
    this.#options.onLate(span, flow);
  }

  #look(traceId: string, open: OpenFlow, nowMs: number): void {
    const { node, clock, onEnded, onWaiting } = this.#options;
    const flow = flowOf(
      Array.from(open.spans.values(), ({ span }) => span),
      { nowMs: clock.nowMs(), ownNode: node },
    );
    const isQuiet = nowMs - open.heardMs >= unendedQuietMs;
    // The flow's own status, not any place's: one small pool that drops it ends nothing as long as it waits elsewhere.
    const isEverywhere = flow?.places.every(({ status }) => endings.has(status)) ?? false;
    if (flow !== null && endings.has(flow.status) && (isEverywhere || isQuiet)) {
      this.#close(traceId, open);
      this.#remember(traceId, flow, open);
      onEnded(flow);
    } else if ((flow === null && isQuiet) || nowMs - open.sinceMs >= waitingMsMax) {
      this.#close(traceId, open);
    } else {
      open.dueMs = (isQuiet ? nowMs : open.heardMs) + unendedQuietMs;
      if (!isQuiet || flow === null || open.isToldWaiting) return;
      open.isToldWaiting = true;
      onWaiting(flow);
    }
  }

  #close(traceId: string, { spans }: OpenFlow): void {
    this.#open.delete(traceId);
    for (const { weight } of spans.values()) this.#spans -= weight;
  }

  #remember(traceId: string, { kind, chain, isSimulated }: Flow, { spans }: OpenFlow): void {
    const stages = new Set<string>();
    for (const [key, { span }] of spans) if (lateStages.has(span.name)) stages.add(key);
    this.#told.set(traceId, { flow: { kind, chain, isSimulated }, stages });
    this.#stages += stages.size;
    this.#forgetTold();
  }

  #forgetTold(): void {
    for (const [traceId, { stages }] of this.#told) {
      if (this.#told.size <= toldMax && this.#stages <= stagesMax) return;
      this.#told.delete(traceId);
      this.#stages -= stages.size;
    }
  }

  #makeRoom(): void {
    let forgotten = 0;
    for (const [traceId, open] of this.#open) {
      if (this.#open.size <= flowsMax && this.#spans <= spansMax) break;
      this.#close(traceId, open);
      forgotten++;
    }
    if (forgotten > 0) this.#options.onForgotten(forgotten);
  }
}

/**
 * Roots begin anew where watching does, and both tell something; of any other span there is one. Ids can be worked out by anybody: whoever only says
 * that it is of a node does not take the place of what that node's agent has seen.
 */
function keyOf({ name, spanId, startNs, source: { resource } }: Span): string {
  const [node = ""] = nodesOf(resource);
  const whose = JSON.stringify([ownerOf(resource), node]);
  const isRoot = name === flowSpans.transaction || name === flowSpans.block;
  return isRoot ? `${spanId} ${startNs} ${whose}` : `${spanId} ${whose}`;
}
