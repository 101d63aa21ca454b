/** What is done to all that a target has said, entry by entry: after each scrape, and when the target is looked at. */
import type { SeriesRef } from "../../../core/storage.ts";
import { entryState, type KnownSeries } from "./known-series.ts";

/** So many entries must be dead, and half of all, before the others are moved together. */
const deadMin = 256;

/** Series whose end has not come yet. */
export function* aliveSeries(known: KnownSeries): Generator<SeriesRef> {
  for (let entry = 0; entry < known.count; entry++) {
    if (known.isTracked(entry) && known.stateOf(entry) === entryState.series) yield known.refOf(entry);
  }
}

/** All series that have a number. */
export function* numberedSeries(known: KnownSeries): Generator<SeriesRef> {
  for (let entry = 0; entry < known.count; entry++) {
    if (known.stateOf(entry) === entryState.series) yield known.refOf(entry);
  }
}

/** Lines of metadata that were there in this scrape or a later one. */
export function* commentsSince(known: KnownSeries, scrape: number): Generator<string> {
  for (let entry = 0; entry < known.count; entry++) {
    if (known.stateOf(entry) === entryState.comment && known.seenIn(entry) >= scrape) {
      yield Buffer.from(known.keyOf(entry)).toString("utf8");
    }
  }
}

/** Notes the end of those that were not in this scrape (`null`: of all), and gives the series that are nowhere else. */
export function endMissing(known: KnownSeries, scrape: number | null): readonly SeriesRef[] {
  const ended: SeriesRef[] = [];
  for (let entry = 0; entry < known.count; entry++) {
    if (!known.isTracked(entry) || known.seenIn(entry) === scrape) continue;
    known.end(entry);
    if (known.stateOf(entry) === entryState.series) ended.push(known.refOf(entry));
  }
  if (ended.length === 0) return ended;
  // Two spellings may be one series, of which one is left.
  const alive = new Set(aliveSeries(known));
  return ended.filter((ref) => !alive.has(ref));
}

/** Decides anew what the store has refused. */
export function offerAgain(known: KnownSeries): void {
  for (let entry = 0; entry < known.count; entry++) {
    if (known.stateOf(entry) === entryState.refused) known.decide(entry, entryState.pending);
  }
}

/** What was there in this scrape or a later one, and the series that are let go of; `null` while there is little to let go of. */
export function withoutOld(
  known: KnownSeries,
  oldest: number,
): { readonly kept: KnownSeries; readonly released: readonly SeriesRef[] } | null {
  let dead = 0;
  for (let entry = 0; entry < known.count; entry++) if (known.seenIn(entry) < oldest) dead++;
  if (dead < deadMin || dead * 2 < known.count) return null;
  const released: SeriesRef[] = [];
  const kept = known.keepOnly((entry) => {
    if (known.seenIn(entry) >= oldest) return true;
    if (known.stateOf(entry) === entryState.series) released.push(known.refOf(entry));
    return false;
  });
  return { kept, released };
}
