/**
 * Data points of histograms with written-out bounds → the classic series `_bucket`, `_count` and `_sum`, or one native histogram with
 * custom buckets. Least and greatest value have no place there and are left out.
 * Sources: metrics.proto, HistogramDataPoint; OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md, "Histograms".
 */
import { customBucketsSchema, type CounterResetHint, type NativeHistogram } from "../../../core/native-histogram.ts";
import { boundText } from "./bound-text.ts";
import type { HistogramDelta } from "./delta-state.ts";
import { readExemplars } from "./exemplars.ts";
import { sparse } from "./exponential.ts";
import { bucketsMax } from "./otlp-limits.ts";
import {
  admitPoint,
  advanceDelta,
  deltaBeginning,
  restartOf,
  type PointContext,
  replaceSeries,
  type SeriesName,
  withSeries,
} from "./point-context.ts";
import type { SeriesSet } from "./sample-batch.ts";
import type { MetricEntry, StreamEntry } from "./stream-table.ts";

const field = { count: 4, sum: 5, counts: 6, bounds: 7, exemplars: 8, attributes: 9, flags: 10 } as const;

/** What a point says, and what several of delta temporality come to. */
export interface Distribution {
  readonly bounds: readonly number[];
  /** One more than bounds, or none at all. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number | null;
}

/** Reads the HistogramDataPoint that the reader is in. Errors: `ProtobufError`. */
export function readHistogramPoint(context: PointContext, metric: MetricEntry): void {
  const { scan } = context;
  const point = readDistribution(context);
  const fault = scan.hasNoValue ? null : faultOf(point);
  if (fault !== null) {
    context.refuse("invalid", `a histogram: ${fault}`);
    return;
  }
  const stream = admitPoint(context, metric);
  if (stream === null) return;
  if (scan.hasNoValue) {
    end(context, metric, stream, point);
    return;
  }
  const before = stream.delta?.kind === "histogram" ? stream.delta : null;
  const total = metric.header.isDelta ? summedUp(context, before, point) : point;
  if (total === null) {
    context.refuse("too_old", "a data point of delta temporality is older than the newest one of its series");
    return;
  }
  if (context.translation.nativeHistograms) takeNative(context, metric, stream, total);
  else takeClassic(context, metric, stream, total);
}

function readDistribution({ reader, scan }: PointContext): Distribution {
  const counts: number[] = [];
  const bounds: number[] = [];
  let count = 0;
  let sum: number | null = null;
  scan.begin();
  for (let tagAt = reader.at; reader.next(); tagAt = reader.at) {
    switch (reader.field) {
      case field.count:
        count = reader.fixed64AsNumber();
        break;
      case field.sum:
        sum = reader.double();
        break;
      case field.counts:
        reader.fixed64s(counts, bucketsMax + 1);
        break;
      case field.bounds:
        reader.doubles(bounds, bucketsMax);
        break;
      default:
        scan.other(field, tagAt);
    }
  }
  return { bounds, counts, count, sum };
}

function faultOf({ bounds, counts, count }: Distribution): string | null {
  if (counts.length !== bounds.length + 1 && counts.length + bounds.length > 0) {
    return `${counts.length} buckets do not go with ${bounds.length} bounds`;
  }
  // Written so that NaN is refused too.
  if (!bounds.every((bound, at) => bound > (bounds[at - 1] ?? -Infinity))) return "its bounds do not ascend";
  const total = counts.reduce((all, one) => all + one, 0);
  return counts.length > 0 && total !== count ? `its buckets hold ${total} observations, its count says ${count}` : null;
}

/** Ends the series that the stream has, or those that it would have, as far as the point says them. */
function end(context: PointContext, metric: MetricEntry, stream: StreamEntry, point: Distribution): void {
  const { nativeHistograms } = context.translation;
  const set = stream.series ?? setFor(context, stream, nativeHistograms ? null : point);
  const isThere = withSeries(context, metric, set, () => (nativeHistograms ? [nativeName(metric)] : classicNames(metric, set)));
  if (isThere) context.batch.addStale(set, context.scan.timeMs);
}

/** `null`: older than what there is. The newest one again changes nothing. */
function summedUp({ scan }: PointContext, before: HistogramDelta | null, point: Distribution): Distribution | null {
  if (before === null) return point;
  if (scan.timeMs < before.timeMs) return null;
  if (scan.timeMs === before.timeMs) return before;
  // With other bounds there is nothing to add to: it begins anew.
  if (!isSame(before.bounds, point.bounds) || before.counts.length !== point.counts.length) return point;
  return {
    bounds: point.bounds,
    counts: point.counts.map((count, at) => count + (before.counts[at] ?? 0)),
    count: before.count + point.count,
    sum: before.sum === null || point.sum === null ? null : before.sum + point.sum,
  };
}

function takeClassic(context: PointContext, metric: MetricEntry, stream: StreamEntry, total: Distribution): void {
  const { scan, batch } = context;
  const set = setFor(context, stream, total);
  if (!withSeries(context, metric, set, () => classicNames(metric, set))) return;
  const zerosMs = beginningOf(context, metric, stream, total);
  if (zerosMs !== null) for (let place = 0; place < set.size; place++) batch.add(set, place, zerosMs, 0);
  let below = 0;
  for (let place = 0; place < total.bounds.length; place++) {
    below += total.counts[place] ?? 0;
    batch.add(set, place, scan.timeMs, below);
  }
  const last = total.bounds.length;
  batch.add(set, last, scan.timeMs, total.count);
  batch.add(set, last + 1, scan.timeMs, total.count);
  if (total.sum !== null) batch.add(set, last + 2, scan.timeMs, total.sum);
  if (scan.exemplars.length === 0) return;
  const names = classicNames(metric, set);
  const bounds = [...total.bounds, Infinity];
  readExemplars(
    context,
    metric,
    names.slice(0, bounds.length).map((series, at) => ({ bound: bounds[at] ?? Infinity, series })),
  );
}

function takeNative(context: PointContext, metric: MetricEntry, stream: StreamEntry, total: Distribution): void {
  const { scan, batch } = context;
  const set = setFor(context, stream, null);
  if (!withSeries(context, metric, set, () => [nativeName(metric)])) return;
  const isAnew = beginningOf(context, metric, stream, total) !== null;
  batch.addHistogram(set, scan.timeMs, customBuckets(total, isAnew ? "reset" : "unknown"));
  if (scan.exemplars.length > 0) readExemplars(context, metric, null);
}

/** When the counting begins, where the samples must say so. */
function beginningOf(context: PointContext, { header }: MetricEntry, stream: StreamEntry, total: Distribution): number | null {
  if (!header.isDelta) return restartOf(context, stream);
  const before = stream.delta;
  if (before !== null && context.scan.timeMs === before.timeMs) return null;
  advanceDelta(context, stream, { kind: "histogram", timeMs: context.scan.timeMs, ...total });
  return before === null ? deltaBeginning(context) : null;
}

/** The stream's series where they fit, else new ones; `null`: the one of a native histogram. */
function setFor(context: PointContext, stream: StreamEntry, classic: Distribution | null): SeriesSet {
  const { series } = stream;
  if (classic === null) return series ?? replaceSeries(context, stream, { refs: null, size: 1, bounds: [], hasSum: false });
  const { bounds, sum } = classic;
  const hasSum = sum !== null;
  if (series !== null && series.hasSum === hasSum && isSame(series.bounds, bounds)) return series;
  return replaceSeries(context, stream, { refs: null, size: bounds.length + (hasSum ? 3 : 2), bounds, hasSum });
}

function nativeName({ header }: MetricEntry): SeriesName {
  return { name: header.metadata.metric };
}

/** Buckets by ascending bound, +Inf, the count, and where there is one the sum. */
function classicNames({ header }: MetricEntry, { bounds, hasSum }: SeriesSet): readonly SeriesName[] {
  const { metric } = header.metadata;
  return [
    ...[...bounds, Infinity].map((bound): SeriesName => ({ name: `${metric}_bucket`, extra: ["le", boundText(bound)] })),
    { name: `${metric}_count` },
    ...(hasSum ? [{ name: `${metric}_sum` }] : []),
  ];
}

function customBuckets({ bounds, counts, count, sum }: Distribution, counterReset: CounterResetHint): NativeHistogram {
  // Without any bucket all observations are below +Inf.
  const side = sparse({ offset: 0, counts: counts.length === 0 ? [count] : counts }, 0);
  return {
    counterReset,
    schema: customBucketsSchema,
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum: sum ?? Number.NaN,
    positiveSpans: side.spans,
    positiveBuckets: side.counts,
    negativeSpans: [],
    negativeBuckets: [],
    customValues: bounds,
  };
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
