/** One small store and a table of expressions with the answers that Prometheus's documentation gives them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatLabels } from "../../core/labels.ts";
import type { QueryResult } from "../api.ts";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";

const reader = createMemoryReader();
for (let minute = 0; minute <= 10; minute++) {
  for (const [cpu, slope] of Object.entries({ "0": 60, "1": 120, "10": 30 })) {
    reader.add({ __name__: "cpu_total", cpu, node: "a" }, minute * 60_000, minute * slope);
  }
  reader.add({ __name__: "temp", zone: "x" }, minute * 60_000, minute === 5 ? Number.NaN : -1.5);
}

const service = createQueryService(reader, { experimentalFunctions: true });

/** `labels value` per element, in the order of the result. */
function show(result: QueryResult): readonly string[] {
  switch (result.type) {
    case "scalar":
    case "string":
      return [String(result.value)];
    case "vector":
      return result.samples.map(({ labels, value }) => `${formatLabels(labels)} ${value}`);
    case "matrix":
      return result.series.map(({ labels, timestampsMs, values }) => {
        return `${formatLabels(labels)} ${[...values].map((value, i) => `${value}@${(timestampsMs[i] ?? 0) / 1000}`).join(" ")}`;
      });
  }
}

/** Expression at ten minutes → result. */
const instants: Readonly<Record<string, readonly string[]>> = {
  "1 + 2 * 3 ^ 2": ["19"],
  "-1 ^ 2 + 7 % 4": ["2"],
  "1 ^ NaN": ["1"],
  "1 == bool 2": ["0"],
  '"text"': ["text"],
  "time() - 100": ["500"],
  'temp{zone="x"}': ['temp{zone="x"} -1.5'],
  "temp @ 300": ['temp{zone="x"} NaN'],
  "temp offset 5m": ['temp{zone="x"} NaN'],
  "temp @ end() offset 5m": ['temp{zone="x"} NaN'],
  "temp offset -1h": [],
  "timestamp(temp offset 90s)": ['{zone="x"} 480'],
  "abs(temp) + 0.5": ['{zone="x"} 2'],
  "floor(temp) == -2": ['{zone="x"} -2'],
  "round(temp, 0.4)": ['{zone="x"} -1.6'],
  "clamp(temp, -1, 1)": ['{zone="x"} -1'],
  "clamp(temp, 1, -1)": [],
  "sgn(temp)": ['{zone="x"} -1'],
  "sum(cpu_total)": ["{} 2100"],
  "avg by (node) (cpu_total)": ['{node="a"} 700'],
  "max without (cpu) (cpu_total)": ['{node="a"} 1200'],
  "min(cpu_total) or vector(1)": ["{} 300"],
  "count(cpu_total > 500)": ["{} 2"],
  "sum by (constructor, toString) (cpu_total)": ["{} 2100"],
  'label_join(temp, "z", "", "valueOf")': ['temp{zone="x"} -1.5'],
  "group(cpu_total)": ["{} 1"],
  "stdvar(cpu_total)": ["{} 140000"],
  "quantile(0.5, cpu_total)": ["{} 600"],
  'count_values("value", cpu_total * 0)': ['{value="0"} 3'],
  'count_values without (cpu) ("cpu", cpu_total)': ['{node="a"} 3'],
  'count_values without (node) ("cpu", cpu_total * 0)': ['{cpu="0"} 3'],
  "topk(2, cpu_total)": ['cpu_total{cpu="1", node="a"} 1200', 'cpu_total{cpu="0", node="a"} 600'],
  "bottomk(1, cpu_total)": ['cpu_total{cpu="10", node="a"} 300'],
  "topk(-Inf, cpu_total)": [],
  "temp or on () -temp": ['temp{zone="x"} -1.5'],
  "sort(rate(cpu_total[5m]))": ['{cpu="10", node="a"} 0.5', '{cpu="0", node="a"} 1', '{cpu="1", node="a"} 2'],
  'sort_by_label(cpu_total, "cpu")': [
    'cpu_total{cpu="0", node="a"} 600',
    'cpu_total{cpu="1", node="a"} 1200',
    'cpu_total{cpu="10", node="a"} 300',
  ],
  'increase(cpu_total{cpu="0"}[5m])': ['{cpu="0", node="a"} 300'],
  'irate(cpu_total{cpu="1"}[5m])': ['{cpu="1", node="a"} 2'],
  'deriv(cpu_total{cpu="1"}[5m])': ['{cpu="1", node="a"} 2'],
  'predict_linear(cpu_total{cpu="1"}[5m], 60)': ['{cpu="1", node="a"} 1320'],
  'last_over_time(cpu_total{cpu="0"}[3m])': ['cpu_total{cpu="0", node="a"} 600'],
  'sum_over_time(cpu_total{cpu="0"}[2m])': ['{cpu="0", node="a"} 1140'],
  'max_over_time(rate(cpu_total{cpu="0"}[2m])[5m:1m])': ['{cpu="0", node="a"} 1'],
  "count_over_time(vector(1)[10m:2m])": ["{} 5"],
  'cpu_total{cpu="0"}[2m]': ['cpu_total{cpu="0", node="a"} 540@540 600@600'],
  'absent(up{job="x", env=~"a|b"})': ['{job="x"} 1'],
  'absent(up{env=~"a|b", env="a"})': ['{env="a"} 1'],
  'absent(up{env="a", env="a"})': ["{} 1"],
  "absent(temp)": [],
  'absent_over_time(up{job="x"}[5m])': ['{job="x"} 1'],
  "scalar(temp) * 2": ["-3"],
  "scalar(cpu_total)": ["NaN"],
  'label_replace(temp, "z", "$1-${1}$$", "zone", "(.*)")': ['temp{z="x-x$", zone="x"} -1.5'],
  'label_replace(temp, "z", "y", "zone", "no")': ['temp{zone="x"} -1.5'],
  'label_join(temp, "z", "/", "zone", "none", "__name__")': ['temp{z="x//temp", zone="x"} -1.5'],
  "hour(vector(1136239445)) * 100 + minute(vector(1136239445))": ["{} 2204"],
  "day_of_year(vector(1483191420))": ["{} 366"],
  "days_in_month(vector(1454284800)) + day_of_week(vector(0))": ["{} 33"],
  "year() + month()": ["{} 1971"],
  "year(vector(1e15)) + month(vector(1e15)) / 100": ["{} 31690708.07"],
  "minute(vector(-62135596801))": ["{} 59"],
  "year(vector(NaN))": ["{} NaN"],
};

