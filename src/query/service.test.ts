import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryReader, type MemoryReader } from "./promqltest/memory-reader.ts";
import { nestingDepthMax } from "./parser/cursor.ts";
import { treeDepthMax } from "./parser/depth.ts";
import type { QueryResult, SeriesSelection } from "./api.ts";
import { createQueryService } from "./service.ts";

const up = { __name__: "up", job: "a" };

function filled(seconds: number, labelSets: readonly Readonly<Record<string, string>>[] = [up]): MemoryReader {
  const reader = createMemoryReader();
  for (const labels of labelSets) for (let i = 0; i <= seconds; i++) reader.add(labels, i * 1000, i);
  return reader;
}

// When this fails, one broken expression takes the whole dashboard or all health checks with it.
test("in a batch a query that fails leaves the others alone", () => {
  const [good, bad, unknown] = createQueryService(filled(10)).batch(["up", "up +", "nope(up)"], 10_000);
  assert.deepEqual(good, {
    type: "vector",
    samples: [{ labels: up, timestampMs: 10_000, value: 10 }],
    warnings: [],
    infos: [],
  });
  assert.deepEqual(bad, { code: "QUERY_SYNTAX", message: "1:5: parse error: unexpected end of input" });
  assert.deepEqual(unknown, { code: "QUERY_SYNTAX", message: '1:1: parse error: unknown function with name "nope"' });
  const [line] = createQueryService(filled(10)).batchRange(["up", "("], 0, 10_000, 5000);
  assert.ok(line !== undefined && "type" in line && line.type === "matrix");
});

// When this fails, the figures of one answer come from different seconds.
test("a batch is answered from one state of the store", () => {
  const reader = filled(10);
  let refreshes = 0;
  const counting = { ...reader, refresh: () => void (refreshes += 1) };
  createQueryService(counting).batch(["up", "up", "sum(up)"], 10_000);
  assert.equal(refreshes, 1);
});

// When this fails, transferring one answer to another thread empties another answer, or the reader's cache.
test("results own their buffers", () => {
  const service = createQueryService(filled(60, [up, { ...up, job: "b" }]));
  const taken = new Set<unknown>();
  for (const expr of ["up", "up[10s]", "rate(up[10s])", "1", "up or up", "up"]) {
    const ask = (): QueryResult =>
      expr.endsWith("]") ? service.instant(expr, 60_000) : service.range(expr, 0, 60_000, 10_000);
    const result = ask();
    assert.ok(result.type === "matrix");
    const buffers = new Set(result.series.flatMap(({ timestampsMs, values }) => [timestampsMs.buffer, values.buffer]));
    for (const buffer of buffers) assert.ok(!taken.has(buffer));
    for (const buffer of buffers) taken.add(buffer);
    // What the next query gives must not depend on memory that has gone to another thread.
    assert.deepEqual(structuredClone(result, { transfer: [...buffers] as ArrayBuffer[] }), ask());
  }
});

// When this fails, one query takes the memory or the thread of everybody else.
test("what would cost too much is refused", () => {
  const reader = filled(100, [up, { ...up, job: "b" }]);
  const limited = (limits: object): ReturnType<typeof createQueryService> => createQueryService(reader, { limits });
  assert.throws(() => limited({ samplesMax: 150 }).instant("sum_over_time(up[100s])", 100_000), {
    code: "QUERY_LIMIT",
    message: /150 samples/,
  });
  assert.throws(() => limited({ samplesMax: 10_000 }).instant("rate(up[100s:1ms])", 100_000), { code: "QUERY_LIMIT" });
  assert.throws(() => limited({ seriesMax: 1 }).instant("up", 100_000), { code: "QUERY_LIMIT", message: /2 series/ });
  assert.throws(() => limited({ valuesMax: 100 }).range("up", 0, 60_000, 1000), { code: "QUERY_LIMIT", message: /100 values/ });
  assert.throws(() => limited({ valuesMax: 100 }).instant("up[60s]", 60_000), { code: "QUERY_LIMIT", message: /100 values/ });
  assert.throws(() => limited({ valuesMax: 1 }).instant("up", 60_000), { code: "QUERY_LIMIT", message: /1 values/ });
  assert.throws(() => limited({}).range("up", 0, 11_001, 1), {
    code: "QUERY_LIMIT",
    message: /11000 points per series: 11001/,
  });
  assert.throws(() => limited({}).range("up", 0, 1000, 0), { code: "BAD_REQUEST" });
  assert.throws(() => limited({}).range("up", 1000, 0, 1), { code: "BAD_REQUEST" });
  assert.throws(() => limited({}).instant("up", Number.NaN), { code: "BAD_REQUEST" });
});

