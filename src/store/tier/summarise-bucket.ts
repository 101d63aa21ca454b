/**
 * The summaries of one bucket of series in one chunk, from raw samples of both families. A bucket is what blocks are made of: each block is
 * read once, and what is in memory at once stays some megabytes.
 */
import { type ReadObserver, type SeriesRef, type SummaryColumns, tierStepsMs } from "../../core/storage.ts";
import { type ColumnSamples, seriesPerBlock } from "../codec/block.ts";
import { joinPieces } from "../partition/column-pieces.ts";
import type { SealedSamples } from "../partition/sealed-samples.ts";
import { combine, numbersOf, type ReceivedColumn } from "../received/received-column.ts";
import type { ReceivedSamples } from "../received/received-samples.ts";
import { joinSummaries, summarise } from "./summarise.ts";
import { chunkMs } from "./tiers.ts";

const [finestMs] = tierStepsMs;

export type SeriesSummary = readonly [SeriesRef, SummaryColumns];

export interface RawSources {
  readonly sealed: SealedSamples;
  readonly received: ReceivedSamples;
}

/** Raw samples that are read at once, per series: an hour. */
const sliceMs = 3_600_000;
/** Series of which an hour is read and summarised in one step: 60,000 samples at 1 Hz, some milliseconds. */
const seriesPerRead = 16;

export function refsOfBucket(bucket: number): SeriesRef[] {
  return Array.from({ length: seriesPerBlock }, (_, slot) => bucket * seriesPerBlock + slot);
}

/** The chunk of the finest tier for the series of a bucket that have samples. */
export function* summariseBucket(
  { sealed, received }: RawSources,
  bucket: number,
  chunkStartMs: number,
  observer: ReadObserver,
): Generator<void, readonly SeriesSummary[]> {
  const refs = refsOfBucket(bucket);
  const parts = refs.map((): SummaryColumns[] => []);
  for (let fromMs = chunkStartMs; fromMs < chunkStartMs + chunkMs; fromMs += sliceMs) {
    const toMs = fromMs + sliceMs;
    for (let first = 0; first < seriesPerBlock; first += seriesPerRead) {
      const some = refs.slice(first, first + seriesPerRead);
      const late = received.select(some, fromMs, toMs, observer);
      const collected = sealed.select(some, fromMs, toMs, observer);
      for (const [i, found] of collected.entries()) {
        // As one: a stale marker counts only together with the sample that it follows.
        const samples = withReceived(found, late.get(i));
        if (samples !== null) parts[first + i]?.push(summarise(samples, finestMs, fromMs, toMs));
      }
      yield;
    }
  }
  return refs.flatMap((ref, slot): SeriesSummary[] => {
    const columns = joinSummaries(parts[slot] ?? []);
    return columns.endsMs.length === 0 ? [] : [[ref, columns]];
  });
}

function withReceived(
  collected: readonly ColumnSamples[],
  received: ReceivedColumn | undefined,
): Parameters<typeof summarise>[0] | null {
  if (received === undefined) return collected.length === 0 ? null : joinPieces(collected);
  const { histograms, ...numbers } = collected.length === 0 ? received : combine([numbersOf(joinPieces(collected)), received]);
  return histograms === null ? numbers : { ...numbers, histograms };
}
