/** Queries that are meant to do harm: each is refused, or cut within its limits, and never takes the thread or its memory. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Cancellation } from "../core/cancellation.ts";
import { createQueryService } from "./service.ts";
import { createMemoryReader, type MemoryReader } from "./promqltest/memory-reader.ts";

const endMs = 300_000;
const longLabel = "a".repeat(50_000);

/** Many series of one metric, and one with a label of 50 kB. */
function filled(): MemoryReader {
  const reader = createMemoryReader();
  for (let i = 0; i < 400; i++)
    for (let at = 0; at <= 3; at++) reader.add({ __name__: "m", i: String(i) }, at * 100_000, i + at);
  reader.add({ __name__: "long", a: longLabel }, endMs, 1);
  return reader;
}

const service = createQueryService(filled(), {
  experimentalFunctions: true,
  limits: { samplesMax: 1_000_000, valuesMax: 100_000 },
});

const repeated = (text: string, times: number): string => text.repeat(times);

/** Query → the code of its refusal. */
const refused: readonly (readonly [query: string, code: string])[] = [
  ["m[1y:1ms]", "QUERY_LIMIT"],
  ["sum_over_time(vector(1)[1y:1ms])", "QUERY_LIMIT"],
  ["max_over_time(max_over_time(max_over_time(m[1h:1s])[1h:1s])[1h:1s])", "QUERY_LIMIT"],
  ["rate(m[1h:1ms])", "QUERY_LIMIT"],
  [`label_replace(long, "x", "${repeated("$1", 1000)}", "a", "(.*)")`, "QUERY_LIMIT"],
  [`label_replace(long, "x", "${repeated("${n}", 1000)}", "a", "(?P<n>.*)")`, "QUERY_LIMIT"],
  [`label_join(long, "x", "${repeated("-", 60_000)}", ${Array.from({ length: 1000 }, () => '"b"').join()})`, "QUERY_LIMIT"],
  [`label_replace(long, "x", "$1", "a", "((a{1,30}){1,30})")`, "QUERY_LIMIT"],
  [`label_replace(long, "x", "$1", "a", "(.*a){60}")`, "QUERY_LIMIT"],
  ['long{a=~"(a?){1000}b"}', "QUERY_LIMIT"],
  [`{a=~"${repeated("a", 70_000)}"}`, "QUERY_LIMIT"],
  [`{a=~"(${repeated("[ab]", 200)}){1000}"}`, "QUERY_LIMIT"],
  [`m * on () group_left (x) label_replace(long, "x", "$1$1", "a", "(.*)")`, "QUERY_LIMIT"],
  [`${repeated("-", 20_000)}m`, "QUERY_SYNTAX"],
  [`${repeated("(", 30_000)}m`, "QUERY_SYNTAX"],
  [`${repeated("abs(", 30_000)}m`, "QUERY_SYNTAX"],
  [Array.from({ length: 20_000 }, () => "m").join("+"), "QUERY_SYNTAX"],
  [`m${repeated("[1m:]", 10_000)}`, "QUERY_SYNTAX"],
  ["m[9999999999y]", "QUERY_SYNTAX"],
  ["m * on () group_left () m", "QUERY_FAILED"],
  [`label_replace(m, "__proto__", "a", "", "")`, "QUERY_FAILED"],
  [`count_values("__proto__", m)`, "QUERY_FAILED"],
];

/** Query → elements of its answer: no more than what is there can come out of it. */
const answered: readonly (readonly [query: string, elements: number])[] = [
  ["topk(1e18, m)", 400],
  ["bottomk(1e18, m)", 400],
  ["limitk(1e18, m)", 400],
  ['count_values("v", m)', 400],
  [Array.from({ length: 200 }, () => "m").join(" or "), 400],
  ["quantile by (i) (0.5, m)", 400],
  ['long{a=~"(a+)+$"}', 1],
  ['long{a=~"(a*)*b"}', 0],
  [`label_replace(long, "x", "$1", "a", "(a+)+")`, 1],
  [`label_replace(long, "x", "$1", "a", "(.*)(.*)(.*)b?")`, 1],
];

