/**
 * Data points of exponential histograms → native histograms.
 * Sources: metrics.proto, ExponentialHistogramDataPoint; OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md,
 * "Exponential Histograms".
 */
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { readExemplars } from "./exemplars.ts";
import { addExponentials, type Buckets, type Exponential, exponentialFault, nativeOf } from "./exponential.ts";
import { bucketsMax } from "./otlp-limits.ts";
import { admitPoint, advanceDelta, restartOf, type PointContext, replaceSeries, withSeries } from "./point-context.ts";
import type { SeriesSet } from "./sample-batch.ts";
import type { MetricEntry, StreamEntry } from "./stream-table.ts";

const field = {
  attributes: 1,
  count: 4,
  sum: 5,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  negative: 9,
  flags: 10,
  exemplars: 11,
  zeroThreshold: 14,
} as const;

/** Reads the ExponentialHistogramDataPoint that the reader is in. Errors: `ProtobufError`. */
export function readExponentialPoint(context: PointContext, metric: MetricEntry): void {
  const { scan, batch } = context;
  const point = readExponential(context);
  const fault = scan.hasNoValue ? null : exponentialFault(point);
  if (fault !== null) {
    context.refuse("invalid", `an exponential histogram: ${fault}`);
    return;
  }
  const stream = admitPoint(context, metric);
  if (stream === null) return;
  const set = stream.series ?? replaceSeries(context, stream, { refs: null, size: 1, bounds: [], hasSum: false });
  if (!withSeries(context, metric, set, () => [{ name: metric.header.metadata.metric }])) return;
  if (scan.hasNoValue) batch.addStale(set, scan.timeMs);
  else if (metric.header.isDelta) takeDelta(context, stream, set, point);
  else {
    const isAnew = restartOf(context, stream) !== null;
    batch.addHistogram(set, scan.timeMs, nativeOf(point, isAnew ? "reset" : "unknown"));
  }
  if (scan.exemplars.length > 0) readExemplars(context, metric, null);
}

function takeDelta(context: PointContext, stream: StreamEntry, set: SeriesSet, point: Exponential): void {
  const { scan, batch } = context;
  const before = stream.delta?.kind === "exponential" ? stream.delta : null;
  if (before !== null && scan.timeMs < before.timeMs) {
    context.refuse("too_old", "a data point of delta temporality is older than the newest one of its series");
    return;
  }
  if (before !== null && scan.timeMs === before.timeMs) {
    batch.addHistogram(set, scan.timeMs, nativeOf(before.total, "unknown"));
    return;
  }
  const total = before === null ? point : addExponentials(before.total, point);
  if (total === null) {
    context.refuse("unsupported", "an exponential histogram of delta temporality lies too far from what it is to be added to");
    return;
  }
  advanceDelta(context, stream, { kind: "exponential", timeMs: scan.timeMs, total });
  batch.addHistogram(set, scan.timeMs, nativeOf(total, before === null ? "reset" : "unknown"));
}

function readExponential({ reader, scan }: PointContext): Exponential {
  let [count, zeroCount, scale, zeroThreshold, sum] = [0, 0, 0, 0, Number.NaN];
  let positive: Buckets = { offset: 0, counts: [] };
  let negative: Buckets = { offset: 0, counts: [] };
  scan.begin();
  for (let tagAt = reader.at; reader.next(); tagAt = reader.at) {
    switch (reader.field) {
      case field.count:
        count = reader.fixed64AsNumber();
        break;
      case field.sum:
        sum = reader.double();
        break;
      case field.scale:
        scale = reader.sint32();
        break;
      case field.zeroCount:
        zeroCount = reader.fixed64AsNumber();
        break;
      case field.positive:
        positive = readBuckets(reader);
        break;
      case field.negative:
        negative = readBuckets(reader);
        break;
      case field.zeroThreshold:
        zeroThreshold = reader.double();
        break;
      default:
        scan.other(field, tagAt);
    }
  }
  return { scale, zeroThreshold, zeroCount, count, sum, positive, negative };
}

function readBuckets(reader: ProtoReader): Buckets {
  const counts: number[] = [];
  let offset = 0;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) offset = reader.sint32();
    else if (reader.field === 2) reader.uint64s(counts, bucketsMax);
    else reader.skip();
  }
  reader.leave(outer);
  return { offset, counts };
}
