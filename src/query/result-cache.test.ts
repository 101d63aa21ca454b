import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { SampleReader } from "../core/storage.ts";
import { createMemoryReader, type MemoryReader } from "./promqltest/memory-reader.ts";
import { parseQuery } from "./parser/parser.ts";
import { isRepeatable, ResultCache } from "./result-cache.ts";
import { createQueryService } from "./service.ts";

const secondMs = 1000;
const repeatable = [
  "up",
  "-up",
  "up > 3",
  "up offset 20s",
  "timestamp(up)",
  "sum(up)",
  "sum by (job) (rate(up_total[20s]))",
  "avg without (job) (up)",
  "topk(1, up)",
  "limitk(2, up)",
  "quantile_over_time(0.5, up[15s])",
  "max_over_time(rate(up_total[10s])[30s:5s])",
  "count_values('value', up)",
  "up / on (job) sum by (job) (up)",
  "up or absent(up)",
  "up > 2 or up < 1",
  "up * 2 > 6 or on () rate(up_total[20s])",
  "sum by (job) (up > 2) or up",
  "last_over_time(up[5s]) > 2 or sort(topk(1, up))",
  "label_replace(up, 'to', '$1', 'job', '(.*)')",
  "vector(time())",
  "scalar(sum(up))",
];
const unrepeatable = [
  "up offset -20s",
  "up @ end()",
  "up @ 100",
  "end()",
  "up - range()",
  // Whether the series has its name is decided at its first step.
  "up > 2 or up * 1",
  "-up > -2 or (up unless up > 100)",
  "up > 2 or label_replace(up * 1, '__name__', 'up', 'job', 'a')",
  "sum by (__name__) (rate(up_total[20s]) or up)",
  "sum_over_time((up @ start())[20s:5s])",
  // Its name is no counter's, which an info says.
  "rate(up[20s])",
];

/** Samples every five seconds, with gaps, stale markers and resets; a chance of each that depends on nothing but the time. */
function addTick(reader: MemoryReader, tick: number): void {
  for (const [index, job] of ["a", "b", "c"].entries()) {
    const chance = Math.imul(tick + 1, 0x9e3779b1 + 77 * index) >>> 24;
    if (chance < 40) continue;
    const value = chance < 70 ? "stale" : (chance % 7) - 1;
    reader.add({ __name__: "up", job }, 5 * secondMs * tick, value);
    reader.add({ __name__: "up_total", job }, 5 * secondMs * tick, chance < 90 ? 0 : 10 * tick + chance);
  }
}

/** A store that says when what it had has changed. */
function growing(): { readonly reader: SampleReader; readonly grow: (ticks: number) => void; readonly change: () => void } {
  const memory = createMemoryReader();
  let next = 0;
  let generation = 0;
  return {
    reader: { ...memory, generation: () => generation },
    grow(ticks) {
      for (let i = 0; i < ticks; i++) addTick(memory, next++);
    },
    change() {
      for (let tick = 0; tick < next; tick++) memory.add({ __name__: "up", job: "a" }, 5 * secondMs * tick, 1000 + tick);
      generation++;
    },
  };
}

