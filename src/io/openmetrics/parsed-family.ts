/** What a scraped text says: metric families with their samples. Both parsers give these. */
import type { Labels } from "../../core/labels.ts";

/** OpenMetrics 1.0, "Metric Types". The text format's `untyped` is `unknown` here. */
export type FamilyType = "counter" | "gauge" | "histogram" | "gaugehistogram" | "summary" | "info" | "stateset" | "unknown";

/** A traced observation beside a counter's or a bucket's sample. */
export interface ParsedExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timestampMs: number | null;
}

export interface ParsedSample {
  /** Whole name, with the suffix that the type asks for (`_total`, `_bucket`, `_created` …). */
  readonly name: string;
  /** Without `__name__`, in the order in which they stand. */
  readonly labels: Labels;
  /** Integers beyond 2^53 are the nearest float64. */
  readonly value: number;
  /** Milliseconds since the epoch, with a fraction where the text is finer; `null` where it gives none. */
  readonly timestampMs: number | null;
  readonly exemplar: ParsedExemplar | null;
}

export interface ParsedFamily {
  /** Without the samples' suffixes in OpenMetrics. */
  readonly name: string;
  readonly type: FamilyType;
  /** `null` where the text says nothing. */
  readonly unit: string | null;
  readonly help: string | null;
  readonly samples: readonly ParsedSample[];
}
