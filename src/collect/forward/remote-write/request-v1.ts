/**
 * Remote write 1.0: each series with its labels written out. The labels of a series are encoded once and kept.
 * Source: Prometheus prompb/remote.proto WriteRequest, prompb/types.proto TimeSeries, Label, Sample, MetricMetadata;
 * prometheus.io/docs/specs/prw/remote_write_spec.
 */
import type { Labels } from "../../../core/labels.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import { writeHistogram } from "./histogram-message.ts";
import { type EncodeRequest, metricTypeNumbers, sortedEntries, writeSamples } from "./request.ts";

const request = { timeseries: 1, metadata: 3 } as const;
const timeSeries = { labels: 1, samples: 2, histograms: 4 } as const;
const label = { name: 1, value: 2 } as const;
const metadataField = { type: 1, family: 2, help: 4, unit: 5 } as const;

/** Bytes of encoded labels that are kept; when there are more, all go, and those still in use come again. */
const keptBytesMax = 16 * 1024 * 1024;

export function createRequestV1(): EncodeRequest {
  const writer = new ProtoWriter(64 * 1024);
  const labelWriter = new ProtoWriter();
  const kept = new Map<number, Uint8Array>();
  let keptBytes = 0;
  const encodedLabels = (ref: number, labelsOf: (ref: number) => Labels): Uint8Array => {
    const known = kept.get(ref);
    if (known !== undefined) return known;
    labelWriter.reset();
    for (const [name, value] of sortedEntries(labelsOf(ref))) {
      const start = labelWriter.begin(timeSeries.labels);
      labelWriter.string(label.name, name);
      labelWriter.string(label.value, value);
      labelWriter.end(start);
    }
    const encoded = labelWriter.finish();
    keptBytes += encoded.length;
    if (keptBytes > keptBytesMax) {
      kept.clear();
      keptBytes = encoded.length;
    }
    kept.set(ref, encoded);
    return encoded;
  };
  return (chunk, labelsOf) => {
    writer.reset();
    for (const series of chunk.series) {
      const start = writer.begin(request.timeseries);
      writer.encoded(encodedLabels(series.ref, labelsOf));
      writeSamples(writer, timeSeries.samples, chunk, series);
      for (const { timeMs, histogram } of series.histograms) writeHistogram(writer, timeSeries.histograms, timeMs, histogram);
      writer.end(start);
    }
    return writer.written();
  };
}

/** A request of metadata alone, which Prometheus sends from time to time. */
export function encodeMetadataV1(metadata: readonly MetricMetadata[]): Uint8Array {
  const writer = new ProtoWriter();
  for (const { metric, type, help, unit } of metadata) {
    const start = writer.begin(request.metadata);
    writer.uint(metadataField.type, metricTypeNumbers[type]);
    writer.string(metadataField.family, metric);
    writer.string(metadataField.help, help);
    writer.string(metadataField.unit, unit);
    writer.end(start);
  }
  return writer.finish();
}
