/** Finds the metric that a message is about, by the bytes of what its data points have in common. */
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { dataKinds, readMetricHeader, temporalityOf } from "./metric-header.ts";
import type { PointContext } from "./point-context.ts";
import type { Key, MetricEntry, ScopeEntry } from "./stream-table.ts";

/** A part of the request's bytes. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface FoundMetric {
  readonly metric: MetricEntry;
  /** Where its data points are. */
  readonly data: Range;
}

/** Fields of the messages that hold data points. */
export const pointsField = 1;
const temporalityField = 2;
const isMonotonicField = 3;

/** The metric that the reader is in; `null` where it has no data. The reader is at its end then. Errors: `ProtobufError`. */
export function metricOf(context: PointContext, scope: ScopeEntry): FoundMetric | null {
  const { reader, table, translation, nowMs } = context;
  const start = reader.at;
  let [field, headEnd, from, to] = [0, start, 0, 0];
  let isTogether = true;
  for (let tagAt = start; reader.next(); tagAt = reader.at) {
    if (!dataKinds.has(reader.field)) {
      reader.skip();
      isTogether &&= field === 0;
      continue;
    }
    ({ field } = reader);
    headEnd = tagAt;
    const outer = reader.enter();
    from = reader.at;
    to = reader.end;
    reader.leave(outer);
  }
  const kind = dataKinds.get(field);
  if (kind === undefined) return null;
  const { end } = reader;
  const facts = readFacts(reader, from, to);
  // Mostly what the points have in common stands before them, and is the key as it is.
  const key = isTogether ? { bytes: reader.bytes, from: start, to: headEnd } : keyAround(reader, start, end);
  const metric = table.metric(128 * scope.id + 8 * field + facts, key, nowMs, (id) => {
    reader.at = start;
    reader.end = end;
    return { id, usedMs: nowMs, scope, header: readMetricHeader(reader, kind, facts, translation), isNoted: false };
  });
  reader.at = end;
  reader.end = end;
  noteMetadata(context, metric);
  return { metric, data: { from, to } };
}

/** What the message of the data says beside its points, as one number: see `temporalityOf`. */
function readFacts(reader: ProtoReader, from: number, to: number): number {
  let [temporality, isMonotonic] = [0, false];
  reader.at = from;
  reader.end = to;
  while (reader.next()) {
    if (reader.field === temporalityField) temporality = reader.int32();
    else if (reader.field === isMonotonicField) isMonotonic = reader.bool();
    else reader.skip();
  }
  return 2 * temporalityOf(temporality) + Number(isMonotonic);
}

/** The fields of the metric before and behind its data. */
function keyAround(reader: ProtoReader, start: number, end: number): Key {
  const parts: Uint8Array[] = [];
  reader.at = start;
  reader.end = end;
  for (let tagAt = start; reader.next(); tagAt = reader.at) {
    reader.skip();
    if (!dataKinds.has(reader.field)) parts.push(reader.bytes.subarray(tagAt, reader.at));
  }
  const bytes = Buffer.concat(parts);
  return { bytes, from: 0, to: bytes.length };
}

/** Metadata is stored with the first data points that are. */
function noteMetadata({ batch }: PointContext, metric: MetricEntry): void {
  if (metric.isNoted || metric.header.refusal !== null) return;
  metric.isNoted = true;
  batch.metadata.push(metric.header.metadata);
  batch.undo.push(() => (metric.isNoted = false));
}
