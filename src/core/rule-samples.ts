/** What the evaluation of rules hands to the store's only writer, in another thread. */
import type { RuleGroupFacts } from "./runtime.ts";

/** The results of one evaluation of one group. */
export interface RuleSampleBatch {
  /** Of the evaluation. */
  readonly timestampMs: number;
  /** `labelsKey` of each series: a text crosses between threads at less cost than an object, and is looked up as it is. */
  readonly keys: readonly string[];
  /** One for each key; stale markers as bits. */
  readonly values: Float64Array;
  /** Of all groups, as they stand now. */
  readonly groups: readonly RuleGroupFacts[];
}

export interface RuleSampleReceipt {
  /** Samples that were dropped, because the store takes no more series. */
  readonly refused: number;
  /** Why; `null` where none was. */
  readonly refusal: string | null;
}

/** Takes results of rules. Rejects with `SAMPLE_OUT_OF_ORDER` where they come too late, and with the store's errors. */
export interface RuleSampleSink {
  storeRuleSamples(batch: RuleSampleBatch): Promise<RuleSampleReceipt>;
}
