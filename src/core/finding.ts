/** Something an analyser states about a node, with what shows it. */
export type FindingSeverity = "info" | "warning" | "critical";

export interface Finding {
  /** Stable while the finding lasts: the same cause keeps its id. */
  readonly id: string;
  /** What found it: `check`, later `anomaly`, `regression`, `bottleneck` … */
  readonly kind: string;
  readonly severity: FindingSeverity;
  readonly node: string;
  readonly startMs: number;
  /** `null` while it lasts. */
  readonly endMs: number | null;
  /** One sentence for a human. */
  readonly sentence: string;
  readonly action: string | null;
  /** The expressions and their values that show it. */
  readonly evidence: readonly { readonly expr: string; readonly value: number | null }[];
  /** 0–1, and what the number means; `null` where the finding is a plain comparison with a limit. */
  readonly confidence: { readonly value: number; readonly meaning: string } | null;
}
