/**
 * Goes through an ExportMetricsServiceRequest: resource → scope → metric → data points. Messages may have their fields in any order, so
 * each level is gone through twice: first for what its points have in common, then for the points.
 * Sources: opentelemetry-proto collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto.
 */
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { attributeList, readAttribute } from "./any-value.ts";
import { readExponentialPoint } from "./exponential-point.ts";
import { readHistogramPoint } from "./histogram-point.ts";
import { metricOf, pointsField, type Range } from "./metric-entry.ts";
import type { DataKind } from "./metric-header.ts";
import { readNumberPoint } from "./number-point.ts";
import type { PointContext } from "./point-context.ts";
import { resourceLabels, scopeLabels } from "./series-labels.ts";
import type { Key, MetricEntry, ResourceEntry, ScopeEntry } from "./stream-table.ts";
import { readSummaryPoint } from "./summary-point.ts";
import { addTargetInfo } from "./target-info.ts";

/** Fields of the messages that hold others: the resource or scope, what is in it, and where its schema is. */
const nested = { common: 1, inner: 2, schemaUrl: 3 } as const;

const readPoint: Readonly<Record<DataKind, (context: PointContext, metric: MetricEntry) => void>> = {
  gauge: readNumberPoint,
  sum: readNumberPoint,
  histogram: readHistogramPoint,
  exponential: readExponentialPoint,
  summary: readSummaryPoint,
};

const nothing: Range = { from: 0, to: 0 };

/** Reads the request into the context's batch; yields whenever that is full, to go on with another one. Errors: `ProtobufError`. */
export function* readMetrics(context: PointContext): Generator<void, void, void> {
  const { reader } = context;
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    yield* readResource(context);
    reader.leave(outer);
  }
}

function* readResource(context: PointContext): Generator<void, void, void> {
  const { reader } = context;
  const { common } = partsOf(reader);
  const resource = resourceOf(context, common);
  context.earliestMs = Infinity;
  context.latestMs = -Infinity;
  while (reader.next()) {
    if (reader.field !== nested.inner) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    yield* readScope(context, resource);
    reader.leave(outer);
  }
  addTargetInfo(context, resource);
}

function* readScope(context: PointContext, resource: ResourceEntry): Generator<void, void, void> {
  const { reader } = context;
  const scope = scopeOf(context, resource, partsOf(reader));
  while (reader.next()) {
    if (reader.field !== nested.inner) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    yield* readMetric(context, scope);
    reader.leave(outer);
  }
}

function* readMetric(context: PointContext, scope: ScopeEntry): Generator<void, void, void> {
  const { reader, refuse } = context;
  const found = metricOf(context, scope);
  // Without any data there is nothing to refuse either.
  if (found === null) return;
  const { metric, data } = found;
  const { kind, refusal } = metric.header;
  const read = readPoint[kind];
  reader.at = data.from;
  const end = reader.end;
  reader.end = data.to;
  while (reader.next()) {
    if (reader.field !== pointsField) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    if (refusal === null) read(context, metric);
    else refuse("unsupported", refusal);
    reader.leave(outer);
    if (context.batch.isFull) yield;
  }
  reader.end = end;
}

/** Where the message's resource or scope and its schema's address are; the reader is at the message's beginning before and after. */
function partsOf(reader: ProtoReader): { readonly common: Range; readonly schemaUrl: Range } {
  const start = reader.at;
  let [common, schemaUrl] = [nothing, nothing];
  while (reader.next()) {
    if (reader.field === nested.common) common = rangeOf(reader);
    else if (reader.field === nested.schemaUrl) schemaUrl = rangeOf(reader);
    else reader.skip();
  }
  reader.at = start;
  return { common, schemaUrl };
}

/** Of the nested message or string that is the value at hand. */
function rangeOf(reader: ProtoReader): Range {
  const outer = reader.enter();
  const range = { from: reader.at, to: reader.end };
  reader.leave(outer);
  return range;
}

function resourceOf({ reader, table, translation, nowMs }: PointContext, { from, to }: Range): ResourceEntry {
  return table.resource({ bytes: reader.bytes, from, to }, nowMs, (id, isPassing) => {
    const attributes = attributeList();
    within(reader, { from, to }, () => {
      if (reader.field === 1) readAttribute(reader, attributes);
      else reader.skip();
    });
    const labels = resourceLabels(attributes.entries, translation);
    // Of one that is forgotten at once nobody would give up the number.
    const hasInfo = labels.targetInfo !== null && !isPassing;
    const targetInfo = hasInfo ? { refs: null, size: 1, bounds: [], hasSum: false } : null;
    return { id, usedMs: nowMs, labels, targetInfo };
  });
}

function scopeOf(
  { reader, table, translation, nowMs }: PointContext,
  resource: ResourceEntry,
  { common, schemaUrl }: { readonly common: Range; readonly schemaUrl: Range },
): ScopeEntry {
  const { bytes } = reader;
  const hasSchema = schemaUrl.to > schemaUrl.from;
  const key = hasSchema ? joinedKey(bytes, schemaUrl, common) : { bytes, ...common };
  return table.scope(2 * resource.id + Number(hasSchema), key, nowMs, (id) => {
    let [name, version] = ["", ""];
    const attributes = attributeList();
    within(reader, common, () => {
      if (reader.field === 1) name = reader.string();
      else if (reader.field === 2) version = reader.string();
      else if (reader.field === 3) readAttribute(reader, attributes);
      else reader.skip();
    });
    const scope = { name, version, attributes: attributes.entries, schemaUrl: textOf(bytes, schemaUrl) };
    return { id, usedMs: nowMs, resource, labels: translation.scopeLabels ? scopeLabels(scope, translation) : [] };
  });
}

/** The address, a byte that no address has in it, the scope. */
function joinedKey(bytes: Uint8Array, schemaUrl: Range, scope: Range): Key {
  const part = ({ from, to }: Range): Uint8Array => bytes.subarray(from, to);
  const key = Buffer.concat([part(schemaUrl), Uint8Array.of(0), part(scope)]);
  return { bytes: key, from: 0, to: key.length };
}

/** Calls `read` for each field of a message elsewhere in the bytes; the reader is where it was afterwards. */
function within(reader: ProtoReader, { from, to }: Range, read: () => void): void {
  const { at, end } = reader;
  reader.at = from;
  reader.end = to;
  while (reader.next()) read();
  reader.at = at;
  reader.end = end;
}

function textOf(bytes: Uint8Array, { from, to }: Range): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(from, to));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new ProtobufError("a schema's address is no valid UTF-8", from);
  }
}
