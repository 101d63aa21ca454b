import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { attributeText } from "../../core/attribute-text.ts";
import type { AttributeValue, LogRecord, Span } from "../../core/span.ts";
import { indexed, nodesOf, ownerOf, serviceOf } from "../../core/telemetry-source.ts";
import type { TraceFilter, TraceSummary } from "../../core/telemetry-reader.ts";
import { columnsOfRows } from "../../core/trace/span-columns-of.test-support.ts";
import { indexedNs } from "./ids.ts";
import { logTimeNs } from "./log-tables.ts";
import { arbitraryLog, arbitrarySpan } from "./arbitrary-telemetry.test-support.ts";
import { allPages, noonNs, spanOf, type TelemetryLab, telemetryLab } from "./telemetry.test-support.ts";

const everything = { fromNs: -(2n ** 63n), toNs: 2n ** 64n };
const hourMs = 3_600_000;
/** The extended tests do more. */
const numRuns = Number(process.env["CHAINPULSE_MODEL_RUNS"] ?? 12);

/** What may happen between two batches. */
const event = fc.constantFrom("nothing" as const, "kill" as const, "next file" as const, "chunk" as const);
/** As many as make a chunk of what waits. */
const crowd = Array.from({ length: 130 }, (_, index) =>
  spanOf({ traceId: "c".repeat(32), spanId: index.toString(16).padStart(16, "c"), startNs: noonNs + BigInt(index) }),
);

describe("the store of spans and log records", () => {
  it("gives back every span as it came, each once, whatever comes again, in whatever file", () => {
    // A trace with holes, with spans twice, or with other values than those sent: nobody could trust what it shows.
    const batch = fc.tuple(fc.array(arbitrarySpan, { maxLength: 6 }), event);
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 4 }), (batches) => {
        using lab = telemetryLab();
        const model = new Map<string, Span>();
        for (const [some, next] of batches) {
          const spans = next === "chunk" ? [...some, ...crowd] : some;
          lab.store.addSpans(spans);
          for (const span of spans) model.set(keyOf(span), span);
          if (next === "kill") lab.reopen();
          if (next === "next file") lab.pass(24 * hourMs);
        }
        lab.store.sync();
        const traces = Map.groupBy(model.values(), ({ traceId }) => traceId);
        assert.deepEqual(
          listed(lab, everything),
          new Set(Array.from(traces, ([id, spans]) => JSON.stringify(summaryOf(id, spans)))),
        );
        for (const [traceId, spans] of traces) {
          for (const spansMax of [1000, 2]) {
            const read = lab.reader.trace(traceId, { spansMax, bytesMax: 1_000_000 }, lab.allowance);
            assert.deepEqual(read?.spans, sorted(spans).slice(0, spansMax));
          }
        }
        for (const [traceId, spans] of traces) checkColumns(lab, traceId, spans);
        const wanted = batches[0]?.[0][0];
        if (wanted !== undefined) checkSearch(lab, traces, wanted);
        assert.deepEqual(lab.notes, []);
      }),
      { numRuns },
    );
  });

  it("gives back every log record as it came, newest first, and a repeated request once", () => {
    // A log that shows a retried request twice counts errors that were none; one that loses records hides them.
    const batch = fc.tuple(fc.array(arbitraryLog, { minLength: 1, maxLength: 6 }), event, fc.boolean());
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 4 }), (batches) => {
        using lab = telemetryLab();
        const model: LogRecord[] = [];
        const known = new Set<string>();
        for (const [records, next, again] of batches) {
          const isRepeated = known.has(textOf(records));
          lab.store.addLogs(records);
          if (again) lab.store.addLogs(structuredClone(records));
          known.add(textOf(records));
          if (!isRepeated) model.push(...records);
          if (next === "kill") lab.reopen();
          if (next === "next file") {
            lab.pass(24 * hourMs);
            known.clear();
          }
        }
        const all = allPages((cursor) => lab.reader.logs(everything, { limit: 2, cursor }, lab.allowance));
        assert.deepEqual(bag(all), bag(model));
        const times = all.map((record) => indexedNs(logTimeNs(record)));
        assert.deepEqual(
          times,
          times.toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0)),
        );
        const [wanted] = model;
        if (wanted === undefined) return;
        const found = allPages((cursor) =>
          lab.reader.logs(
            { ...everything, severity: wanted.severity, service: serviceOf(wanted.source.resource) },
            { limit: 3, cursor },
            lab.allowance,
          ),
        );
        const expected = model.filter(
          (record) =>
            record.severity >= wanted.severity && serviceOf(record.source.resource) === serviceOf(wanted.source.resource),
        );
        assert.deepEqual(bag(found), bag(expected));
      }),
      { numRuns },
    );
  });
});

/** What a span replaces: that of the same node with the same ids and start. */
function keyOf({ traceId, spanId, startNs, source }: Span): string {
  return [traceId, spanId, indexedNs(startNs), ownerOf(source.resource)].join();
}

/** Columns are those of the spans, and each span is found by its id. */
function checkColumns(lab: TelemetryLab, traceId: string, spans: readonly Span[]): void {
  const rows = sorted(spans).map(({ source, status, ...span }) => ({
    ...span,
    startNs: indexedNs(span.startNs),
    endNs: indexedNs(span.endNs),
    isFailed: status === "error",
    service: serviceOf(source.resource),
    name: indexed(span.name),
    node: nodesOf(source.resource)[0] ?? "",
  }));
  const { columns } = lab.reader.columns(traceId, 1000, lab.allowance) ?? assert.fail("the trace has no columns");
  assert.deepEqual(columns, columnsOfRows(rows));
  const [first] = spans;
  if (first === undefined) return;
  const sameId = sorted(spans).filter(({ spanId }) => spanId === first.spanId);
  assert.deepEqual(lab.reader.spans(traceId, first.spanId, lab.allowance), sameId);
}

