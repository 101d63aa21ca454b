/** Rule files: what is taken, and where what is wrong is shown. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { parseRuleFile } from "./parse-rule-file.ts";
import { textsOf } from "./rule-definition.ts";
import { formatRuleProblem } from "./rule-problem.ts";

function problemsOf(text: string): readonly string[] {
  return parseRuleFile(text, "r.yml").problems.map(formatRuleProblem);
}

describe("a rule file", () => {
  it("is taken as Prometheus takes it: comments, anchors, numbers as labels, labels of the group", () => {
    // Files that run under Prometheus would not run here, or mean something else, if this fails.
    const { groups, problems } = parseRuleFile(
      `# of our own
groups:
  - name: a
    interval: 1m30s
    query_offset: 10s
    limit: 7
    labels: &team {team: x, tier: 1}
    rules:
      - record: job:up:sum
        expr: sum by(job)  (up)
        labels: {tier: 2, empty: ""}
      - alert: Down   # trailing
        expr: |
          up == 0
            and on(job) up offset 5m
        for: 5m
        keep_firing_for: 0s
        labels:
          <<: *team
          severity: page
        annotations: {summary: "{{ $labels.job }} is down"}
  - name: b
    rules:
`,
      "r.yml",
    );
    assert.deepEqual(problems, []);
    const [first, second] = groups;
    assert.deepEqual(
      [first?.intervalMs, first?.queryOffsetMs, first?.limit, second?.intervalMs, second?.rules],
      [90_000, 10_000, 7, null, []],
    );
    const [record, alert] = first?.rules ?? [];
    assert.deepEqual(record, {
      kind: "recording",
      name: "job:up:sum",
      expr: "sum by (job) (up)",
      labels: { team: "x", tier: "2", empty: "" },
    });
    assert.ok(alert?.kind === "alerting");
    assert.deepEqual(
      [alert.expr, alert.holdMs, alert.keepFiringForMs, textsOf(alert.labels)],
      ["up == 0 and on (job) up offset 5m", 300_000, 0, { team: "x", tier: "1", severity: "page" }],
    );
  });

  it("without groups, or without anything, has none", () => {
    // An empty file in a directory of rules must not stop the start.
    for (const text of ["", "# nothing\n", "groups:\n", "groups: []\n"])
      assert.deepEqual(parseRuleFile(text, "r.yml"), { groups: [], problems: [] });
  });

  it("is refused with every mistake, its place, and what to do", () => {
    // Its author would fix one mistake per run, or search for the place, if this fails.
    const text = `groups:
  - name: a
    intervall: 5m
    rules:
      - alert: A
        expr: "up == "
        for: 5 minutes
        labels: {__name__: x}
        annotations:
          summary: 'x {{ $labels.job }'
      - record: b
        alert: c
        expr: up
      - record: "b{c}"
        expr: up
        for: 1m
      - expr: up
      - record: d
      - record: e
        expr: |
          sum(
            up[5m]
          )
      - record: f
        expr: up[5m]
      - 5
  - name: a
  - rules: 3
`;
    assert.deepEqual(problemsOf(text), [
      'r.yml:3:5: group "a": unknown key "intervall". Did you mean "interval"?',
      'r.yml:6:21: group "a", rule "A": parse error: unexpected end of input. Write it as PromQL that /api/v1/query takes',
      'r.yml:7:14: group "a", rule "A": "5 minutes" is not a duration. Write it as 30s, 5m, 1h30m or 1d',
      'r.yml:8:18: group "a", rule "A": invalid label name "__name__". Choose another name',
      `r.yml:10:38: group "a", rule "A": template of summary: unexpected "}" in an action. Templates are in Go's text/template language, with Prometheus's functions`,
      'r.yml:11:9: group "a", rule "b": the rule has both record and alert. Make two rules of it',
      'r.yml:14:17: group "a", rule "b{c}": "b{c}" is no metric name. Labels go below labels, selectors into expr',
      'r.yml:16:9: group "a", rule "b{c}": a recording rule has no for. Remove it, or make an alert of the rule',
      'r.yml:17:9: group "a": the rule has neither record nor alert. Name the series or the alert that it makes',
      'r.yml:18:9: group "a", rule "d": the rule has no expr. Give it a PromQL expression',
      'r.yml:22:13: group "a", rule "e": parse error: expected type instant vector in aggregation expression, got range vector. Write it as PromQL that /api/v1/query takes',
      'r.yml:25:15: group "a", rule "f": expr is a range vector. A rule needs an instant vector or a scalar',
      'r.yml:26:9: group "a": a rule must be a mapping. Its keys are record, alert, expr, for, keep_firing_for, labels, annotations',
      'r.yml:27:5: group "a": the file has two groups of this name. Rename one',
      "r.yml:28:5: the group has no name. Give it one: name: …",
      "r.yml:28:12: rules must be a list. Begin each item with a dash",
    ]);
  });

  it("that is no YAML, or no mapping, says so", () => {
    // `groups` in a file of something else must not be taken for rules.
    assert.match(problemsOf("groups:\n  - name: [\n")[0] ?? "", /^r\.yml:\d+:\d+: .+ Write valid YAML$/);
    assert.match(problemsOf("- a\n")[0] ?? "", /^r\.yml:1:1: a rule file must be a mapping/);
    assert.match(problemsOf("groups: &a [*a, *a]\n")[0] ?? "", /^r\.yml:1:/);
  });

  it("keeps the labels of every rule that has them from an alias or a merge, however many do", () => {
    // Alerts would lose their severity, and with it their way to a person, if this fails.
    const more = Array.from(
      { length: 1500 },
      (_, i) => `  - {alert: A${i}, expr: up, labels: ${i % 2 === 0 ? "*l" : "{<<: [*l, *m]}"}}\n`,
    );
    const { groups, problems } = parseRuleFile(
      `groups:
- name: g
  rules:
  - {alert: A, expr: up, labels: &l {severity: page}}
  - {alert: B, expr: up, labels: &m {severity: none, team: x}}
${more.join("")}`,
      "r.yml",
    );
    assert.deepEqual(problems, []);
    const labels = (groups[0]?.rules ?? []).map((rule) => (rule.kind === "alerting" ? textsOf(rule.labels) : {}));
    assert.deepEqual([labels.length, new Set(labels.map(({ severity }) => severity))], [1502, new Set(["page", "none"])]);
    assert.deepEqual([labels[2], labels[3]], [{ severity: "page" }, { severity: "page", team: "x" }]);
  });

  it("is refused for a key that stands twice, and for aliases without an end or without a target", () => {
    // One of two limits would hold, and nobody would know which, if this fails.
    assert.deepEqual(problemsOf("groups:\n- {name: a, name: b}\n"), [
      'r.yml:2:13: the key "name" stands twice. Write valid YAML',
    ]);
    assert.deepEqual(problemsOf("groups:\n- &a {name: a, labels: {<<: *a}}\n"), [
      "r.yml:2:29: *a would contain itself. Write valid YAML",
    ]);
    assert.deepEqual(problemsOf("groups: *none\n"), ["r.yml:1:9: there is no &none before this. Write valid YAML"]);
  });

  it("is refused for a function that is not enabled, at the place where it stands", () => {
    // The rule would fail at every evaluation, and its alert would never come, if this fails.
    const text = "groups: [{name: g, rules: [{record: a, expr: 'sum(mad_over_time(up[5m]))'}]}]";
    assert.deepEqual(parseRuleFile(text, "r.yml").problems, []);
    assert.deepEqual(parseRuleFile(text, "r.yml", false).problems.map(formatRuleProblem), [
      'r.yml:1:51: group "g", rule "a": the function "mad_over_time" is experimental and not enabled. Set query.experimental_functions to true in the configuration.',
    ]);
  });

  it("that stands for very many values is refused before they are read", () => {
    // A short file of nested aliases would hang the server, or a pipeline that checks it, if this fails.
    const many = (count: number, item: string): string => Array.from({ length: count }, () => item).join(", ");
    const bomb = `groups:
- {name: a, rules: &r [{alert: A, expr: up, labels: &l {${Array.from({ length: 500 }, (_, i) => `a${i}: x`).join(", ")}}}, ${many(200, "{alert: A, expr: up, labels: *l}")}]}
${"- {name: b, rules: *r}\n".repeat(100)}`;
    assert.throws(() => parseRuleFile(bomb, "r.yml"), { code: "RULES_INVALID", message: /more than 500000 values/ });
    const deep = Array.from(
      { length: 40 },
      (_, i) => `- {name: g${i}, labels: &l${i} {${i === 0 ? "" : `<<: *l${i - 1}, `}a${i}: x}}\n`,
    );
    assert.throws(() => parseRuleFile(`groups:\n${deep.join("")}`, "r.yml"), { code: "RULES_INVALID", message: /deeper than/ });
  });

  it("takes an empty name as none, and no text that a label cannot hold", () => {
    // A rule would record a series that has no name, or labels would run into one another, if this fails.
    const file = (rule: string): string => `groups:\n- {name: g, rules: [${rule}]}\n`;
    assert.match(problemsOf(file('{record: "", expr: up}'))[0] ?? "", /neither record nor alert/);
    assert.deepEqual(problemsOf(file('{record: a, alert: "", expr: up}')), []);
    assert.deepEqual(problemsOf(file("{record: a, expr: up, for: 0s, keep_firing_for: 0, annotations: {}}")), []);
    assert.deepEqual(problemsOf("groups: [{name: g, limit: -1}]"), [], "no limit");
    assert.match(problemsOf(file('{alert: A, expr: up, labels: {"a\\0b": x}}'))[0] ?? "", /invalid label name/);
    assert.match(problemsOf(file('{alert: A, expr: up, labels: {a: "x\\0y"}}'))[0] ?? "", /the value of a is no valid text/);
  });

  it("is read or refused, whatever is in it", () => {
    // Any file may be named in a configuration by mistake.
    const value = fc.jsonValue({ maxDepth: 4 });
    const rule = fc.record(
      { alert: value, record: value, expr: value, for: value, labels: value, annotations: value },
      { requiredKeys: [] },
    );
    const file = fc.record({
      groups: fc.oneof(
        value,
        fc.array(fc.record({ name: value, rules: fc.oneof(value, fc.array(rule)) }, { requiredKeys: [] })),
      ),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          file.map((content) => stringify(content)),
          fc.string(),
        ),
        (text) => {
          const { groups, problems } = parseRuleFile(text, "r.yml");
          for (const { line, column } of problems) assert.ok((line ?? 1) >= 1 && (column ?? 1) >= 1);
          assert.ok(Array.isArray(groups));
        },
      ),
    );
  });
});
