/**
 * What an export writes, series by series: sorted by metric name and labels, the runs of a series in time order. In this order
 * OpenMetrics is valid and every format compresses best, and memory holds one run at a time. A run ends at whole multiples of
 * `runMs`, so that the same samples always make the same text.
 */
import { type LabelMatcher, type Labels, labelsKey, metricNameLabel } from "../../core/labels.ts";
import type { ReadObserver, SampleReader } from "../../core/storage.ts";
import type { SeriesRun } from "./series-run.ts";

export interface ExportSelection {
  /** None: every series. */
  readonly matchers: readonly LabelMatcher[];
  /** Samples with startMs < time ≤ endMs. */
  readonly startMs: number;
  readonly endMs: number;
}

/** A partition's length: each read touches one file, or two. 108,000 samples at the shortest interval. */
const runMs = 6 * 3_600_000;

/** `progress` is told of each series that is done. What cannot be read, and where a tier stands in, the observer hears. */
export function* exportRuns(
  reader: SampleReader,
  { matchers, startMs, endMs }: ExportSelection,
  observer: ReadObserver,
  progress: (done: number, series: number) => void,
): Generator<SeriesRun> {
  const series = [...reader.series(matchers, startMs, endMs)].sort(byName);
  for (const [index, labels] of series.entries()) {
    const key = labelsKey(labels);
    const exactly = Object.entries(labels).map(([name, value]) => ({ name, operator: "=", value }) as const);
    for (let fromMs = startMs; fromMs < endMs; fromMs = nextMultiple(fromMs)) {
      for (const { labels: found, ...run } of reader.select(exactly, fromMs, Math.min(endMs, nextMultiple(fromMs)), observer)) {
        // The matchers also accept series that have these labels and more.
        if (labelsKey(found) === key) yield { labels, timestampsMs: run.timestampsMs, values: run.values };
      }
    }
    progress(index + 1, series.length);
  }
}

/** The next end of a run after `timeMs`; it belongs to the run before it. */
function nextMultiple(timeMs: number): number {
  return (Math.floor(timeMs / runMs) + 1) * runMs;
}

function byName(a: Labels, b: Labels): number {
  const [left, right] = [a, b].map((labels) => `${labels[metricNameLabel] ?? ""}\u0000${labelsKey(labels)}`);
  return left === right ? 0 : (left ?? "") < (right ?? "") ? -1 : 1;
}
