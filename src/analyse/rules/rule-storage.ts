/** What rules are evaluated with: where they read and where their results go. The running node, a unit test of rules and our own tests each have one. */
import type { Labels } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { VectorSample } from "../../query/api.ts";

/** One result of a rule. `stale` ends the series. */
export interface RuleSample {
  /** With `__name__`, sorted. */
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number | NativeHistogram | "stale";
}

export interface RuleStorage {
  /** A group begins: all its rules see what is stored now, and nothing newer but their own results. */
  begin(): void;
  /** The elements of the expression's vector; a scalar is one without labels. Throws, or rejects with, `ChainPulseError`. */
  query(expr: string, timeMs: number): readonly VectorSample[] | Promise<readonly VectorSample[]>;
  /** From now on queries see these. */
  append(samples: readonly RuleSample[]): void;
  /** Keeps what was appended since the last call; a group calls it after its last rule. Rejects where it cannot be kept. */
  flush(timeMs: number): Promise<void>;
  /**
   * The newest sample with fromMs < time ≤ toMs of every series `ALERTS_FOR_STATE` of the alert; those that have ended are left out.
   */
  activeBefore(alertName: string, fromMs: number, toMs: number): readonly VectorSample[] | Promise<readonly VectorSample[]>;
}

/** One that answers at once. */
export interface LocalRuleStorage extends RuleStorage {
  query(expr: string, timeMs: number): readonly VectorSample[];
  activeBefore(alertName: string, fromMs: number, toMs: number): readonly VectorSample[];
}