/** Every condition that a span meets by itself finds exactly the traces that have such a span. */
function checkSearch(lab: TelemetryLab, traces: ReadonlyMap<string, readonly Span[]>, wanted: Span): void {
  const service = serviceOf(wanted.source.resource);
  const [node] = nodesOf(wanted.source.resource);
  const { status } = wanted;
  const durationNs = indexedNs(wanted.endNs) - indexedNs(wanted.startNs);
  const searches: readonly (readonly [Partial<TraceFilter>, (span: Span) => boolean])[] = [
    [{ service, status }, (span) => serviceOf(span.source.resource) === service && span.status === status],
    [{ name: wanted.name }, (span) => indexed(span.name) === indexed(wanted.name)],
    [{ minDurationNs: durationNs }, (span) => indexedNs(span.endNs) - indexedNs(span.startNs) >= durationNs],
    [
      { maxDurationNs: durationNs, status },
      (span) => span.status === status && indexedNs(span.endNs) - indexedNs(span.startNs) <= durationNs,
    ],
    ...attributesOf(wanted).map((one) => [{ attributes: [one] }, (span: Span) => hasAttribute(span, one)] as const),
    [
      { attributes: attributesOf(wanted), service },
      (span) => serviceOf(span.source.resource) === service && attributesOf(wanted).every((one) => hasAttribute(span, one)),
    ],
    [{ attributes: [{ key: "nowhere", value: "" }] }, () => false],
    ...(node === undefined ? [] : [[{ node }, (span: Span) => nodesOf(span.source.resource).includes(node)] as const]),
  ];
  for (const [filter, meets] of searches) {
    const expected = [...traces].filter(([, spans]) => spans.some(meets));
    const found = listed(lab, { ...everything, ...filter });
    assert.deepEqual(found, new Set(expected.map(([id, spans]) => JSON.stringify(summaryOf(id, spans)))));
  }
}

type WantedAttribute = NonNullable<TraceFilter["attributes"]>[number];

/** Of the span and of its resource; where both have one of a name, only the span's, so that all of them can hold. */
function attributesOf({ attributes, source }: Span): readonly WantedAttribute[] {
  const all = { ...source.resource, ...attributes };
  return Object.entries(all).map(([key, value]: [string, AttributeValue]) => ({ key, value: attributeText(value) }));
}

function hasAttribute({ attributes, source }: Span, { key, value }: WantedAttribute): boolean {
  return [attributes, source.resource].some((own) => Object.hasOwn(own, key) && attributeText(own[key] ?? null) === value);
}

/** All summaries, in pages of one; fails where one is there twice. */
function listed(lab: TelemetryLab, filter: TraceFilter): Set<string> {
  const all = allPages((cursor) => lab.reader.traces(filter, { limit: 1, cursor }, lab.allowance));
  const texts = all.map((summary) => JSON.stringify(plain(summary)));
  assert.equal(new Set(texts).size, texts.length);
  return new Set(texts);
}

function plain({ traceId, startNs, endNs, spans, errors, root, first, services }: TraceSummary): unknown {
  return [traceId, String(startNs), String(endNs), spans, errors, root, first, bag(services)];
}

function summaryOf(traceId: string, all: readonly Span[]): unknown {
  const spans = sorted(all);
  const operationOf = (span: Span | undefined): unknown =>
    span === undefined ? null : { service: serviceOf(span.source.resource), name: indexed(span.name) };
  const ends = spans.map(({ endNs }) => indexedNs(endNs));
  const services = Array.from(
    Map.groupBy(spans, ({ source }) => serviceOf(source.resource)),
    ([service, own]) => ({
      service,
      spans: own.length,
      errors: own.filter(({ status }) => status === "error").length,
    }),
  );
  return [
    traceId,
    String(indexedNs(spans[0]?.startNs ?? 0n)),
    String(ends.reduce((a, b) => (a > b ? a : b), -(2n ** 63n))),
    spans.length,
    spans.filter(({ status }) => status === "error").length,
    operationOf(spans.find(({ parentSpanId }) => parentSpanId === "")),
    operationOf(spans[0]),
    bag(services),
  ];
}

function sorted(spans: readonly Span[]): Span[] {
  return spans.toSorted((a, b) => {
    const [first, second] = [indexedNs(a.startNs), indexedNs(b.startNs)];
    if (first !== second) return first < second ? -1 : 1;
    if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
    return ownerOf(a.source.resource) < ownerOf(b.source.resource) ? -1 : 1;
  });
}

function textOf(records: readonly unknown[]): string {
  return bag([records]).join();
}

/** Their texts, sorted: equal where the same items are there as often. Bits that JSON lacks are written out. */
function bag(items: readonly unknown[]): string[] {
  const replace = (_: string, value: unknown): unknown => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
      return `number ${Object.is(value, -0) ? "-0" : value}`;
    return value instanceof Uint8Array ? `bytes ${[...value].join()}` : value;
  };
  return items.map((item) => JSON.stringify(item, replace)).sort();
}
