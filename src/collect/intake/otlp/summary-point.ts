/**
 * Data points of summaries → a series per quantile, `_count` and `_sum`.
 * Sources: metrics.proto, SummaryDataPoint; OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md, "Summaries".
 */
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { boundText } from "./bound-text.ts";
import { quantilesMax } from "./otlp-limits.ts";
import { admitPoint, type PointContext, replaceSeries, type SeriesName, withSeries } from "./point-context.ts";
import type { SeriesSet } from "./sample-batch.ts";
import type { MetricEntry, StreamEntry } from "./stream-table.ts";

const field = { count: 4, sum: 5, quantiles: 6, attributes: 7, flags: 8 } as const;

interface Summary {
  readonly quantiles: readonly number[];
  readonly values: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Reads the SummaryDataPoint that the reader is in. Errors: `ProtobufError`. */
export function readSummaryPoint(context: PointContext, metric: MetricEntry): void {
  const { scan, batch } = context;
  const point = readSummary(context);
  const { quantiles, values } = point;
  if (quantiles.length > quantilesMax || !quantiles.every((quantile) => quantile >= 0 && quantile <= 1)) {
    context.refuse("invalid", `a summary: its quantiles are not within 0 and 1, or more than ${quantilesMax}`);
    return;
  }
  const stream = admitPoint(context, metric);
  if (stream === null) return;
  const set = setFor(context, stream, point);
  if (!withSeries(context, metric, set, () => namesOf(metric, set))) return;
  if (scan.hasNoValue) {
    batch.addStale(set, scan.timeMs);
    return;
  }
  for (const [place, value] of values.entries()) batch.add(set, place, scan.timeMs, value);
  batch.add(set, values.length, scan.timeMs, point.count);
  batch.add(set, values.length + 1, scan.timeMs, point.sum);
}

/** The stream's series where they fit, or where it ends; else new ones. */
function setFor(context: PointContext, stream: StreamEntry, { quantiles }: Summary): SeriesSet {
  const { series } = stream;
  const fits =
    series !== null &&
    (context.scan.hasNoValue ||
      (series.bounds.length === quantiles.length && series.bounds.every((bound, at) => bound === quantiles[at])));
  if (fits) return series;
  return replaceSeries(context, stream, { refs: null, size: quantiles.length + 2, bounds: quantiles, hasSum: true });
}

/** Quantiles in the point's order, the count, the sum. */
function namesOf({ header }: MetricEntry, { bounds }: SeriesSet): readonly SeriesName[] {
  const { metric } = header.metadata;
  return [
    ...bounds.map((quantile): SeriesName => ({ name: metric, extra: ["quantile", boundText(quantile)] })),
    { name: `${metric}_count` },
    { name: `${metric}_sum` },
  ];
}

function readSummary({ reader, scan }: PointContext): Summary {
  const quantiles: number[] = [];
  const values: number[] = [];
  let [count, sum] = [0, 0];
  scan.begin();
  for (let tagAt = reader.at; reader.next(); tagAt = reader.at) {
    switch (reader.field) {
      case field.count:
        count = reader.fixed64AsNumber();
        break;
      case field.sum:
        sum = reader.double();
        break;
      case field.quantiles:
        readQuantile(reader, quantiles, values);
        break;
      default:
        scan.other(field, tagAt);
    }
  }
  return { quantiles, values, count, sum };
}

function readQuantile(reader: ProtoReader, quantiles: number[], values: number[]): void {
  let [quantile, value] = [0, 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) quantile = reader.double();
    else if (reader.field === 2) value = reader.double();
    else reader.skip();
  }
  reader.leave(outer);
  // One more than is taken, so that too many are seen, and no more are kept.
  if (quantiles.length > quantilesMax) return;
  quantiles.push(quantile);
  values.push(value);
}
