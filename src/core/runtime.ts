/** What ChainPulse knows of itself while it runs; the collect stage hands it to collectors, and the self domain makes metrics of it. */
import type { AgentRecord } from "./agent-record.ts";
import type { ForwardFacts } from "./forward.ts";
import type { IntakeFacts } from "./intake.ts";
import type { StoreStats } from "./storage.ts";

export const threadNames = ["main", "data", "query", "analyse", "intake", "forward"] as const;

export type ThreadName = (typeof threadNames)[number];

/** One thread of ours; counters count from the thread's start. */
export interface ThreadFacts {
  readonly thread: ThreadName;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  /** Seconds in which its event loop was busy. */
  readonly loopActiveSeconds: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly heapLimitBytes: number;
  /** ArrayBuffers and other memory outside the heap. */
  readonly externalBytes: number;
  readonly gcRuns: number;
  readonly gcSeconds: number;
}

export interface CollectorFacts {
  readonly id: string;
  /** How long its last run took; `null` before the first. */
  readonly durationSeconds: number | null;
  readonly succeeded: boolean;
  readonly runs: number;
  readonly failures: number;
  readonly series: number;
}

export interface TickFacts {
  /** How much later than planned the last tick began. */
  readonly latenessSeconds: number;
  /** From the tick's begin to its commit. */
  readonly durationSeconds: number;
  /** Planned ticks that did not happen. */
  readonly missed: number;
  readonly ticks: number;
  /** Samples that were dropped, because the store takes no more series. */
  readonly samplesRefused: number;
}

/** One group of rules; counters count since its first evaluation. */
export interface RuleGroupFacts {
  readonly group: string;
  readonly file: string;
  readonly rules: number;
  readonly evaluations: number;
  /** Of rules. */
  readonly failures: number;
  /** Planned evaluations that did not happen. */
  readonly missed: number;
  readonly samples: number;
  readonly lastDurationSeconds: number;
  /** Seconds since the epoch; `null` before the first. */
  readonly lastEvaluationSeconds: number | null;
}

export interface RuntimeFacts {
  /** Threads that run now. */
  threads(): readonly ThreadFacts[];
  collectors(): readonly CollectorFacts[];
  tick(): TickFacts;
  store(): StoreStats;
  /** Agents that report here; none on a node that is no hub. */
  agents(): readonly AgentRecord[];
  /** Groups of rules that have been evaluated since the start. */
  rules(): readonly RuleGroupFacts[];
  intake(): IntakeFacts;
  /** `null` while nothing is sent on. */
  forward(): ForwardFacts | null;
}
