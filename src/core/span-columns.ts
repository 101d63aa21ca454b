/**
 * The spans of one trace as columns: what a picture of a hundred thousand of them, a path through them or a sum over them needs, without
 * attributes. Rows are in the order of their start; of equal ones, in that of their ids. Bodies are asked for one by one.
 */

/** Names of a service and of one of its spans: an `Operation` of `telemetry-reader.ts`, which knows of columns itself. */
export interface ColumnOperation {
  readonly service: string;
  readonly name: string;
}

export interface SpanColumns {
  /** Begin of the span that begins first, ns since the epoch. `startMs` counts from it. */
  readonly originNs: bigint;
  /** ms after the origin; never below 0. */
  readonly startMs: Float64Array;
  /** ms; below 0 where the sender's clock was set back meanwhile. */
  readonly durationMs: Float64Array;
  /** Row of the parent; -1: a root, or one whose parent is not there. Following it never comes to the same row again. */
  readonly parent: Int32Array;
  /** Place in `operations`. */
  readonly operation: Uint32Array;
  /** Place in `nodes`. */
  readonly node: Uint32Array;
  /** `spanFlags`, added up. */
  readonly flags: Uint8Array;
  /** Eight bytes each. */
  readonly spanIds: Uint8Array;
  readonly operations: readonly ColumnOperation[];
  /** Ids of the nodes that the spans are of; the empty text for those that say none. */
  readonly nodes: readonly string[];
}

export const spanFlags = {
  /** Its status is an error. */
  failed: 1,
  /** It names a parent that is not there. */
  orphan: 2,
  /** Its parent is below itself: the link was cut. */
  cycle: 4,
} as const;

/** A trace in columns, as its server tells it: columns are the bytes of the little-endian arrays in base64. */
export interface SpanColumnsJson {
  /** Decimal. */
  readonly originNs: string;
  readonly count: number;
  readonly startMs: string;
  readonly durationMs: string;
  readonly parent: string;
  readonly operation: string;
  readonly node: string;
  readonly flags: string;
  readonly spanIds: string;
  readonly operations: readonly ColumnOperation[];
  readonly nodes: readonly string[];
}