describe("the cache of results", () => {
  it("changes no answer, whatever was asked before", () => {
    // Wrong: a chart shows old values, or values of other steps, and reloading the page does not help.
    const asked = fc.record({
      expr: fc.constantFrom(...repeatable, ...unrepeatable),
      startMs: fc.integer({ min: -50, max: 60 }).map((n) => 5 * secondMs * n + 700),
      steps: fc.nat(40),
      stepMs: fc.constantFrom(5 * secondMs, 10 * secondMs),
      grown: fc.nat(3),
      changes: fc.nat(30).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(asked, { minLength: 1, maxLength: 30 }), (queries) => {
        const { reader, grow, change } = growing();
        const options = { lookbackMs: 12 * secondMs, experimentalFunctions: true };
        const [cached, plain] = [createQueryService(reader, options), createQueryService(reader, options)];
        grow(10);
        for (const { expr, startMs, steps, stepMs, grown, changes } of queries) {
          grow(grown);
          if (changes) change();
          const range = [startMs, startMs + steps * stepMs, stepMs] as const;
          assert.deepEqual(cached.range(expr, ...range), plain.range(expr, ...range, { noCache: true }), expr);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("reads what is new, and nothing else", () => {
    // Wrong: every refresh of a dashboard costs as much as its first drawing.
    const { reader, grow } = growing();
    const reads: (readonly [number, number])[] = [];
    const watched: SampleReader = {
      ...reader,
      select(matchers, startMs, endMs, observer) {
        reads.push([startMs, endMs]);
        return reader.select(matchers, startMs, endMs, observer);
      },
    };
    const service = createQueryService(watched, { lookbackMs: 12 * secondMs });
    grow(41);
    service.range("up", 100 * secondMs, 200 * secondMs, 10 * secondMs);
    service.range("up", 100 * secondMs, 200 * secondMs, 10 * secondMs);
    grow(2);
    service.range("up", 110 * secondMs, 210 * secondMs, 10 * secondMs);
    assert.deepEqual(reads, [
      [88_000, 200_000],
      [198_000, 210_000],
    ]);
  });

  it("evaluates anew what is not the same at every asking", () => {
    // Wrong: the value of a step is that of a query whose end was another one.
    for (const expr of repeatable) assert.ok(isRepeatable(parseQuery(expr)), expr);
    for (const expr of unrepeatable.slice(0, -1)) assert.ok(!isRepeatable(parseQuery(expr)), expr);
  });

  it("keeps one result of a query whose times are never aligned", () => {
    // Wrong: one client that asks up to "now" fills the memory with what is never asked again, and pushes out the charts of the others.
    const cache = new ResultCache(100_000);
    let evaluations = 0;
    const ask = (name: string, startMs: number): void => {
      const query = { expr: parseQuery(name), startMs, endMs: startMs + 99_000, stepMs: 1000, lookbackMs: 1000 };
      cache.answer(query, { generation: 1, finalMs: Infinity }, () => {
        evaluations++;
        const timestampsMs = Float64Array.from({ length: 100 }, (_, step) => startMs + 1000 * step);
        const series = { labels: {}, timestampsMs, values: timestampsMs };
        return { type: "matrix", series: [series], warnings: [], infos: [] };
      });
    };
    ask("up", 0);
    for (let ms = 0; ms < 500; ms++) ask("now", 1001 * ms);
    ask("up", 0);
    assert.equal(evaluations, 501);
  });

  it("counts the texts of queries and labels among what it keeps", () => {
    // Wrong: long labels, or long queries that find nothing, fill the memory of the process.
    const long = "x".repeat(10_000);
    const isKept = (name: (i: number) => string, labels: (i: number) => Readonly<Record<string, string>>): boolean => {
      const cache = new ResultCache(1_000_000);
      let evaluations = 0;
      const ask = (i: number): void => {
        const query = { expr: parseQuery(name(i)), startMs: 0, endMs: 1000, stepMs: 1000, lookbackMs: 1000 };
        cache.answer(query, { generation: 1, finalMs: 1000 }, () => {
          evaluations++;
          const series = { labels: labels(i), timestampsMs: Float64Array.of(0, 1000), values: Float64Array.of(1, 2) };
          return { type: "matrix", series: [series], warnings: [], infos: [] };
        });
      };
      for (let i = 0; i < 100; i++) ask(i);
      const before = evaluations;
      ask(0);
      return evaluations === before;
    };
    const short = (i: number): string => `up${i}`;
    assert.ok(isKept(short, (i) => ({ job: `${i}` })));
    assert.ok(!isKept(short, (i) => ({ job: `${i}${long}` })));
    assert.ok(
      !isKept(
        (i) => `${long}${i}`,
        (i) => ({ job: `${i}` }),
      ),
    );
  });
});
