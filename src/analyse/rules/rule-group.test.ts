/** Groups: what is stored, what a failing rule does, what a change of the rules and a restart leave as it was. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRuleLab, minute, type RuleLab, second } from "./rule-lab.test-support.ts";

function group(...rules: readonly string[]): string {
  return `groups:\n- name: g\n  rules:\n${rules.map((rule) => `  - ${rule}\n`).join("")}`;
}

function healthOf(lab: RuleLab): readonly string[] {
  return lab.manager
    .groups()
    .flatMap(({ rules }) => rules.map(({ name, health, lastError }) => `${name} ${health} ${lastError ?? ""}`.trim()));
}

describe("recording rules", () => {
  it("store their series under their name and labels, and end those that are there no more", async () => {
    // Dashboards would show a recorded series for five minutes after its source has gone if this fails.
    const lab = createRuleLab(group("{record: heat:twice, expr: heat * 2, labels: {kind: made, room: ''}}"));
    lab.load(30 * second, ['heat{room="a",site="x"} 1x4 stale', 'heat{site="y"} 3x20']);
    await lab.runTo(2 * minute);
    assert.deepEqual(lab.query("heat:twice", 2 * minute), [
      'heat:twice{kind="made", site="x"} 2',
      'heat:twice{kind="made", site="y"} 6',
    ]);
    await lab.runTo(2.5 * minute);
    assert.deepEqual(lab.query("heat:twice", 2.5 * minute), ['heat:twice{kind="made", site="y"} 6']);
  });

  it("record a scalar as one series without labels", async () => {
    // `expr: 1` is in many rule files.
    const lab = createRuleLab(group("{record: one, expr: 1}"));
    await lab.runTo(0);
    assert.deepEqual(lab.query("one", 0), ["one 1"]);
  });
});

describe("a rule that fails", () => {
  it("says why, stores nothing, and holds up no other", async () => {
    // One broken rule would silence a whole group, or nobody would know of it, if this fails.
    const lab = createRuleLab(
      group(
        "{record: merged, expr: heat, labels: {room: same}}",
        "{alert: Merged, expr: heat > 0, labels: {room: same}}",
        "{record: many, expr: 'heat * on (site) group_left heat'}",
        "{record: fine, expr: count(heat)}",
      ),
    );
    lab.load(30 * second, ['heat{room="a"} 1x20', 'heat{room="b"} 1x20']);
    await lab.runTo(minute);
    const [merged, alert, many, fine] = healthOf(lab);
    assert.match(merged ?? "", /^merged err vector contains metrics with the same labelset/);
    assert.match(alert ?? "", /^Merged err vector contains metrics with the same labelset/);
    assert.match(many ?? "", /^many err .*many-to-many|^many err .*duplicate series/);
    assert.equal(fine, "fine ok");
    assert.deepEqual(lab.query('{__name__=~"merged|many|ALERTS"}', minute), []);
    assert.equal(lab.warnings.length, 3, "each is logged once, not at every evaluation");
    assert.equal(lab.manager.facts()[0]?.failures, 9);
  });

  it("for its group's limit forgets its alerts, and works again below it", async () => {
    // A mistake in an expression would flood receivers with thousands of alerts if this fails.
    const lab = createRuleLab(
      group("{alert: Hot, expr: heat > 0}", "{record: r, expr: heat}").replace("rules:", "limit: 1\n  rules:"),
    );
    lab.load(30 * second, ['heat{room="a"} 1x20', 'heat{room="b"} 0 0 1 0x20']);
    await lab.runTo(minute);
    assert.deepEqual(healthOf(lab), ["Hot err exceeded limit of 1 with 2 alerts", "r err exceeded limit of 1 with 2 series"]);
    assert.deepEqual(lab.manager.alerts(), []);
    await lab.runTo(1.5 * minute);
    assert.equal(healthOf(lab)[0], "Hot ok");
    assert.equal(lab.manager.alerts()[0]?.activeAtMs, 1.5 * minute);
  });

  it("only because its results are too many to store still tells of its alerts", async () => {
    // An outage of everything would be the one that nobody hears of if this fails.
    const storage = {
      begin: () => undefined,
      query: () => [{ labels: { room: "a" }, timestampMs: 0, value: 1 }],
      append: () => assert.fail("too many"),
      activeBefore: () => [],
      flush: () => Promise.resolve(),
    };
    const lab = createRuleLab(group("{alert: Hot, expr: heat > 0}"), { storage, areAdded: true });
    await lab.manager.running[0]?.evaluate(0);
    assert.deepEqual(healthOf(lab), ["Hot err too many"]);
    assert.deepEqual(
      lab.told.map(({ alert }) => alert.labels),
      [{ alertname: "Hot", room: "a" }],
    );
  });

  it("for labels that cannot be stored says so", async () => {
    // Two alerts would be mistaken for one another, or get labels that nobody gave them, if this fails.
    const lab = createRuleLab(
      group(
        String.raw`{alert: Hot, expr: heat > 0, labels: {a: '{{ "x\x00b\x00y" }}'}}`,
        `{alert: Half, expr: heat, labels: {a: '{{ printf "%c" 55296 }}'}}`,
      ),
    );
    lab.load(30 * second, ["heat 1x4"]);
    await lab.runTo(0);
    assert.deepEqual(
      healthOf(lab).map((text) => text.split(": ")[0]),
      ["Hot err a label cannot be stored", "Half ok"],
    );
    assert.equal(lab.manager.alerts()[0]?.labels["a"], "\ufffd");
  });

  it("in a template of its texts still alerts, and the text says what is wrong", async () => {
    // A typo in an annotation would swallow the alert if this fails.
    const lab = createRuleLab(group(`{alert: Hot, expr: heat > 0, annotations: {summary: '{{ gt $value 5 }}'}}`));
    lab.load(30 * second, ["heat 1x4"]);
    await lab.runTo(0);
    assert.deepEqual(lab.manager.alerts()[0]?.annotations, {
      summary: "<error expanding template: error calling gt: incompatible types for comparison>",
    });
  });
});

describe("query_offset", () => {
  it("looks back, stores its results there, and lets the next rule see them", async () => {
    // Rules over series that come late would never see their newest samples if this fails.
    const lab = createRuleLab(
      group("{record: late, expr: heat}", "{record: later, expr: late}").replace("rules:", "query_offset: 1m\n  rules:"),
    );
    lab.load(30 * second, ["heat 0+1x20"]);
    await lab.runTo(2 * minute);
    assert.deepEqual(lab.query("late", minute), ["late 2"]);
    assert.deepEqual(lab.query("later", minute), ["later 2"]);
  });
});

describe("a change of the rules", () => {
  const hot = "{alert: Hot, expr: heat > 0, for: 2m}";

  it("keeps the alerts of rules with the same name and labels, whatever their expression and order", async () => {
    // Every reload would restart all waits, and close and open all alerts, if this fails.
    const lab = createRuleLab(group(hot, "{record: r, expr: heat}"));
    lab.load(30 * second, ["heat 1x40"]);
    await lab.runTo(minute);
    lab.update(
      group(
        "{record: new, expr: heat}",
        "{alert: Hot, expr: heat > 0.5, for: 2m, labels: {a: b}}",
        "{alert: Hot, expr: heat > 0.5, for: 2m}",
      ),
    );
    await lab.runTo(1.5 * minute);
    assert.deepEqual(
      lab.manager.alerts().map(({ labels, activeAtMs }) => [labels["a"], activeAtMs / minute]),
      [
        ["b", 1.5],
        [undefined, 0],
      ],
    );
  });

  it("ends the series of rules and groups that are gone", async () => {
    // An alert that nobody evaluates any more would show as firing for five minutes if this fails.
    const lab = createRuleLab(`${group("{alert: Hot, expr: heat > 0}")}- name: h\n  rules:\n  - {record: r, expr: heat}\n`);
    lab.load(30 * second, ["heat 1x40"]);
    await lab.runTo(minute);
    assert.equal(lab.query('{__name__=~"ALERTS|r"}', minute).length, 2);
    lab.update(group("{record: other, expr: heat}"));
    await lab.manager.run(minute + 10 * second);
    assert.deepEqual(lab.query('{__name__=~"ALERTS|ALERTS_FOR_STATE|r"}', minute + 10 * second), []);
  });
});

describe("a restart", () => {
  const rules = group("{alert: Long, expr: heat > 0, for: 20m}", "{alert: Short, expr: heat > 0, for: 5m}");

  /** Runs to `downMin`, is down, and runs anew from `upMin`; since when `Long` then counts as active, in minutes. */
  async function restoredAt(downMin: number, upMin: number): Promise<readonly (number | undefined)[]> {
    const lab = createRuleLab(rules);
    lab.load(30 * second, ["heat 0 1x400"]);
    await lab.runTo(downMin * minute);
    lab.restart(rules, upMin * minute);
    await lab.runTo(upMin * minute);
    assert.equal(
      lab.query(`ALERTS @ ${upMin * 60}`, upMin * minute).filter((text) => text.includes("Long")).length,
      downMin + 5 > upMin ? 1 : 0,
    );
    await lab.runTo((upMin + 0.5) * minute);
    return lab.manager.alerts().map(({ activeAtMs }) => activeAtMs / minute);
  }

  it("lets alerts go on waiting from where they were, without the time in between", async () => {
    // After each update of the server all alerts would wait anew: 20 minutes of silence if this fails.
    // Active since 0:30, down at 5:00, evaluated at 10:00 and 10:30: the 5:30 between the samples does not count.
    assert.deepEqual(await restoredAt(5, 10), [0.5 + 5.5, 10]);
  });

  it("gives an alert that would have fired at least ten minutes", async () => {
    // A storm of alerts at each start, before anything has been measured, if this fails.
    assert.deepEqual(await restoredAt(18, 20), [20.5 + 10 - 20, 20]);
  });

  it("lets what fired already fire at once", async () => {
    assert.deepEqual(await restoredAt(25, 30), [0.5, 30]);
  });

  it("begins anew after more than an hour", async () => {
    // What was true yesterday says nothing of now.
    assert.deepEqual(await restoredAt(5, 70), [70, 70]);
  });
});
