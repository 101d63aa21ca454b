import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alertFindings } from "./alert-findings.ts";
import { createRuleLab, minute, second } from "./rules/rule-lab.test-support.ts";

describe("findings of alerts", () => {
  it("are there while an alert fires and a while after, with what it says and what to do", async () => {
    // The list of findings would miss what woke somebody up if this fails.
    const lab = createRuleLab(`
groups:
- name: g
  rules:
  - alert: Hot
    expr: heat > 10
    for: 1m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.room }} is hot", runbook_url: "https://example.org/hot"}
  - {alert: Plain, expr: heat > 100, labels: {severity: info}}
  - {alert: Waiting, expr: heat > 10, for: 1h}`);
    lab.load(30 * second, ['heat{node="n1",room="a"} 20x5 5x60', 'heat{room="b"} 5x3 200x100']);
    await lab.runTo(4 * minute);
    const findings = alertFindings(lab.manager.running, "here");
    assert.deepEqual(
      findings.map(({ kind, severity, node, startMs, endMs, sentence, action }) => {
        return [kind, severity, node, startMs / minute, endMs === null ? null : endMs / minute, sentence, action];
      }),
      [
        ["alert", "critical", "here", 3, null, "b is hot", "https://example.org/hot"],
        ["alert", "info", "here", 2, null, "Plain", null],
        ["alert", "critical", "n1", 1, 3, "a is hot", "https://example.org/hot"],
      ],
    );
    assert.deepEqual(findings[0]?.evidence, [{ expr: "heat > 10", value: 200 }]);
    assert.equal(new Set(findings.map(({ id }) => id)).size, 3);
    await lab.runTo(30 * minute);
    assert.equal(alertFindings(lab.manager.running, "here").length, 2, "what is over for long is gone");
  });
});
