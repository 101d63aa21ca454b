import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../io/config-file.ts";
import { withRules } from "./load-rules.ts";
import { cli } from "./run-cli.test-support.ts";

const rules = `groups:
- name: g
  rules:
  - {alert: Down, expr: up == 0, for: 5m, labels: {severity: page}, annotations: {summary: "{{ $labels.job }} is down"}}
  - {record: up:sum, expr: sum(up)}
`;

const tests = `rule_files: [rules.yml]
evaluation_interval: 1m
tests:
- name: outage
  interval: 1m
  input_series:
  - {series: 'up{job="a"}', values: "1 0x20"}
  alert_rule_test:
  - {eval_time: 5m, alertname: Down, exp_alerts: []}
  - {eval_time: 6m30s, alertname: Down, exp_alerts: [{exp_labels: {job: a, severity: page}, exp_annotations: {summary: a is down}}]}
  promql_expr_test:
  - {expr: 'up:sum + 0.1', eval_time: 0, exp_samples: [{value: 1.1}]}
  - {expr: 'ALERTS{alertstate="pending"}', eval_time: 2m, exp_samples: [{labels: 'ALERTS{alertname="Down",alertstate="pending",job="a",severity="page"}', value: 1}]}
`;

test("rules check tells every mistake of every file, and exits with 3", async () => {
  // If this fails, a pipeline lets a broken rule file through, and the server refuses it at its next start.
  using folder = mkdtempDisposableSync(join(tmpdir(), "chainpulse-"));
  const [right, wrong] = [join(folder.path, "rules.yml"), join(folder.path, "wrong.yml")];
  writeFileSync(right, rules);
  writeFileSync(wrong, "groups:\n- name: g\n  rules:\n  - {alert: A, exp: up}\n  - {record: b, expr: up ==}\n");
  const fine = await cli(["rules", "check", right]);
  assert.deepEqual([fine.code, fine.stdout], [0, `${right}: 1 group, 1 alerting and 1 recording rules, no problem found.\n`]);
  const both = await cli(["rules", "check", right, wrong, join(folder.path, "none.yml")]);
  assert.equal(both.code, 3);
  assert.deepEqual(
    both.stderr.split("\n").map((line) => line.replaceAll(`${folder.path}/`, "").slice(0, 60)),
    [
      'wrong.yml:4:5: group "g", rule "A": the rule has no expr. Giv',
      'wrong.yml:4:16: group "g", rule "A": unknown key "exp". Did yo',
      'wrong.yml:5:28: group "g", rule "b": parse error: unexpected e',
      "none.yml: none.yml cannot be read: ENOENT: no such file or di",
      "",
    ].map((line) => line.slice(0, 60)),
  );
  const json = await cli(["rules", "check", "--json", wrong]);
  assert.deepEqual([json.code, JSON.parse(json.stdout).problems.length], [3, 3]);
  assert.equal((await cli(["rules", "check", "--run", "x", right])).code, 2);
  assert.equal((await cli(["rules", "check"])).code, 2);
});

test("rules test runs promtool's unit tests and shows what is missing and what is too much", async () => {
  // If this fails, rules that do not do what their tests say are rolled out.
  using folder = mkdtempDisposableSync(join(tmpdir(), "chainpulse-"));
  const path = join(folder.path, "tests.yml");
  writeFileSync(join(folder.path, "rules.yml"), rules);
  writeFileSync(path, tests);
  const passed = await cli(["rules", "test", path]);
  assert.deepEqual([passed.code, passed.stdout], [0, `${path}: 1 test, all passed.\n`]);

  writeFileSync(
    path,
    tests.replace("severity: page}, exp_annotations", "severity: ticket}, exp_annotations").replace("value: 1.1", "value: 1.2"),
  );
  const failed = await cli(["rules", "test", path]);
  assert.equal(failed.code, 3);
  assert.deepEqual(failed.stdout.replaceAll(path, "tests.yml").split("\n"), [
    "tests.yml:10: outage, at 6m30s, alert Down",
    '  - {alertname="Down", job="a", severity="ticket"}',
    '      summary: "a is down"',
    '  + {alertname="Down", job="a", severity="page"}',
    '      summary: "a is down"',
    "tests.yml:12: outage, at 0s, expr up:sum + 0.1",
    "  - {} 1.2",
    "  + {} 1.1",
    "tests.yml: 1 test, 2 failed.",
    "",
  ]);
  assert.equal((await cli(["rules", "test", "--run", "other", path])).stdout, `${path}: 0 tests, all passed.\n`);
  assert.equal(JSON.parse((await cli(["rules", "test", "--json", path])).stdout).files[0].failures.length, 2);
  writeFileSync(path, tests.replace("values: ", "valuez: "));
  const refused = await cli(["rules", "test", path]);
  assert.deepEqual([refused.code, /unknown key "valuez". Did you mean "values"\?/.test(refused.stderr)], [3, true]);
});

test("a configuration brings its rule files along, and is refused with them", async () => {
  // If this fails, a server starts without the alerts that its operator counts on.
  using folder = mkdtempDisposableSync(join(tmpdir(), "chainpulse-"));
  const file = join(folder.path, "c.yaml");
  writeFileSync(file, "performance_monitoring:\n  alerts: {rule_files: ['*.rules.yml', 'none/*.yml']}\n");
  writeFileSync(join(folder.path, "a.rules.yml"), rules);
  const loaded = await withRules(await loadConfig({ file, env: {} }));
  assert.deepEqual(
    [loaded.ruleGroups.map(({ name }) => name), loaded.warnings],
    [["g"], ["rule_files: no file is named none/*.yml"]],
  );
  assert.equal((await cli(["check-config", file])).code, 0);
  writeFileSync(join(folder.path, "b.rules.yml"), "groups: 5\n");
  const refused = await cli(["check-config", file]);
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /b\.rules\.yml:1:9: groups must be a list/);
});