// When this fails, 64 queries in one request take 64 times the time and the memory of one.
test("the queries of a batch share their time and the size of their answer", () => {
  const reader = filled(100);
  const codesOf = (outcomes: readonly object[]): readonly string[] =>
    outcomes.map((outcome) => ("code" in outcome ? String(outcome.code) : "ok"));
  const narrow = createQueryService(reader, { limits: { valuesMax: 130 } });
  const wide = narrow.batchRange(["up", "up + 1", "up", "sum(up) > 95"], 0, 60_000, 1000);
  assert.deepEqual(codesOf(wide), ["ok", "ok", "QUERY_LIMIT", "ok"]);
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, monotonicMs: () => (nowMs += 10) };
  const slow = createQueryService(reader, { clock, limits: { timeoutMs: 65 } });
  assert.deepEqual(codesOf(slow.batch(["up", "up", "up", "up"], 10_000)), ["ok", "ok", "QUERY_TIMEOUT", "QUERY_TIMEOUT"]);
});

// When this fails, a month of everything is read into memory before anybody says that it is too much.
test("samples are admitted before they are read", () => {
  const reader = filled(100, [up, { ...up, job: "b" }, { ...up, job: "c" }]);
  let admitted = 0;
  const counting: typeof reader = {
    ...reader,
    select: (matchers, startMs, endMs, observer) =>
      reader.select(matchers, startMs, endMs, {
        admit(samples) {
          observer?.admit(samples);
          admitted += samples;
        },
        note: () => assert.fail("nothing is wrong with this store"),
      }),
  };
  const service = createQueryService(counting, { limits: { samplesMax: 150 } });
  assert.throws(() => service.instant("sum_over_time(up[100s])", 100_000), { code: "QUERY_LIMIT" });
  assert.equal(admitted, 100);
});

test("a query ends at its deadline", () => {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, monotonicMs: () => (nowMs += 10) };
  const service = createQueryService(filled(10), { clock, limits: { timeoutMs: 15 } });
  assert.throws(() => service.instant("sum(up) + sum(up) + sum(up)", 10_000), { code: "QUERY_TIMEOUT", message: /15 ms/ });
});

// When this fails, a query that is legal takes the thread down instead of answering.
test("the deepest query that is accepted can be evaluated", () => {
  const service = createQueryService(filled(10));
  const chain = Array.from({ length: treeDepthMax }, () => "up").join(" + ");
  assert.equal(service.format(chain).replaceAll(/\s+/g, " ").trim(), chain);
  const result = service.instant(chain, 10_000);
  assert.equal(result.type === "vector" ? result.samples[0]?.value : undefined, 10 * treeDepthMax);
  const nested = `${"abs(".repeat(nestingDepthMax - 1)}up${")".repeat(nestingDepthMax - 1)}`;
  assert.equal(service.instant(nested, 10_000).type, "vector");
});

// When this fails, a process that has ended is still shown, or one that lives is not.
test("the latest samples are those of the series that are alive", () => {
  const reader = filled(10);
  reader.add({ __name__: "gone" }, 9000, 1);
  reader.add({ __name__: "gone" }, 10_000, "stale");
  reader.add({ __name__: "slow" }, 4000, 5);
  const latest = createQueryService(reader).latestSamples([]);
  assert.deepEqual(latest, [
    { labels: up, timestampMs: 10_000, value: 10 },
    { labels: { __name__: "slow" }, timestampMs: 4000, value: 5 },
  ]);
  assert.deepEqual(createQueryService(createMemoryReader()).latestSamples([]), []);
  // What is read for them counts as a query's samples do.
  const narrow = createQueryService(reader, { limits: { samplesMax: 2 } });
  assert.throws(() => narrow.latestSamples([]), { code: "QUERY_LIMIT" });
  assert.deepEqual(narrow.series({ matchers: [], startMs: 0, endMs: 10_000 }, 9).length, 3);
});

// When this fails, Grafana's variable lists and the metrics explorer are empty or have doubles.
test("series and labels of several selectors are united", () => {
  const service = createQueryService(filled(10, [up, { ...up, job: "b" }, { __name__: "down", rack: "1" }]));
  const selection = (matchers: SeriesSelection["matchers"]): SeriesSelection => ({ matchers, startMs: 0, endMs: 10_000 });
  const selectors = ["up", '{job="b"}', "down"].map((text) => service.parseSelector(text));
  assert.deepEqual(service.labelValues("job", selection(selectors)), ["a", "b"]);
  assert.deepEqual(service.labelNames(selection(selectors.slice(0, 2))), ["__name__", "job"]);
  assert.equal(service.series(selection(selectors), 100).length, 3);
  assert.equal(service.series(selection(selectors), 2).length, 2);
  assert.equal(service.series(selection([]), 100).length, 3);
});

// When this fails, a user is offered a function whose answer may change with the next version, or is not told what is missing.
test("experimental functions need their switch", () => {
  assert.throws(() => createQueryService(filled(10)).instant("mad_over_time(up[10s])", 10_000), { code: "QUERY_UNSUPPORTED" });
  const service = createQueryService(filled(10), { experimentalFunctions: true });
  assert.equal(service.instant("mad_over_time(up[10s])", 10_000).type, "vector");
  assert.throws(() => createQueryService(filled(10)).instant("up + fill(0) up", 10_000), {
    code: "QUERY_UNSUPPORTED",
    message: "1:1: filling in missing series is experimental and not enabled",
  });
});

test("an expression is written in its canonical spelling", () => {
  assert.equal(createQueryService(createMemoryReader()).format("SUM(up)by(job)"), "sum by (job) (up)");
});
