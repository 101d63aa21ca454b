/**
 * Remote write 2.0: texts stand once per request in a table of symbols, series name theirs by number. Each series' labels are put together
 * as version 1.0 writes them: so both share what is known of a series. Source: prometheus/docs specs/prw/remote_write_spec_2_0.md;
 * prometheus/prometheus prompb/io/prometheus/write/v2/types.proto.
 *
 *     Request     symbols = 4, timeseries = 5
 *     TimeSeries  labels_refs = 1, samples = 2, histograms = 3, exemplars = 4, metadata = 5, created_timestamp = 6 (not kept)
 *     Metadata    type = 1, help_ref = 3, unit_ref = 4
 *     Exemplar    labels_refs = 1, value = 2, timestamp = 3
 */
import type { Exemplar } from "../../../core/exemplar.ts";
import type { MetricType } from "../../../core/metric-metadata.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { wireType } from "../../../io/protobuf/wire-type.ts";
import { checkSeriesCount } from "./check-series-count.ts";
import { metricTypeOf } from "./metric-type.ts";
import { type Pairs, sortedLabels } from "./read-labels.ts";
import { type Dialect, readSeries } from "./read-series.ts";
import { SymbolTable } from "./symbol-table.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Of `Request`. */
export const seriesFieldV2 = 5;
/** Field 1 of a series, packed. */
const labelsTag = 0x0a;
const exemplarLabelsMax = 128;
/** So much longer than a request its labels may be, written out: 670 bytes for each of the most series, with the defaults. */
const labelBytesFactor = 2;

/** Reads a whole request into the batch. Throws `ProtobufError`, and `PAYLOAD_TOO_LARGE` where it has too many series. */
export function decodeV2(bytes: Uint8Array, batch: WriteBatch): void {
  checkSeriesCount(bytes, seriesFieldV2, batch.limits.max_series_per_request);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const symbols = readSymbols(bytes, batch);
  const dialect: Dialect = {
    histogramsField: 3,
    exemplarsField: 4,
    readExemplar: (reader) => readExemplar(reader, symbols),
    readOther: (reader) => (reader.field === 5 ? readMetadata(reader, symbols, batch) : reader.skip()),
  };
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field !== seriesFieldV2) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    if (bytes[reader.at] === labelsTag && !reader.done) readLabelRefs(reader, symbols);
    else symbols.clearLabels();
    const { key } = symbols;
    const isExpected = key.to > 0 && batch.cache.expect(key.view, 0, key.to) === key.to;
    readSeries(reader, view, key, isExpected ? batch.cache.expectedRef : -1, dialect, batch);
    reader.leave(outer);
  }
}

function readLabelRefs(reader: ProtoReader, symbols: SymbolTable): void {
  reader.next();
  const outer = reader.enterPacked(wireType.varint);
  symbols.writeLabels(reader);
  reader.leave(outer);
}

/** They may stand behind the series that use them. */
function readSymbols(bytes: Uint8Array, batch: WriteBatch): SymbolTable {
  const symbols = new SymbolTable(bytes, {
    ...batch.limits,
    labelBytes: labelBytesFactor * batch.limits.max_decompressed_bytes,
  });
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.field !== 4) {
      reader.skip();
      continue;
    }
    const value = reader.bytesValue();
    symbols.add(reader.at - value.length, reader.at);
  }
  return symbols;
}

function readExemplar(reader: ProtoReader, symbols: SymbolTable): Exemplar {
  const refs: number[] = [];
  let [value, timestampMs] = [0, 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) reader.uint32s(refs, 2 * exemplarLabelsMax);
    else if (reader.field === 2) value = reader.double();
    else if (reader.field === 3) timestampMs = reader.int64AsNumber();
    else reader.skip();
  }
  reader.leave(outer);
  const pairs: Pairs = [];
  for (let at = 0; at + 1 < refs.length; at += 2) pairs.push([symbols.text(refs[at] ?? 0), symbols.text(refs[at + 1] ?? 0)]);
  return { labels: sortedLabels(pairs), value, timestampMs };
}

function readMetadata(reader: ProtoReader, symbols: SymbolTable, batch: WriteBatch): void {
  let [type, help, unit] = [0, 0, 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) type = reader.int32();
    else if (reader.field === 3) help = reader.uint32();
    else if (reader.field === 4) unit = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  // Of all series of a metric the first one's is taken: they say the same.
  const metric = symbols.takeMetric();
  if (metric === null) return;
  const metricType = metricTypeOf(type);
  batch.metadata.push({
    metric: familyOf(metric, metricType),
    type: metricType,
    help: symbols.text(help),
    unit: symbols.text(unit),
  });
}

/** Metadata belongs to the family: series of a classic histogram or a summary have a suffix more. */
function familyOf(metric: string, type: MetricType): string {
  if (type === "summary") return metric.replace(/_(count|sum)$/, "");
  return type === "histogram" || type === "gaugehistogram" ? metric.replace(/_(bucket|count|sum|gcount|gsum)$/, "") : metric;
}
