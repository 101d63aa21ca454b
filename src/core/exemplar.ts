/** One observation that stands for many: it leads from a sample to the trace of what was measured. */
import type { Labels } from "./labels.ts";

export interface Exemplar {
  /** Of the exemplar itself: `trace_id` and the like. */
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number;
}

/** The exemplars of one series, by ascending time. */
export interface SeriesExemplars {
  readonly series: Labels;
  readonly exemplars: readonly Exemplar[];
}
