/**
 * Remote write 2.0: every text once in a table, series refer to it, and carry what is known of their metric.
 * Source: Prometheus prompb/io/prometheus/write/v2/types.proto; prometheus.io/docs/specs/prw/remote_write_spec_2_0.
 */
import { metricNameLabel } from "../../../core/labels.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import { writeHistogram } from "./histogram-message.ts";
import { type EncodeRequest, metricTypeNumbers, sortedEntries, writeSamples } from "./request.ts";

const request = { symbols: 4, timeseries: 5 } as const;
const timeSeries = { labelRefs: 1, samples: 2, histograms: 3, metadata: 5 } as const;
const metadataField = { type: 1, help: 3, unit: 4 } as const;

export function createRequestV2(known: KnownMetrics): EncodeRequest {
  const series = new ProtoWriter(64 * 1024);
  return (chunk, labelsOf) => {
    // The first symbol stands for what is left out.
    const symbols = new Map([["", 0]]);
    const symbol = (text: string): number => {
      let number = symbols.get(text);
      if (number === undefined) symbols.set(text, (number = symbols.size));
      return number;
    };
    series.reset();
    for (const one of chunk.series) {
      const labels = labelsOf(one.ref);
      const told = known.metadata(labels[metricNameLabel] ?? "");
      // Numbers and histograms must not be in one message.
      const parts = [
        { ...one, histograms: [] },
        { ...one, places: [] },
      ].filter(({ places, histograms }) => places.length + histograms.length > 0);
      for (const part of parts) {
        const start = series.begin(request.timeseries);
        const refs = series.begin(timeSeries.labelRefs);
        for (const [name, value] of sortedEntries(labels)) {
          series.varint(symbol(name));
          series.varint(symbol(value));
        }
        series.end(refs);
        writeSamples(series, timeSeries.samples, chunk, part);
        for (const { timeMs, histogram } of part.histograms) writeHistogram(series, timeSeries.histograms, timeMs, histogram);
        if (told !== undefined) {
          const meaning = series.begin(timeSeries.metadata);
          series.uint(metadataField.type, metricTypeNumbers[told.type]);
          series.uint(metadataField.help, symbol(told.help));
          series.uint(metadataField.unit, symbol(told.unit));
          series.end(meaning);
        }
        series.end(start);
      }
    }
    const writer = new ProtoWriter(2 * series.length);
    for (const text of symbols.keys()) writer.string(request.symbols, text);
    writer.encoded(series.written());
    return writer.finish();
  };
}
