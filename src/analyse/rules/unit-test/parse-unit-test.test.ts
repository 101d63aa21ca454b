import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { formatRuleProblem } from "../rule-problem.ts";
import { parseUnitTests } from "./parse-unit-test.ts";

describe("a file of unit tests", () => {
  it("is read with its defaults, special values and series", () => {
    // Tests written for promtool would test something else here if this fails.
    const { file, problems } = parseUnitTests(
      `rule_files: [a.yml]
fuzzy_compare: true
tests:
- input_series:
  - {series: 'up{a="b"}', values: 0 1+2x2 _ stale}
  promql_expr_test:
  - {expr: up, eval_time: 90s, exp_samples: [{labels: 'up{a="b"}', value: .inf}, {value: -1e3}, {labels: '{}', histogram: '{{sum:1 count:1}}'}]}
  alert_rule_test:
  - {eval_time: 0, alertname: A, exp_alerts: [{}]}
- {name: second, interval: 5s, start_timestamp: "2024-01-01T00:00:00Z", external_labels: {x: y}}
`,
      "t.yml",
    );
    assert.deepEqual(problems, []);
    const [first, second] = file.tests;
    assert.deepEqual(
      [file.evaluationIntervalMs, file.isFuzzy, first?.name, first?.intervalMs, first?.startMs],
      [60_000, true, "test 1", 60_000, 0],
    );
    assert.deepEqual(first?.series[0], { labels: { __name__: "up", a: "b" }, values: [0, 1, 3, 5, null, "stale"] });
    assert.deepEqual(first?.alertCases[0]?.alerts, [{ labels: { alertname: "A" }, annotations: {} }]);
    const values = first?.exprCases[0]?.samples.map(({ value }) => (typeof value === "number" ? value : value.count));
    assert.deepEqual(values, [Infinity, -1000, 1]);
    assert.deepEqual(
      [second?.name, second?.intervalMs, second?.startMs, second?.externalLabels],
      ["second", 5000, 1_704_067_200_000, { x: "y" }],
    );
  });

  it("is refused with every mistake and its place", () => {
    // A test that tests nothing would pass if this fails.
    const { problems } = parseUnitTests(
      `group_eval_order: [a, a]
tests:
- input_series: [{series: "up{", values: "1"}, {series: up, values: "x"}]
  alert_rule_test: [{eval_time: soon}]
  promql_expr_test: [{eval_time: 1m, exp_samples: [{value: many}]}]
  start_timestamp: yesterday
  intervall: 1m
`,
      "t.yml",
    );
    assert.deepEqual(
      problems.map((problem) => formatRuleProblem(problem).replace(/\. [A-Z].*$/, "")),
      [
        "t.yml:1:19: group a is in the order twice",
        't.yml:3:18: rule "test 1": expected a value at "{ 1"',
        't.yml:3:48: rule "test 1": expected a value at "x"',
        't.yml:4:21: rule "test 1": the alert test has no alertname',
        't.yml:4:33: rule "test 1": "soon" is not a duration',
        't.yml:5:22: rule "test 1": the expression test has no expr',
        't.yml:5:60: rule "test 1": "many" is not a number',
        't.yml:6:20: rule "test 1": "yesterday" is no time',
        't.yml:7:3: rule "test 1": unknown key "intervall"',
      ],
    );
  });

  it("is read or refused, whatever is in it", () => {
    // Any file may be given by mistake.
    const value = fc.jsonValue({ maxDepth: 4 });
    const test = fc.record(
      { name: value, interval: value, input_series: value, alert_rule_test: value, promql_expr_test: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.record({ rule_files: value, tests: fc.array(test) }).map((content) => stringify(content)),
          fc.string(),
        ),
        (text) => {
          assert.ok(Array.isArray(parseUnitTests(text, "t.yml").problems));
        },
      ),
    );
  });
});
