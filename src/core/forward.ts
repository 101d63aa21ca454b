/** What is told of the ways out: where samples are sent on to, how far that has come, and why it has not. */

export const destinationKinds = ["remote_write", "otlp", "hub", "engine"] as const;

export type DestinationKind = (typeof destinationKinds)[number];

/** Spans on their way to a destination; counters count since its start. */
export interface SpanForwardFacts {
  /** Spans that were acknowledged. */
  readonly sent: number;
  /** Spans that it will not take. */
  readonly refused: number;
  /** Spans of traces that are not among those it is to get. */
  readonly leftOut: number;
  /** Files of the store that retention has deleted before they were sent to their end. */
  readonly skippedFiles: number;
}

/** One destination; counters count since its start. */
export interface DestinationFacts {
  readonly id: string;
  readonly kind: DestinationKind;
  /** Without secrets. */
  readonly address: string;
  /** Samples that were acknowledged. */
  readonly sent: number;
  /** Samples that it will not take, however often it is asked. */
  readonly refused: number;
  /** Samples that are not for it: OTLP gets no metrics of which nobody has told what they are. */
  readonly leftOut: number;
  /** Samples that could not be read from the queue any more, because it is damaged. */
  readonly damaged: number;
  /** Requests that failed and are made again. */
  readonly retries: number;
  /** Of the queue: bytes that wait. */
  readonly pendingBytes: number;
  /** Everything from before this time is settled, ms since the epoch; `null` where nothing waits. */
  readonly pendingSinceMs: number | null;
  /** Samples that were ever put into the queue up to the last one that was read from it. */
  readonly samplesRead: number;
  /** Time of the newest sample that was acknowledged, ms since the epoch; `null` before the first. */
  readonly newestMs: number | null;
  /** Why the last request failed; `null` after one that did not. */
  readonly failing: string | null;
  /** What was refused last, and why; `null` where nothing was. */
  readonly refusal: string | null;
  /** `null` where it gets no spans. */
  readonly spans: SpanForwardFacts | null;
}

/** One destination together with what the queue itself knows. */
export interface DestinationState extends DestinationFacts {
  readonly pendingSamples: number;
  /** Samples that were dropped unsent, because the queue was full or they were too old: ever. */
  readonly dropped: number;
}

export interface ForwardFacts {
  /** Of the queue on the disk. */
  readonly bytes: number;
  /** Samples that are stored and are not sent on, because the queue had no room for them. */
  readonly unsent: number;
  readonly destinations: readonly DestinationState[];
}
