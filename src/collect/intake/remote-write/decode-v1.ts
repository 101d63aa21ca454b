/**
 * Remote write 1.0: `WriteRequest` of Prometheus, read without making an object per sample. Source: prometheus/docs
 * specs/prw/remote_write_spec.md; prometheus/prometheus prompb/remote.proto, prompb/types.proto.
 *
 *     WriteRequest  timeseries = 1, metadata = 3
 *     TimeSeries    labels = 1, samples = 2, exemplars = 3, histograms = 4
 *     Metadata      type = 1, metric_family_name = 2, help = 4, unit = 5
 *     Exemplar      labels = 1, value = 2, timestamp = 3
 */
import type { Exemplar } from "../../../core/exemplar.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { checkSeriesCount } from "./check-series-count.ts";
import { metricTypeOf } from "./metric-type.ts";
import { type Pairs, readPair, sortedLabels } from "./read-labels.ts";
import { type Dialect, readSeries } from "./read-series.ts";
import type { SeriesKey } from "./series-key.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Of `WriteRequest`. */
export const seriesFieldV1 = 1;
/** Field 1 of a series, of bytes. */
const labelTag = 0x0a;

const dialect: Dialect = { exemplarsField: 3, histogramsField: 4, readExemplar, readOther: (reader) => reader.skip() };

/** Reads a whole request into the batch. Throws `ProtobufError`, and `PAYLOAD_TOO_LARGE` where it has too many series. */
export function decodeV1(bytes: Uint8Array, batch: WriteBatch): void {
  checkSeriesCount(bytes, seriesFieldV1, batch.limits.max_series_per_request);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const key: SeriesKey = { bytes, view, from: 0, to: 0 };
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field === seriesFieldV1) {
      const outer = reader.enter();
      key.from = reader.at;
      key.to = reader.at + batch.cache.expect(view, reader.at, reader.end);
      // A known key that the labels only begin with is another series.
      const isExpected = key.to > key.from && bytes[key.to] !== labelTag;
      if (!isExpected) key.to = endOfLabels(bytes, key.from, reader.end);
      reader.at = key.to;
      readSeries(reader, view, key, isExpected ? batch.cache.expectedRef : -1, dialect, batch);
      reader.leave(outer);
    } else if (reader.field === 3) batch.metadata.push(readMetadata(reader));
    else reader.skip();
  }
}

function endOfLabels(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === labelTag) {
    const short = bytes[at + 1] ?? 0;
    if (short < 0x80) at += 2 + short;
    else {
      const label = new ProtoReader(bytes, at, to);
      label.next();
      label.skip();
      at = label.at;
    }
  }
  if (at > to) throw new ProtobufError("a label is longer than its series", from);
  return at;
}

function readExemplar(reader: ProtoReader, { limits }: WriteBatch): Exemplar {
  const pairs: Pairs = [];
  let [value, timestampMs] = [0, 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) readPair(reader, limits, pairs);
    else if (reader.field === 2) value = reader.double();
    else if (reader.field === 3) timestampMs = reader.int64AsNumber();
    else reader.skip();
  }
  reader.leave(outer);
  return { labels: sortedLabels(pairs), value, timestampMs };
}

function readMetadata(reader: ProtoReader): MetricMetadata {
  let [type, metric, help, unit] = [0, "", "", ""];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) type = reader.int32();
    else if (reader.field === 2) metric = reader.string();
    else if (reader.field === 4) help = reader.string();
    else if (reader.field === 5) unit = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { metric, type: metricTypeOf(type), help, unit };
}
