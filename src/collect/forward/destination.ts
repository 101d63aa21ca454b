/** Where samples are sent on to. What is common to all (the queue, retries, the cursor) is in the forward thread's loop. */
import type { SpanForwardFacts } from "../../core/forward.ts";
import type { Labels } from "../../core/labels.ts";
import type { SeriesRef } from "../../core/storage.ts";
import type { OutboxRecord } from "../../store/outbox/outbox-record.ts";

export type { OutboxRecord };

export type SendOutcome =
  /** The other side has acknowledged all of it. `leftOut`: how much is not for it. */
  | { readonly kind: "stored"; readonly leftOut?: number }
  /** It will not take so much of this, however often it is asked: that is counted and left behind. */
  | { readonly kind: "refused"; readonly message: string; readonly count: number; readonly leftOut?: number }
  /** To be tried again; `afterMs`: not before then, where the other side has said so. */
  | { readonly kind: "retry"; readonly message: string; readonly afterMs?: number };

/** The labels of a series in the records; `undefined` for one that was forgotten meanwhile. */
export type LabelsOf = (ref: SeriesRef) => Labels | undefined;

export interface Destination {
  /** Stable over restarts: it names the destination's place in the queue. Letters, digits and what stands in addresses. */
  readonly id: string;
  /** For people: where it sends to, without secrets. */
  readonly address: string;
  /** Samples that one request carries at most. */
  readonly maxSamples: number;
  /**
   * Sends all of the records. What is to be tried again is asked for with the same list: parts that were taken need not be sent twice.
   * Never rejects for what the network does.
   */
  send(records: readonly OutboxRecord[], labelsOf: LabelsOf, signal: AbortSignal): Promise<SendOutcome>;
  /** Of the spans that it sends by itself, beside the samples; left out, or `null`, where it gets none. */
  spans?(): SpanForwardFacts | null;
  close(): void;
}
