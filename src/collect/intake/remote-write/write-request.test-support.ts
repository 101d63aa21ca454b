/** Requests of remote write as senders make them, for tests. Values are given by their bits. */
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";

export interface SentSample {
  readonly timeMs: number;
  readonly bits: bigint;
}

export interface SentHistogram {
  readonly timeMs: number;
  readonly histogram: NativeHistogram;
  /** Counts are sent as whole numbers and differences; else as floats. */
  readonly isInteger?: boolean;
}

export interface SentExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timeMs: number;
}

export interface SentSeries {
  /** In the order in which they are sent; an object has no label twice. */
  readonly labels: Labels | readonly (readonly [string, string])[];
  readonly samples?: readonly SentSample[];
  readonly histograms?: readonly SentHistogram[];
  readonly exemplars?: readonly SentExemplar[];
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
}

export function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}

function pairsOf({ labels }: Pick<SentSeries, "labels">): readonly (readonly [string, string])[] {
  return isList(labels) ? labels : Object.entries(labels);
}

function isList(labels: SentSeries["labels"]): labels is readonly (readonly [string, string])[] {
  return Array.isArray(labels);
}

/** `prometheus.WriteRequest`; metadata of a series is one of its metric. */
export function writeRequestV1(series: readonly SentSeries[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter();
  for (const one of series) {
    const message = writer.begin(1);
    for (const [name, value] of pairsOf(one)) writeLabel(writer, name, value);
    for (const sample of one.samples ?? []) writeSample(writer, sample);
    for (const exemplar of one.exemplars ?? []) {
      const at = writer.begin(3);
      for (const [name, value] of Object.entries(exemplar.labels)) writeLabel(writer, name, value);
      writer.double(2, exemplar.value);
      writer.int(3, exemplar.timeMs);
      writer.end(at);
    }
    for (const histogram of one.histograms ?? []) writeHistogram(writer, 4, histogram);
    writer.end(message);
  }
  for (const { metadata, ...one } of series) {
    if (metadata === undefined) continue;
    const at = writer.begin(3);
    writer.uint(1, metadata.type);
    writer.string(2, pairsOf(one).find(([name]) => name === metricNameLabel)?.[1] ?? "");
    writer.string(4, metadata.help);
    writer.string(5, metadata.unit);
    writer.end(at);
  }
  return writer.finish();
}

/** `io.prometheus.write.v2.Request`. */
export function writeRequestV2(series: readonly SentSeries[]): Uint8Array<ArrayBuffer> {
  const symbols = new Map<string, number>([["", 0]]);
  const symbol = (text: string): number => {
    const known = symbols.get(text) ?? symbols.size;
    symbols.set(text, known);
    return known;
  };
  const body = new ProtoWriter();
  for (const one of series) {
    const message = body.begin(5);
    writeRefs(
      body,
      pairsOf(one).flatMap((pair) => pair.map(symbol)),
    );
    for (const sample of one.samples ?? []) writeSample(body, sample);
    for (const histogram of one.histograms ?? []) writeHistogram(body, 3, histogram);
    for (const exemplar of one.exemplars ?? []) {
      const at = body.begin(4);
      writeRefs(
        body,
        Object.entries(exemplar.labels).flatMap((pair) => pair.map(symbol)),
      );
      body.double(2, exemplar.value);
      body.int(3, exemplar.timeMs);
      body.end(at);
    }
    if (one.metadata !== undefined) {
      const at = body.begin(5);
      body.uint(1, one.metadata.type);
      body.uint(3, symbol(one.metadata.help));
      body.uint(4, symbol(one.metadata.unit));
      body.end(at);
    }
    body.end(message);
  }
  const writer = new ProtoWriter();
  for (const text of symbols.keys()) writer.string(4, text);
  return Uint8Array.from([...writer.finish(), ...body.finish()]);
}

function writeRefs(writer: ProtoWriter, refs: readonly number[]): void {
  if (refs.length === 0) return;
  const list = writer.begin(1);
  for (const ref of refs) writer.varint(ref);
  writer.end(list);
}

function writeLabel(writer: ProtoWriter, name: string, value: string): void {
  const label = writer.begin(1);
  writer.string(1, name);
  writer.string(2, value);
  writer.end(label);
}

/** As generated code writes it: zeros are left out. */
function writeSample(writer: ProtoWriter, { timeMs, bits }: SentSample): void {
  const sample = writer.begin(2);
  if (bits !== 0n) writer.bigFixed64(1, bits);
  if (timeMs !== 0) writer.int(2, timeMs);
  writer.end(sample);
}

function writeHistogram(writer: ProtoWriter, field: number, { timeMs, histogram, isInteger = false }: SentHistogram): void {
  const { negativeSpans, negativeBuckets, positiveSpans, positiveBuckets, customValues } = histogram;
  const message = writer.begin(field);
  if (isInteger) writer.uint(1, histogram.count);
  else writer.double(2, histogram.count);
  writer.double(3, histogram.sum);
  writer.sint(4, histogram.schema);
  writer.double(5, histogram.zeroThreshold);
  if (isInteger) writer.uint(6, histogram.zeroCount);
  else writer.double(7, histogram.zeroCount);
  writeSpans(writer, 8, negativeSpans);
  writeBuckets(writer, isInteger ? 9 : 10, negativeBuckets, isInteger);
  writeSpans(writer, 11, positiveSpans);
  writeBuckets(writer, isInteger ? 12 : 13, positiveBuckets, isInteger);
  writer.uint(14, ["unknown", "reset", "not_reset", "gauge"].indexOf(histogram.counterReset));
  writer.int(15, timeMs);
  if (customValues.length > 0) writePacked(writer, 16, () => customValues.forEach((bound) => writer.packedDouble(bound)));
  writer.end(message);
}

function writeSpans(writer: ProtoWriter, field: number, spans: NativeHistogram["positiveSpans"]): void {
  for (const { offset, length } of spans) {
    const span = writer.begin(field);
    writer.sint(1, offset);
    writer.uint(2, length);
    writer.end(span);
  }
}

function writeBuckets(writer: ProtoWriter, field: number, buckets: readonly number[], isInteger: boolean): void {
  writePacked(writer, field, () => {
    for (const [index, count] of buckets.entries()) {
      if (isInteger) writer.zigzag(count - (buckets[index - 1] ?? 0));
      else writer.packedDouble(count);
    }
  });
}

function writePacked(writer: ProtoWriter, field: number, write: () => void): void {
  const list = writer.begin(field);
  write();
  writer.end(list);
}