// When one of these fails, the function named gives dashboards and alerts another value than the documentation says.
describe("instant queries", () => {
  for (const [expr, expected] of Object.entries(instants)) {
    test(expr, () => assert.deepEqual(show(service.instant(expr, 600_000)), expected));
  }
});

// When this fails, a chart does not show what the same expression gives at each of its points.
describe("range queries", () => {
  test("have a point at every step that has an element", () => {
    assert.deepEqual(show(service.range('cpu_total{cpu="0"} > 100', 0, 240_000, 60_000)), [
      'cpu_total{cpu="0", node="a"} 120@120 180@180 240@240',
    ]);
    assert.deepEqual(show(service.range("time()", 0, 2000, 1000)), ["{} 0@0 1@1 2@2"]);
    assert.deepEqual(show(service.range('count(topk(scalar(cpu_total{cpu="0"} / 60), cpu_total))', 0, 240_000, 60_000)), [
      "{} 1@60 2@120 3@180 3@240",
    ]);
  });

  test("equal the instant queries at their steps", () => {
    for (const expr of Object.keys(instants).filter((text) => !/^(?:sort|"|cpu_total\{cpu="0"\}\[)/.test(text))) {
      const instant = show(service.instant(expr.replaceAll("@ end()", "@ 600"), 600_000));
      const range = show(service.range(expr.replaceAll("@ end()", "@ 600"), 480_000, 720_000, 120_000));
      const values = range.flatMap((line) => line.split(" ").filter((part) => part.endsWith("@600")));
      assert.deepEqual(
        values.map((part) => part.slice(0, -4)).sort(),
        instant.map((line) => line.split(" ").at(-1) ?? "").sort(),
        expr,
      );
    }
  });
});

// When this fails, two series with the same labels overwrite each other, or a legal query is refused.
test("names are dropped at the end, and only then may that make a conflict", () => {
  const two = createMemoryReader();
  two.add({ __name__: "a", x: "1" }, 0, 1);
  two.add({ __name__: "b", x: "1" }, 0, 2);
  const named = createQueryService(two);
  assert.throws(() => named.instant('-{x="1"}', 0), { code: "QUERY_FAILED", message: /same labelset/ });
  assert.deepEqual(show(named.instant('sum by (x) (-{x="1"})', 0)), ['{x="1"} -3']);
  assert.deepEqual(show(named.instant('label_replace(-{x="1"}, "__name__", "minus_$1", "__name__", "(.*)")', 0)), [
    'minus_a{x="1"} -1',
    'minus_b{x="1"} -2',
  ]);
});

// When this fails, who mistypes an argument is told something else than by Prometheus.
test("labels that cannot be, and patterns that are none", () => {
  for (const [expr, message] of Object.entries({
    'label_join(temp, "", "-", "zone")': "invalid destination label name in label_join(): ",
    'label_join(temp, "z", "-", "zone", "\\xff")': "invalid source label name in label_join(): \ufffd",
    'label_replace(temp, "", "$1", "zone", "(.*)")': "invalid destination label name in label_replace(): ",
    'label_replace(temp, "z", "$1", "zone", "[.*")': "invalid regular expression in label_replace(): [.*",
  })) {
    assert.throws(() => service.instant(expr, 0), { code: "QUERY_FAILED", message });
  }
});
