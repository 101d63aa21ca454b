import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { Span, SpanStatus } from "../../core/span.ts";
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { nodesOf, serviceOf } from "../../core/telemetry-source.ts";
import { allPages, noonNs, spanOf, type TelemetryLab, telemetryLab } from "./telemetry.test-support.ts";

const hourMs = 3_600_000;
const everything = { fromNs: 0n, toNs: 2n ** 63n };
const hostileStarts = [1n, noonNs + 100n * 365n * 86_400_000_000_000n];

/** Of one chunk each: enough chunks for a group of filters, for some that wait for theirs, and for two files. */
const spansTogether = 130;
const firstFile = 290 * spansTogether;

/** The same whenever they are made. */
function manySpans(): readonly Span[] {
  let word = 7;
  const below = (count: number): number => {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) | 0;
    return ((word >>> 8) * count) >>> 24;
  };
  return Array.from({ length: firstFile + 20 * spansTogether }, (_, index) => {
    const trace = 1 + (index >> 4) + below(8);
    const startNs = index % 997 === 0 ? hostileStarts[index % 2] : noonNs + BigInt(trace) * 1_000_000n + BigInt(below(500_000));
    const status: SpanStatus = below(60) === 0 ? "error" : below(2) === 0 ? "ok" : "unset";
    return spanOf({
      traceId: trace.toString(16).padStart(32, "0"),
      spanId: (1 + below(4000)).toString(16).padStart(16, "0"),
      service: `service-${below(3)}`,
      host: `node-${below(4)}`,
      name: `operation-${below(12)}`,
      startNs: startNs ?? noonNs,
      endNs: (startNs ?? noonNs) + BigInt(2 ** below(20)),
      status,
      attributes: { code: below(5), user: `user-${below(700)}`, ratio: 0.5, "rare.flag": index === 4321 },
    });
  });
}

describe("a search through many spans", () => {
  let lab: TelemetryLab;
  const traces = new Map<string, Map<string, Span>>();

  before(() => {
    lab = telemetryLab();
    const spans = manySpans();
    for (let from = 0; from < spans.length; from += spansTogether) {
      if (from === firstFile) lab.pass(24 * hourMs);
      lab.store.addSpans(spans.slice(from, from + spansTogether));
    }
    for (const span of spans) {
      const own = traces.get(span.traceId) ?? new Map<string, Span>();
      traces.set(span.traceId, own.set(`${span.spanId} ${span.startNs}`, span));
    }
  });
  after(() => lab[Symbol.dispose]());

  const found = (filter: Partial<TraceFilter>, limit = 100): string[] =>
    allPages((cursor) => lab.reader.traces({ ...everything, ...filter }, { limit, cursor }, lab.allowance)).map(
      ({ traceId }) => traceId,
    );
  const expected = (filter: Partial<TraceFilter>): string[] =>
    Array.from(traces, ([traceId, spans]) => ({ traceId, spans: [...spans.values()] }))
      .filter(({ spans }) => spans.some((span) => meets(span, filter)))
      .filter(({ spans }) => {
        const least = spans.reduce((min, { startNs }) => (startNs < min ? startNs : min), 2n ** 63n);
        return least >= (filter.fromNs ?? 0n) && least < (filter.toNs ?? 2n ** 63n);
      })
      .map(({ traceId }) => traceId);

  it("finds the traces that a look at every span finds, with any conditions, each once", () => {
    // Somebody looks for a failed transaction and is told that there is none; or sees one twice and counts it twice.
    const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 3 });
    const filter = fc.record({
      service: some(fc.nat(3).map((number) => `service-${number}`)),
      name: some(fc.nat(12).map((number) => `operation-${number}`)),
      node: some(fc.nat(4).map((number) => `node-${number}`)),
      status: some(fc.constantFrom<SpanStatus>("error", "ok")),
      minDurationNs: some(fc.nat(20).map((exponent) => BigInt(2 ** exponent))),
      maxDurationNs: some(fc.nat(20).map((exponent) => BigInt(2 ** exponent))),
      attributes: some(
        fc.subarray([
          { key: "code", value: "3" },
          { key: "user", value: "user-11" },
          { key: "ratio", value: "0.5" },
          { key: "service.name", value: "service-1" },
        ]),
      ),
    });
    fc.assert(
      fc.property(filter, (conditions) => {
        assert.deepEqual(found(conditions).sort(), expected(conditions).sort());
      }),
      { numRuns: 20 },
    );
  });

  it("finds what is rare, what begins in the range only, and nothing where there is nothing", () => {
    // One transaction's hash is what most people look for.
    const rare = { attributes: [{ key: "rare.flag", value: "true" }] };
    assert.deepEqual(found(rare), expected(rare));
    assert.equal(found(rare).length, 1);
    const range = { fromNs: noonNs + 100_000_000n, toNs: noonNs + 300_000_000n, status: "error" as const };
    assert.deepEqual(found(range, 3).sort(), expected(range).sort());
    assert.deepEqual(found({ attributes: [{ key: "user", value: "nobody" }] }), []);
    assert.deepEqual(lab.notes, []);
  });

  it("lists by what spans say, from the year 2100 to 1970, and never the wrong way round within a file", () => {
    // A sender whose clock is wrong is seen first, where its mistake can be understood, and hides nobody else.
    const starts = allPages((cursor) => lab.reader.traces(everything, { limit: 7, cursor }, lab.allowance));
    assert.equal(starts.length, traces.size);
    const [first, last] = [starts[0], starts.at(-1)];
    assert.ok(first !== undefined && first.endNs > noonNs && last?.startNs === 1n);
  });

  it("goes on where its time was over, however often, and finds all of it", () => {
    // A search through a very large store would end with an error, or begin anew for ever.
    const late = { ...lab.allowance, isLate: () => true };
    const filter = { ...everything, status: "error" as const, service: "service-2" };
    const slow = allPages((cursor) => lab.reader.traces(filter, { limit: 100, cursor }, late)).map(({ traceId }) => traceId);
    assert.deepEqual(slow.sort(), expected(filter).sort());
  });
});

function meets(span: Span, filter: Partial<TraceFilter>): boolean {
  const { service, name, node, status, minDurationNs, maxDurationNs, attributes = [] } = filter;
  const duration = span.endNs - span.startNs;
  const all: Readonly<Record<string, unknown>> = { ...span.source.resource, ...span.attributes };
  return (
    (service === undefined || serviceOf(span.source.resource) === service) &&
    (name === undefined || span.name === name) &&
    (node === undefined || nodesOf(span.source.resource).includes(node)) &&
    (status === undefined || span.status === status) &&
    (minDurationNs === undefined || duration >= minDurationNs) &&
    (maxDurationNs === undefined || duration <= maxDurationNs) &&
    attributes.every(({ key, value }) => String(all[key]) === value)
  );
}
