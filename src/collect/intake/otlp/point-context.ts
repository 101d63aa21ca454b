/** What reading data points works with, and what their kinds share: is the point taken, of which stream, with which series. */
import type { Labels } from "../../../core/labels.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { attributeList, readAttribute } from "./any-value.ts";
import type { DeltaState } from "./delta-state.ts";
import type { PointScan } from "./point-scan.ts";
import type { Refuse, SampleBatch, SeriesSet } from "./sample-batch.ts";
import { type AttributeEntries, type SeriesLabels, seriesLabels, type Translation } from "./series-labels.ts";
import type { MetricEntry, StreamEntry, StreamTable } from "./stream-table.ts";

/** One per request; the batch is another one each time that it was handed on. */
export interface PointContext {
  readonly reader: ProtoReader;
  readonly scan: PointScan;
  readonly table: StreamTable;
  readonly translation: Translation;
  readonly refuse: Refuse;
  /** On the clock that never steps: the table forgets by it. */
  readonly nowMs: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  readonly deltaSeriesMax: number;
  batch: SampleBatch;
  /** Of the data points of the resource that were taken, ms. */
  earliestMs: number;
  latestMs: number;
}

/** The stream of the point that has been read; `null` where it cannot be taken. */
export function admitPoint(context: PointContext, metric: MetricEntry): StreamEntry | null {
  const { scan, table, refuse } = context;
  const { timeMs } = scan;
  if (timeMs < context.oldestMs || timeMs > context.newestMs) {
    if (timeMs < context.oldestMs)
      refuse("too_old", timeMs === 0 ? "a data point has no time" : "a data point is too old to be kept");
    else refuse("too_new", "a data point lies in the future");
    return null;
  }
  scan.finish();
  // SDKs that forget what they have sent may name the attributes in another order each time: two sums in one series would be none.
  if (metric.header.isDelta) scan.sortAttributes();
  const stream = table.stream(metric, scan.keyBytes, scan.keyFrom, scan.keyTo, context.nowMs);
  if (metric.header.isDelta && stream.delta === null && !scan.hasNoValue) {
    if (stream.isPassing || table.deltas >= context.deltaSeriesMax) {
      refuse(
        "series_limit",
        `more than ${context.deltaSeriesMax} series of delta temporality are summed up (otlp.delta_series_max)`,
      );
      return null;
    }
  }
  context.earliestMs = Math.min(context.earliestMs, timeMs);
  context.latestMs = Math.max(context.latestMs, timeMs);
  return stream;
}

/** What one series of a set is called, and the label that it has beside the attributes. */
export interface SeriesName {
  readonly name: string;
  readonly extra?: readonly [name: string, value: string];
}

/** Sees to it that the series get numbers; false where they cannot have any. `names` is asked for series that are new only. */
export function withSeries(
  context: PointContext,
  metric: MetricEntry,
  set: SeriesSet,
  names: () => readonly SeriesName[],
): boolean {
  const { batch } = context;
  if (set.refs !== null || batch.alsoNeeds(set)) return true;
  const attributes = pointAttributes(context);
  const made: Labels[] = [];
  for (const name of names()) {
    const series = pointLabels(context, metric, attributes, name);
    if ("refusal" in series) {
      context.refuse(series.refusal.reason, series.refusal.message);
      return false;
    }
    made.push(series.labels);
  }
  batch.need(set, made);
  return true;
}

export function pointAttributes({ scan }: PointContext): AttributeEntries {
  const attributes = attributeList();
  const reader = new ProtoReader(scan.keyBytes, scan.keyFrom, scan.keyTo);
  // All fields in there are attributes.
  while (reader.next()) readAttribute(reader, attributes);
  return attributes.entries;
}

export function pointLabels(
  context: PointContext,
  { scope }: MetricEntry,
  attributes: AttributeEntries,
  series: SeriesName,
): SeriesLabels {
  return seriesLabels({ ...series, attributes, scope: scope.labels, resource: scope.resource.labels }, context.translation);
}

/** The stream has other series from now on. */
export function replaceSeries(context: PointContext, stream: StreamEntry, set: SeriesSet): SeriesSet {
  if (stream.series !== null) context.table.retire(stream.series, context.nowMs);
  else if (stream.isPassing) context.batch.passing.push(set);
  stream.series = set;
  return set;
}

/**
 * When the counting of a cumulative stream has begun anew since its point before: there zeros are stored, because the value may be higher
 * than the one before, and the increase would be counted from that. `null` where it goes on, or no start was said.
 */
export function restartOf({ scan, oldestMs, batch }: PointContext, stream: StreamEntry): number | null {
  const { startMs, timeMs } = scan;
  const beforeMs = stream.timeMs;
  stream.timeMs = Math.max(timeMs, beforeMs);
  const isRestart = beforeMs > 0 && startMs > beforeMs && startMs < timeMs && startMs >= oldestMs;
  if (!isRestart) return null;
  // When this comes again, it must be seen again.
  batch.undo.push(() => (stream.timeMs = beforeMs));
  return startMs;
}

/** When the sum of a stream begins that nothing has been known of: 1 ms after its start, where the last sample before may be. */
export function deltaBeginning({ scan, oldestMs }: PointContext): number | null {
  const beginningMs = scan.startMs + 1;
  return scan.startMs > 0 && beginningMs < scan.timeMs && beginningMs >= oldestMs ? beginningMs : null;
}

/** Puts what a stream has summed up in the place of what it had, until the samples turn out not to have been stored. */
export function advanceDelta({ batch, table }: PointContext, stream: StreamEntry, after: DeltaState): void {
  const before = stream.delta;
  table.setDelta(stream, after);
  // What another request has added meanwhile stays: it holds this one's part.
  batch.undo.push(() => {
    if (stream.delta === after) table.setDelta(stream, before);
  });
}
