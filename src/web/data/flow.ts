/** What comes in and goes out, as the server counts it since its start; and how fast that is, between two looks at the counters. */
import { receivedKinds, type DoorName, type ReceivedKind, type RefusalReason, type RequestOutcome } from "../../core/intake.ts";
import type { DestinationState } from "../../core/forward.ts";

export interface Door {
  readonly door: DoorName;
  readonly requests: Readonly<Record<RequestOutcome, number>>;
  /** Of bodies as they came. */
  readonly bytes: number;
  readonly received: Readonly<Record<ReceivedKind, number>>;
  readonly refused: Readonly<Record<RefusalReason, number>>;
}

export interface Receiving {
  readonly timestampMs: number;
  readonly doors: readonly Door[];
  readonly inFlightBytes: number;
  readonly seriesHeld: number;
  readonly besideBytes: Readonly<Record<string, number>>;
  readonly besideFailed: number;
}

export type Destination = Omit<DestinationState, "samplesRead">;

export interface Forwarding {
  /** `null`: nothing is sent on. */
  readonly queue: {
    readonly bytes: number;
    readonly maxBytes: number;
    readonly maxAgeMs: number;
    readonly unsent: number;
  } | null;
  readonly destinations: readonly Destination[];
}

/** Two looks at counters, with the time of each (ms). */
export interface Looks<T> {
  readonly now: T;
  readonly before: T | null;
  readonly seconds: number;
}

/** Increase per second; `null` while there is one look only, and after the counter began anew. */
export function perSecond<T>({ now, before, seconds }: Looks<T>, count: (counters: T) => number | undefined): number | null {
  if (before === null || seconds <= 0) return null;
  const increase = (count(now) ?? 0) - (count(before) ?? 0);
  return increase < 0 ? null : increase / seconds;
}

/** All that a door has let in, whatever it was. A native histogram is counted among the samples, too. */
export function itemsOf({ received }: Door): number {
  return receivedKinds.reduce((sum, kind) => (kind === "histograms" ? sum : sum + received[kind]), 0);
}

/** The counts that are not 0, the greatest first. */
export function presentCounts(counts: Readonly<Record<string, number>>): readonly (readonly [name: string, count: number])[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
}

export const doorWords: Readonly<Record<DoorName, string>> = {
  remote_write: "Remote write",
  otlp_metrics: "OTLP metrics",
  otlp_traces: "OTLP traces",
  otlp_logs: "OTLP logs",
  agents: "Agents",
  scrape: "Scraping",
  observe: "Observed programs",
};

export const destinationWords: Readonly<Record<Destination["kind"], string>> = {
  remote_write: "Remote write",
  otlp: "OTLP",
  hub: "Hub",
  engine: "Engine",
};
