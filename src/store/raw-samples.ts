/** The samples of one series, put together from what the parts of the store have of it. */
import type { Labels } from "../core/labels.ts";
import type { SeriesRef, SeriesSamples } from "../core/storage.ts";
import type { ColumnSamples } from "./codec/block.ts";
import { joinPieces } from "./partition/column-pieces.ts";
import { combine, numbersOf } from "./received/received-column.ts";

export type RawSamples = Pick<SeriesSamples, "timestampsMs" | "values" | "histograms">;

/** What is handed in is nobody else's, and may have more fields than these. */
export function seriesOf(ref: SeriesRef, labels: Labels, { timestampsMs, values, histograms }: RawSamples): SeriesSamples {
  return histograms === undefined ? { ref, labels, timestampsMs, values } : { ref, labels, timestampsMs, values, histograms };
}

/** One array of each; `null` where there is nothing. */
export function joinSamples(older: readonly ColumnSamples[], raw: RawSamples | null | undefined): RawSamples | null {
  if (older.length === 0) return raw ?? null;
  if (raw?.histograms === undefined) return joinPieces(raw === null || raw === undefined ? older : [...older, raw]);
  const { timestampsMs, values, histograms } = combine([...older.map(numbersOf), { ...raw, histograms: raw.histograms }]);
  return { timestampsMs, values, histograms };
}
