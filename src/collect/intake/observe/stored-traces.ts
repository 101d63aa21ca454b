/** What observers of this node have stored before, read back: whoever begins to watch takes up what the watch before it left on its way. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../../core/clock.ts";
import type { StoredWish } from "../../../core/observer.ts";
import type { Span } from "../../../core/span.ts";
import type { ReadAllowance, TelemetryReader, TraceFilter } from "../../../core/telemetry-reader.ts";
import { nodesOf, serviceOf } from "../../../core/telemetry-source.ts";

/** Traces that are read at a time, and what one search may take of the thread that receives everything, ms. */
const pageMax = 100;
const searchMsMax = 20;
/** Whoever asks waits for it, before anything is watched: a store of weeks is looked through as far as that goes. */
const allMsMax = 5000;
/** A trace of which more is to be read is none that an observer has made. */
const spansMax = 4096;
const bytesMax = 4_194_304;
/** Nobody's clock is ahead by so much, ns. */
const toNs = 2n ** 63n - 1n;

export interface StoredTracesOptions {
  readonly node: string;
  readonly clock: Clock;
  /** Opened for each reading, and closed after it. */
  readonly openReader: () => TelemetryReader;
}

/** As `ObserveContext.eachStored`. */
export async function eachStoredTrace(
  { service, name, attribute, tracesMax }: StoredWish,
  { node, clock, openReader }: StoredTracesOptions,
  visit: (spans: readonly Span[]) => void,
): Promise<void> {
  const filter: TraceFilter = { fromNs: 0n, toNs, node, service, name, attributes: [attribute] };
  const isOwn = ({ source: { resource } }: Span): boolean =>
    nodesOf(resource).includes(node) && serviceOf(resource) === service;
  const reader = openReader();
  try {
    const endMs = clock.monotonicMs() + allMsMax;
    let left = tracesMax;
    let cursor: string | null = null;
    do {
      const page = reader.traces(filter, { limit: Math.min(pageMax, left), cursor }, allowance(clock));
      const ids = page.items.map(({ item }) => item.traceId);
      reader.eachTrace(ids, { spansMax, bytesMax }, allowance(clock), (trace) => {
        if (trace !== null) visit(trace.spans.filter(isOwn));
        return true;
      });
      left -= ids.length;
      cursor = page.next;
      await nextTurn();
    } while (cursor !== null && left > 0 && clock.monotonicMs() < endMs);
  } finally {
    reader.close();
  }
}

/** What is damaged is passed over: the store tells of it where it is asked for. */
function allowance(clock: Clock): ReadAllowance {
  const endMs = clock.monotonicMs() + searchMsMax;
  return { check: () => undefined, isLate: () => clock.monotonicMs() >= endMs, note: () => undefined };
}
