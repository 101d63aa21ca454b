import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { MatrixSeries, QueryResult } from "./api.ts";
import { resultJson } from "./result-json.ts";

function read(result: QueryResult): unknown {
  return JSON.parse(Buffer.from(resultJson(result)).toString());
}

/** What a client reads of a number: its text, as a number. */
function numberOf(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

const nothing = { warnings: [], infos: [] } as const;
const labels = fc.dictionary(fc.stringMatching(/^[a-z_]{1,5}$/), fc.string({ unit: "grapheme" }), {
  maxKeys: 4,
  noNullPrototype: true,
});

describe("the text of an answer", () => {
  it("gives every series and every bit of its points", () => {
    // Wrong: what Grafana draws is not what was computed.
    const grid = fc
      .uniqueArray(fc.integer({ min: 0, max: 4e12 }), { maxLength: 8 })
      .map((times) => times.sort((a, b) => a - b));
    const series = fc
      .tuple(labels, grid, fc.array(fc.double(), { minLength: 8, maxLength: 8 }))
      .map(([names, times, values]): MatrixSeries => ({
        labels: names,
        timestampsMs: Float64Array.from(times),
        values: Float64Array.from(values.slice(0, times.length)),
      }));
    // Some share the array of their times, as the evaluator's do.
    const shared = fc.array(series).map((all) => all.flatMap((one) => [one, { ...one, values: one.values.map((v) => -v) }]));
    fc.assert(
      fc.property(shared, (all) => {
        const answer = read({ type: "matrix", series: all, ...nothing });
        const result = all.map(({ labels: metric, timestampsMs, values }) => ({
          metric,
          ...(values.length === 0 ? {} : { values: Array.from(timestampsMs, (timeMs, i) => [timeMs / 1000, values[i]]) }),
        }));
        const numbers = JSON.parse(JSON.stringify(answer), (key, item: unknown) =>
          typeof item === "string" && key === "1" ? numberOf(item) : item,
        ) as unknown;
        assert.deepEqual(numbers, { status: "success", data: { resultType: "matrix", result } });
      }),
    );
  });

  it("has the form of Prometheus's for every type", () => {
    // Wrong: clients refuse the answer.
    const histogram = {
      counterReset: "gauge",
      schema: 0,
      zeroThreshold: 0.5,
      zeroCount: 1,
      count: 4,
      sum: 5.5,
      positiveSpans: [{ offset: 1, length: 1 }],
      positiveBuckets: [3],
      negativeSpans: [],
      negativeBuckets: [],
      customValues: [],
    } as const;
    const histogramJson = {
      count: "4",
      sum: "5.5",
      buckets: [
        [3, "-0.5", "0.5", "1"],
        [0, "1", "2", "3"],
      ],
    };
    const metric = { __name__: 'a"é\n' };
    const timestampMs = 1500;
    const times = Float64Array.of(1000, 2000);
    const cases: readonly (readonly [QueryResult, unknown])[] = [
      [
        { type: "scalar", timestampMs, value: -0, ...nothing },
        { resultType: "scalar", result: [1.5, "-0"] },
      ],
      [
        { type: "string", timestampMs, value: 'é"', ...nothing },
        { resultType: "string", result: [1.5, 'é"'] },
      ],
      [
        {
          type: "vector",
          samples: [
            { labels: metric, timestampMs, value: 1e-7 },
            { labels: {}, timestampMs, value: Number.NaN, histogram },
          ],
          ...nothing,
        },
        {
          resultType: "vector",
          result: [
            { metric, value: [1.5, "1e-07"] },
            { metric: {}, histogram: [1.5, histogramJson] },
          ],
        },
      ],
      [
        {
          type: "matrix",
          series: [
            {
              labels: metric,
              timestampsMs: times,
              values: Float64Array.of(1, Infinity),
              histograms: { timestampsMs: Float64Array.of(3000), values: [histogram] },
            },
          ],
          ...nothing,
        },
        {
          resultType: "matrix",
          result: [
            {
              metric,
              values: [
                [1, "1"],
                [2, "+Inf"],
              ],
              histograms: [[3, histogramJson]],
            },
          ],
        },
      ],
    ];
    for (const [result, data] of cases) assert.deepEqual(read(result), { status: "success", data });
    const noted = read({ type: "matrix", series: [], warnings: ["w"], infos: ['"i"'] });
    assert.deepEqual(noted, { status: "success", warnings: ["w"], infos: ['"i"'], data: { resultType: "matrix", result: [] } });
  });

  it("is bounded, however few points have however long labels", () => {
    // Wrong: the labels of one answer take the memory of the process.
    const samples = Array.from({ length: 10 }, () => ({ labels: { a: "x".repeat(1000) }, timestampMs: 0, value: 1 }));
    const answer: QueryResult = { type: "vector", samples, ...nothing };
    assert.ok(resultJson(answer, { bytesMax: 100_000 }).length > 10_000);
    assert.throws(() => resultJson(answer, { bytesMax: 10_000 }), { code: "QUERY_LIMIT" });
  });

  it("ends in the middle when nobody waits for it any more", () => {
    // Wrong: the thread goes on writing 256 MiB, and who asks next waits.
    const timestampsMs = Float64Array.of(1000);
    const series = Array.from({ length: 10 }, (_, i) => ({ labels: { i: String(i) }, timestampsMs, values: timestampsMs }));
    let looks = 0;
    const checkTime = (): void => {
      looks++;
      if (looks === 3) throw new Error("gone");
    };
    assert.throws(() => resultJson({ type: "matrix", series, ...nothing }, { checkTime }), /gone/);
    assert.equal(looks, 3);
    const samples = Array.from({ length: 3000 }, () => ({ labels: {}, timestampMs: 0, value: 1 }));
    looks = 0;
    assert.throws(() => resultJson({ type: "vector", samples, ...nothing }, { checkTime }), /gone/);
  });
});
