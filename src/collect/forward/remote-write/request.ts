/** What the two versions of a write request have in common, and the series' labels as they go out. */
import type { Labels } from "../../../core/labels.ts";
import type { MetricType } from "../../../core/metric-metadata.ts";
import type { ProtoWriter } from "../../../io/protobuf/writer.ts";
import type { ChunkSeries, SampleChunk } from "../series-chunks.ts";

/** Of message Sample, in both versions. */
const sampleField = { value: 1, timestamp: 2 } as const;

/** Source: prompb/types.proto MetricMetadata.MetricType; write/v2/types.proto Metadata.MetricType has the same numbers. */
export const metricTypeNumbers: Readonly<Record<MetricType, number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  gaugehistogram: 4,
  summary: 5,
  info: 6,
  stateset: 7,
};

/** Makes the body of one request, before compression. */
export type EncodeRequest = (chunk: SampleChunk, labelsOf: (ref: number) => Labels) => Uint8Array;

/** The samples of a series as the repeated field `within`. */
export function writeSamples(writer: ProtoWriter, within: number, { timesMs, words }: SampleChunk, series: ChunkSeries): void {
  for (const place of series.places) {
    const start = writer.begin(within);
    writer.fixed64(sampleField.value, words[2 * place] ?? 0, words[2 * place + 1] ?? 0);
    writer.int(sampleField.timestamp, timesMs[place] ?? 0);
    writer.end(start);
  }
}

/** Complete: the series' own, and those that all get and it has not. */
export function withExternalLabels(labels: Labels, external: Labels): Labels {
  const names = Object.keys(external).filter((name) => !Object.hasOwn(labels, name) && external[name] !== "");
  if (names.length === 0) return labels;
  return { ...labels, ...Object.fromEntries(names.map((name) => [name, external[name] ?? ""])) };
}

/** By name, as receivers ask for it: an object has names of digits first. */
export function sortedEntries(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}
