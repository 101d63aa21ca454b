/**
 * Data points of sums and gauges → one sample each. The path of nearly everything that comes in: a known stream costs one look-up by the
 * bytes of its attributes. Source: metrics.proto, NumberDataPoint.
 */
import { readExemplars } from "./exemplars.ts";
import {
  admitPoint,
  advanceDelta,
  deltaBeginning,
  restartOf,
  type PointContext,
  replaceSeries,
  withSeries,
} from "./point-context.ts";
import type { SeriesSet } from "./sample-batch.ts";
import type { MetricEntry, StreamEntry } from "./stream-table.ts";

const field = { double: 4, exemplars: 5, int: 6, attributes: 7, flags: 8 } as const;

/** A number and its bits. */
const value = new Float64Array(1);
const valueWords = new Uint32Array(value.buffer);

/** Reads the NumberDataPoint that the reader is in. Errors: `ProtobufError`. */
export function readNumberPoint(context: PointContext, metric: MetricEntry): void {
  const { reader, scan } = context;
  let hasValue = false;
  scan.begin();
  for (let tagAt = reader.at; reader.next(); tagAt = reader.at) {
    switch (reader.field) {
      case field.double:
        reader.fixed64();
        valueWords[0] = reader.low;
        valueWords[1] = reader.high;
        hasValue = true;
        break;
      case field.int:
        value[0] = reader.sfixed64AsNumber();
        hasValue = true;
        break;
      default:
        scan.other(field, tagAt);
    }
  }
  if (!hasValue && !scan.hasNoValue) {
    context.refuse("invalid", "a data point has neither a value nor the flag that it has none");
    return;
  }
  const stream = admitPoint(context, metric);
  if (stream !== null) takePoint(context, metric, stream);
}

function takePoint(context: PointContext, metric: MetricEntry, stream: StreamEntry): void {
  const { scan, batch } = context;
  const { header } = metric;
  const set = stream.series ?? replaceSeries(context, stream, { refs: null, size: 1, bounds: [], hasSum: false });
  if (set.refs === null && !withSeries(context, metric, set, () => [{ name: header.metadata.metric }])) return;
  if (scan.hasNoValue) batch.addStale(set, scan.timeMs);
  else if (header.isDelta) takeDelta(context, stream, set);
  else {
    const restartMs = header.isMonotonic ? restartOf(context, stream) : null;
    if (restartMs !== null) batch.add(set, 0, restartMs, 0);
    batch.addBits(set, 0, scan.timeMs, valueWords[0] ?? 0, valueWords[1] ?? 0);
  }
  if (header.isMonotonic && scan.exemplars.length > 0) readExemplars(context, metric, null);
}

function takeDelta(context: PointContext, stream: StreamEntry, set: SeriesSet): void {
  const { scan, batch } = context;
  const before = stream.delta?.kind === "number" ? stream.delta : null;
  if (before !== null && scan.timeMs < before.timeMs) {
    context.refuse("too_old", "a data point of delta temporality is older than the newest one of its series");
    return;
  }
  // The newest one again: whoever sends it was not sure that it had arrived.
  if (before !== null && scan.timeMs === before.timeMs) {
    batch.add(set, 0, scan.timeMs, before.total);
    return;
  }
  const beginningMs = before === null ? deltaBeginning(context) : null;
  if (beginningMs !== null) batch.add(set, 0, beginningMs, 0);
  const total = (before?.total ?? 0) + (value[0] ?? 0);
  advanceDelta(context, stream, { kind: "number", timeMs: scan.timeMs, total });
  batch.add(set, 0, scan.timeMs, total);
}