describe("hostile queries", () => {
  for (const [query, code] of refused) {
    test(`${query.slice(0, 60)} is refused`, () => {
      // If it fails, whoever may read takes the thread from everybody else.
      assert.throws(() => service.instant(query, endMs), { code });
    });
  }

  for (const [query, elements] of answered) {
    test(`${query.slice(0, 60)} is answered`, () => {
      // If it fails, a query that only looks expensive is refused, or really is.
      const result = service.instant(query, endMs);
      assert.ok(result.type === "vector");
      assert.equal(result.samples.length, elements);
    });
  }

  test("a billion points, and values that make a series each", () => {
    // If it fails, one panel takes the memory of the process.
    assert.throws(() => service.range("m", 0, 1e12, 1), { code: "QUERY_LIMIT", message: /11000 points/ });
    assert.throws(() => service.range('count_values("v", m + time())', 0, 10_000_000, 1000), { code: "QUERY_LIMIT" });
    // A partner for each step, and 400 elements that each of them makes a series of.
    const join = 'm * on () group_left (v) count_values("v", vector(time()))';
    assert.throws(() => service.range(join, 0, 300_000, 1000), { code: "QUERY_LIMIT", message: /samples/ });
  });

  test("whatever a query does with many elements, it looks whether anybody waits", () => {
    // If it fails, a query that nobody waits for holds the thread until it is done.
    const looksOf = (query: string, stepMs: number): number => {
      let looks = 0;
      const counting: Cancellation = {
        get aborted() {
          looks += 1;
          return false;
        },
      };
      service.range(query, 0, 100_000, stepMs, {}, counting);
      return looks;
    };
    // Reading 400 series takes as many looks, and so does handing them out.
    const more: Readonly<Record<string, number>> = {
      "topk(3, m)": 400,
      "topk(200, m)": 100,
      "quantile(0.5, m)": 100,
      'histogram_quantile(0.5, label_replace(m, "le", "1", "", ""))': 400,
      "m * on (i) m": 800,
      "m and on (i) m": 800,
    };
    const plain = looksOf("count(m)", 1000);
    for (const [query, looks] of Object.entries(more)) {
      assert.ok(looksOf(query, 1000) >= plain + looks, `${query}: ${looksOf(query, 1000)}, ${plain}`);
    }
    // 2,000 windows with up to 150,000 resets each.
    assert.ok(looksOf("rate((round(vector(time()) * 1000) % 2)[300s:1ms])", 50) > 100);
  });

  test("the best of many are the same, whether they are inserted or sorted", () => {
    // If it fails, the order of a table depends on how many rows were asked for.
    const orderOf = (query: string): readonly string[] => {
      const result = service.instant(query, endMs);
      return result.type === "vector" ? result.samples.map(({ labels }) => labels["i"] ?? "") : [];
    };
    for (const operator of ["topk", "bottomk"]) {
      assert.deepEqual(orderOf(`${operator}(50, m % 7)`), orderOf(`${operator}(300, m % 7)`).slice(0, 50));
    }
  });

  test("a query that nobody waits for ends, wherever it is", () => {
    // If it fails, a dashboard that was closed goes on to cost.
    const queries = [
      "m",
      "sum(rate(m[5m:1s]))",
      "m or m",
      `label_join(m, "x", "-", "i", "i")`,
      'count_values("v", m)',
      "topk(3, m)",
    ];
    for (const query of queries) {
      let looks = 0;
      const counting: Cancellation = {
        get aborted() {
          looks += 1;
          return false;
        },
      };
      service.instant(query, endMs, {}, counting);
      assert.ok(looks > 1, query);
      for (let after = 0; after < looks; after += Math.ceil(looks / 20)) {
        let left = after;
        const cancelled: Cancellation = {
          get aborted() {
            return left-- <= 0;
          },
        };
        assert.throws(() => service.instant(query, endMs, {}, cancelled), { code: "CANCELLED" }, query);
      }
    }
  });

  test("time in the queue counts, and a shorter time-out is held to", () => {
    // If it fails, a query answers when its client has long given up.
    let nowMs = 100_000;
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const timed = createQueryService(filled(), { clock, limits: { timeoutMs: 30_000 } });
    assert.equal(timed.instant("m", endMs, { askedAtMs: nowMs - 29_000 }).type, "vector");
    assert.throws(() => timed.instant("m", endMs, { askedAtMs: nowMs - 31_000 }), {
      code: "QUERY_TIMEOUT",
      message: /30000 ms/,
    });
    assert.throws(() => timed.instant("m", endMs, { askedAtMs: nowMs - 2000, timeoutMs: 1000 }), {
      code: "QUERY_TIMEOUT",
      message: /1000 ms/,
    });
    assert.throws(() => timed.instant("m", endMs, { askedAtMs: nowMs - 31_000, timeoutMs: 60_000 }), { code: "QUERY_TIMEOUT" });
    // A clock that was set back is no reason to wait for longer.
    nowMs += 1;
    assert.equal(timed.instant("m", endMs, { askedAtMs: nowMs + 3_600_000 }).type, "vector");
  });
});
