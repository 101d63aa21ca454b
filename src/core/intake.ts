/** What is told of the ways in: which doors there are, what came through them, and why something did not. */

/**
 * `scrape` and `observe` are no doors that others knock at. What is scraped comes in the same way; of what is observed the events do, the
 * samples are written by ticks.
 */
export const doorNames = ["remote_write", "otlp_metrics", "otlp_traces", "otlp_logs", "agents", "scrape", "observe"] as const;
export type DoorName = (typeof doorNames)[number];

/**
 * How a request ended. `stored`: 2xx; `refused`: 4xx, the sender must not repeat it; `overloaded`: 429 or 503, it should;
 * `failed`: our fault.
 */
export const requestOutcomes = ["stored", "refused", "overloaded", "failed"] as const;
export type RequestOutcome = (typeof requestOutcomes)[number];

/** What can come in. Native histograms are samples too, and are counted among those as well. */
export const receivedKinds = ["samples", "histograms", "exemplars", "metadata", "spans", "logs", "events"] as const;
export type ReceivedKind = (typeof receivedKinds)[number];

/**
 * Why a sample (or an exemplar, a span …) was left out of what was stored. `invalid`: it, or its labels, are not what the protocol says;
 * `label_limit`: too many labels, or too long ones; `series_limit`: the store takes no more series; `too_old`, `too_new`: outside of
 * the times that are taken; `unsupported`: there is no place for it here; `forbidden`: the token may not write it; `sampled`: its trace is
 * none of the share that is kept.
 */
export const refusalReasons = [
  "invalid",
  "label_limit",
  "series_limit",
  "too_old",
  "too_new",
  "unsupported",
  "forbidden",
  "sampled",
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** A count by name, in the names' order. */
export type Counts<Name extends string> = readonly (readonly [name: Name, count: number])[];

/** One door; counters count since the start of the process. */
export interface DoorFacts {
  readonly door: DoorName;
  readonly requests: Counts<RequestOutcome>;
  /** Of bodies, as they came: compressed where they are. */
  readonly bytes: number;
  readonly received: Counts<ReceivedKind>;
  readonly refused: Counts<RefusalReason>;
}

/** What is stored beside samples. */
export const besideKinds = ["traces", "logs", "exemplars", "metadata", "events"] as const;
export type BesideKind = (typeof besideKinds)[number];

export interface IntakeFacts {
  /** Doors that something has come to. */
  readonly doors: readonly DoorFacts[];
  /** Bodies that are being worked on now, bytes. */
  readonly inFlightBytes: number;
  /** Series that senders write, and whose numbers are held for them. */
  readonly seriesHeld: number;
  /** Bytes on the disk that spans, log records, exemplars, metadata and events take; 0 for what was never received. */
  readonly besideBytes: Counts<BesideKind>;
  /** Spans, log records, exemplars and events that could not be written: the disk was full or does not work. */
  readonly besideFailed: number;
}
