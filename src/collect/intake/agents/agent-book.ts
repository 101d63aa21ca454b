/**
 * What the hub knows of its agents: kept in memory, where each batch changes it, and written down every few seconds. After a kill the
 * book is a few seconds old; an agent then sends again what the hub cannot say that it has, and the store takes it as the same.
 */
import type { AgentNode, AgentRecord, AgentState, ClockOffset } from "../../../core/agent-record.ts";
import type { Annotation } from "../../../core/annotation.ts";
import { offsetAfter } from "../../../core/clock-offset.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import { type AgentRegistry, agentsMax } from "../../../store/state/agents.ts";

export interface AgentBookOptions {
  readonly registry: AgentRegistry;
  /** Puts a mark on the time axis: a gap in what an agent has sent. */
  readonly annotate: (annotation: Annotation) => void;
}

/** What one batch has come to. */
export interface BatchResult {
  readonly nowMs: number;
  readonly seq: number | null;
  readonly state: AgentState;
  readonly newestMs: number | null;
  readonly samples: number;
  readonly refusedSamples: number;
  readonly refusal: string | null;
}

export class AgentBook {
  readonly #options: AgentBookOptions;
  readonly #records = new Map<string, AgentRecord>();
  readonly #changed = new Set<string>();

  constructor(options: AgentBookOptions) {
    this.#options = options;
    for (const record of options.registry.list()) this.#records.set(record.node, record);
  }

  list(): readonly AgentRecord[] {
    return [...this.#records.values()];
  }

  knows(node: string): boolean {
    return this.#records.has(node);
  }

  /** How far the hub's clock was ahead of a node's at a time by the node's; `null` where it has not told. */
  clockAt(node: string, timeMs: number): ClockOffset | null {
    const record = this.#records.get(node);
    const clock = record?.state?.clock ?? null;
    if (record === undefined || clock === null) return null;
    return offsetAfter(clock, timeMs - (clock.atMs ?? record.lastSeenMs - clock.offsetMs));
  }

  /** The same at a time by the hub's clock. */
  clockNow(node: string, nowMs: number): ClockOffset | null {
    const offsetMs = this.#records.get(node)?.state?.clock?.offsetMs ?? 0;
    return this.clockAt(node, nowMs - offsetMs);
  }

  /** A node begins a session. Throws `TOO_MANY_REQUESTS` for a new one where there are too many. */
  greet(node: string, about: AgentNode & { readonly address: string; readonly outbox: string }, nowMs: number): AgentRecord {
    const before = this.#records.get(node);
    if (before === undefined && this.#records.size >= agentsMax) {
      throw new ChainPulseError("TOO_MANY_REQUESTS", `${agentsMax} agents report here already`, {
        fix: "Forget those that are gone: `chainpulse agent remove NODE`.",
      });
    }
    const { type, labels, version, samplingIntervalMs, address, outbox } = about;
    const goesOn = before?.outbox === outbox;
    const record: AgentRecord = {
      node,
      type,
      labels,
      version,
      samplingIntervalMs,
      address,
      outbox,
      state: goesOn ? before.state : null,
      firstSeenMs: before?.firstSeenMs ?? nowMs,
      lastSeenMs: nowMs,
      lastSampleMs: before?.lastSampleMs ?? null,
      seq: goesOn ? before.seq : null,
      storedSamples: before?.storedSamples ?? 0,
      refusedSamples: before?.refusedSamples ?? 0,
      refusal: before?.refusal ?? null,
    };
    this.#set(record);
    // Whoever has just joined is looked for on the fleet's page.
    if (before === undefined) this.flush();
    return record;
  }

  /** A batch is stored. */
  stored(node: string, { nowMs, seq, state, newestMs, samples, refusedSamples, refusal }: BatchResult): void {
    const before = this.#records.get(node);
    if (before === undefined) return;
    this.#set({
      ...before,
      state,
      lastSeenMs: nowMs,
      lastSampleMs: newestMs === null ? before.lastSampleMs : Math.max(newestMs, before.lastSampleMs ?? newestMs),
      seq: seq ?? before.seq,
      storedSamples: before.storedSamples + samples,
      refusedSamples: before.refusedSamples + refusedSamples,
      refusal: refusal ?? before.refusal,
    });
    const lost = state.droppedSamples - (before.state?.droppedSamples ?? 0);
    if (lost > 0) this.#markGap(node, lost, state, nowMs);
  }

  /** Writes down what has changed; an agent that was forgotten meanwhile is, unless it has come again. */
  flush(): void {
    const { registry } = this.#options;
    const known = new Set(registry.list().map(({ node }) => node));
    for (const node of this.#records.keys()) if (!known.has(node) && !this.#changed.has(node)) this.#records.delete(node);
    if (this.#changed.size === 0) return;
    registry.put([...this.#changed].flatMap((node) => this.#records.get(node) ?? []));
    this.#changed.clear();
  }

  #set(record: AgentRecord): void {
    this.#records.set(record.node, record);
    this.#changed.add(record.node);
  }

  /** Written down at once, so that a kill does not make two marks of one. */
  #markGap(node: string, samples: number, { gap }: AgentState, nowMs: number): void {
    this.flush();
    this.#options.annotate({
      kind: "gap",
      title: `${samples} samples of ${node} are lost: its buffer was full`,
      timestampMs: gap?.fromMs ?? nowMs,
      endMs: gap?.toMs ?? nowMs,
      node,
    });
  }
}
