/**
 * Exemplars of a data point, with the labels of the series that they belong to.
 * Sources: metrics.proto, Exemplar; OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md, "Exemplars".
 */
import { attributeText } from "../../../core/attribute-text.ts";
import type { Exemplar } from "../../../core/exemplar.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { attributeList, readAttribute } from "./any-value.ts";
import { labelName } from "./label-name.ts";
import { millisecondsOf } from "./nanoseconds.ts";
import { exemplarLabelCharacters, exemplarsMax } from "./otlp-limits.ts";
import { pointAttributes, type PointContext, pointLabels, type SeriesName } from "./point-context.ts";
import type { NameTranslation } from "./metric-name.ts";
import type { MetricEntry } from "./stream-table.ts";

const field = { time: 2, double: 3, spanId: 4, traceId: 5, int: 6, attributes: 7 } as const;

/** The series of a histogram's buckets by their upper bounds, ascending, the last one +Inf; `null`: there is one series for all. */
export type BucketSeries = readonly { readonly bound: number; readonly series: SeriesName }[] | null;

/** Adds the exemplars of the point that has been read to the batch. Those without a value, and those beyond the bound, are left out. */
export function readExemplars(context: PointContext, metric: MetricEntry, buckets: BucketSeries): void {
  const { scan, reader, batch, translation } = context;
  const found: Exemplar[] = [];
  for (let at = 0; at < scan.exemplars.length && found.length < exemplarsMax; at += 2) {
    const part = new ProtoReader(reader.bytes, scan.exemplars[at], scan.exemplars[at + 1]);
    const exemplar = readExemplar(part, scan.timeMs, translation.names);
    if (exemplar !== null) found.push(exemplar);
  }
  const attributes = pointAttributes(context);
  const one: SeriesName = { name: metric.header.metadata.metric };
  for (const [series, exemplars] of Map.groupBy(found, ({ value }) => seriesOf(value, buckets) ?? one)) {
    const made = pointLabels(context, metric, attributes, series);
    if ("refusal" in made) continue;
    batch.exemplars.push({ series: made.labels, exemplars: exemplars.toSorted((a, b) => a.timestampMs - b.timestampMs) });
  }
}

function seriesOf(value: number, buckets: BucketSeries): SeriesName | undefined {
  return (buckets?.find(({ bound }) => value <= bound) ?? buckets?.at(-1))?.series;
}

/** `null` where it has no value. `timeMs`: where it says none itself. */
function readExemplar(reader: ProtoReader, timeMs: number, names: NameTranslation): Exemplar | null {
  let value: number | null = null;
  let timestampMs = timeMs;
  const ids: [string, string][] = [];
  const attributes = attributeList();
  const id = (name: string): void => {
    const bytes = reader.bytesValue();
    if (bytes.some((byte) => byte !== 0)) ids.push([name, Buffer.from(bytes).toString("hex")]);
  };
  while (reader.next()) {
    if (reader.field === field.double) value = reader.double();
    else if (reader.field === field.int) value = reader.sfixed64AsNumber();
    else if (reader.field === field.time) {
      reader.fixed64();
      timestampMs = millisecondsOf(reader.low, reader.high) || timeMs;
    } else if (reader.field === field.traceId) id("trace_id");
    else if (reader.field === field.spanId) id("span_id");
    else if (reader.field === field.attributes) readAttribute(reader, attributes);
    else reader.skip();
  }
  if (value === null) return null;
  const filtered = attributes.entries.map(([key, inner]) => [labelName(key, names.escape), attributeText(inner)] as const);
  const all = [...filtered, ...ids].filter(([name, text]) => name !== "" && text !== "" && !`${name}${text}`.includes("\0"));
  const characters = all.reduce((sum, [name, text]) => sum + Array.from(name).length + Array.from(text).length, 0);
  // What leads to the trace matters most.
  const kept = characters <= exemplarLabelCharacters ? all : ids;
  return { labels: Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))), value, timestampMs };
}
