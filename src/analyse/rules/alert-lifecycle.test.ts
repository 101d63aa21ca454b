/** The life of alerts, case by case as prometheus/compliance's alert generator specification has them, with a clock of the test's own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { advanceAlerts, needsSending } from "./alert-lifecycle.ts";
import { AlertTracker } from "./alert-tracker.ts";
import { createRuleLab, groupsOf, minute, type RuleLab, second, type Told } from "./rule-lab.test-support.ts";

/** State, value and summary of each alert that is active now. */
function active(lab: RuleLab): readonly string[] {
  return lab.manager.alerts().map(({ labels, annotations, state, value, activeAtMs }) => {
    return `${labels["variant"] ?? ""} ${state} ${value} ${annotations["summary"] ?? ""} @${activeAtMs / minute}`.trim();
  });
}

/** When what was told, in minutes; a resolved alert with its end. */
function times(told: readonly Told[]): readonly string[] {
  return told.map(({ atMs, alert: { startsAtMs, endsAtMs } }) => {
    return `${atMs / minute}: since ${startsAtMs / minute}${endsAtMs === null ? "" : ` until ${endsAtMs / minute}`}`;
  });
}

/** The one alert of a rule, by evaluations at times of a clock that may go back: what is told at each, in minutes. */
function trackerFrom(rule: string) {
  const [definition] = groupsOf(`groups: [{name: g, rules: [${rule}]}]`)[0]?.rules ?? [];
  assert.ok(definition?.kind === "alerting");
  const tracker = new AlertTracker(true);
  const element = { labels: { alertname: definition.name }, annotations: {}, value: 11 };
  const at = (timeMs: number, isThere: boolean): readonly string[] => {
    tracker.advance(new Map(isThere ? [["one", element]] : []), timeMs, definition);
    return tracker.takeDue(timeMs, minute).map(({ activeAtMs, firedAtMs, resolvedAtMs }) => {
      const since = (firedAtMs ?? activeAtMs) / minute;
      return resolvedAtMs === null ? `firing ${since}` : `resolved ${since} to ${resolvedAtMs / minute}`;
    });
  };
  return { tracker, at };
}

const oneAlert = `
groups:
- name: g
  interval: 30s
  rules:
  - alert: Hot
    expr: '{__name__="heat", alertname="other"} > 10'
    for: 6m
    labels: {severity: page, alertname: overridden}
    annotations: {summary: "value {{ $value }} {{ .Value }}"}
`;

describe("an alert", () => {
  it("is pending, fires, is resolved, and begins anew", async () => {
    // Somebody is woken too early, too late, or not at all if this fails.
    const lab = createRuleLab(oneAlert);
    // Above from 2 to 17:15 with a new value at 5:15 and 13:15, below until 22:15, above again until 33:30.
    lab.load(15 * second, ['heat{alertname="other"} 3 5x6 11x12 15x31 19x15 9x19 15x44 8x90']);
    await lab.runTo(1.5 * minute);
    assert.deepEqual(active(lab), []);
    await lab.runTo(2 * minute);
    assert.deepEqual(active(lab), ["pending 11 value 11 11 @2"]);
    await lab.runTo(7.5 * minute);
    assert.deepEqual(active(lab), ["pending 15 value 15 15 @2"], "annotations are those of the latest value");
    assert.deepEqual(lab.told, [], "nobody is told of what is pending");
    await lab.runTo(8 * minute);
    assert.deepEqual(active(lab), ["firing 15 value 15 15 @2"]);
    assert.deepEqual(lab.query("ALERTS", 8 * minute), ['ALERTS{alertname="Hot", alertstate="firing", severity="page"} 1']);
    assert.deepEqual(lab.query("ALERTS_FOR_STATE", 8 * minute), ['ALERTS_FOR_STATE{alertname="Hot", severity="page"} 120']);
    await lab.runTo(17 * minute);
    assert.deepEqual(active(lab), ["firing 19 value 19 19 @2"]);
    await lab.runTo(17.5 * minute);
    assert.deepEqual(active(lab), []);
    assert.deepEqual(lab.query("ALERTS or ALERTS_FOR_STATE", 17.5 * minute), [], "its series have ended");
    await lab.runTo(22.5 * minute);
    assert.deepEqual(active(lab), ["pending 15 value 15 15 @22.5"]);
    await lab.runTo(28.5 * minute);
    assert.deepEqual(active(lab), ["firing 15 value 15 15 @22.5"]);
  });

  it("is told when it fires, once a minute while it does, when it ends, and until 15 minutes after", async () => {
    // Alertmanager would resolve what still fires, or never hear of an end, if this fails.
    const lab = createRuleLab(oneAlert);
    lab.load(15 * second, ['heat{alertname="other"} 3 11x40 9x120']);
    await lab.runTo(40 * minute);
    // Above from 0:15 to 10:15, so pending at 0:30, firing at 6:30, resolved at 10:30.
    const firing = ["6.5: since 6.5", "7.5: since 6.5", "8.5: since 6.5", "9.5: since 6.5"];
    const resolved = Array.from({ length: 15 }, (_, i) => `${10.5 + i}: since 6.5 until 10.5`);
    assert.deepEqual(times(lab.told), [...firing, ...resolved]);
    assert.equal(lab.told[0]?.alert.generatorUrl.startsWith("http://pulse/graph?g0.expr="), true);
    assert.deepEqual(lab.told[0]?.alert.labels, { alertname: "Hot", severity: "page" });
    assert.equal(lab.told[0]?.alert.validUntilMs, 6.5 * minute + 4 * minute);
  });

  it("that is resolved is told no more of once it is active again", async () => {
    // A new alert would be closed by the end of the old one if this fails.
    const lab = createRuleLab(oneAlert.replace("for: 6m", "for: 2m"));
    lab.load(15 * second, ['heat{alertname="other"} 3 11x15 9x7 11x60']);
    await lab.runTo(9 * minute);
    // Above from 0:15, below from 4:15, above from 6:15.
    assert.deepEqual(times(lab.told), [
      "2.5: since 2.5",
      "3.5: since 2.5",
      "4.5: since 2.5 until 4.5",
      "5.5: since 2.5 until 4.5",
      "8.5: since 8.5",
    ]);
  });

  it("that was only pending goes without a word, and one whose condition never holds never comes", async () => {
    // Everybody would be told of every short peak if this fails.
    const lab = createRuleLab(`
groups:
- name: g
  rules:
  - {alert: Short, expr: heat > 10, for: 3m}
  - {alert: Never, expr: heat > 99, for: 3m}`);
    lab.load(15 * second, ["heat 3 11x10 9x60"]);
    await lab.runTo(2.5 * minute);
    assert.deepEqual(active(lab), ["pending 11  @0.5"]);
    await lab.runTo(12 * minute);
    assert.deepEqual(active(lab), []);
    assert.deepEqual(lab.told, []);
    assert.deepEqual(lab.query("ALERTS", 3 * minute), []);
  });

  it("fires at once without a `for`, and at the next evaluation with one shorter than the interval", async () => {
    // An alert that is meant to be immediate would come late if this fails.
    const lab = createRuleLab(`
groups:
- name: g
  rules:
  - {alert: Now, expr: heat > 10}
  - {alert: Soon, expr: heat > 13, for: 15s}`);
    lab.load(15 * second, ["heat 3x3 11x3 14x20"]);
    await lab.runTo(minute);
    assert.deepEqual(active(lab), ["firing 11  @1"]);
    await lab.runTo(2 * minute);
    assert.deepEqual(active(lab), ["firing 14  @1", "pending 14  @2"]);
    await lab.runTo(2.5 * minute);
    assert.deepEqual(active(lab), ["firing 14  @1", "firing 14  @2"]);
  });

  it("sees in the same evaluation what rules before it have come to, and its templates the element's own labels", async () => {
    // Alerts on alerts, and on recorded series, would come an interval late or name the wrong thing if this fails.
    const lab = createRuleLab(`
groups:
- name: g
  rules:
  - alert: One
    expr: heat > 10
    for: 3m
    labels: {foo: bar}
  - alert: Both
    expr: (ALERTS{alertstate="firing",alertname="One",variant="a"} + ignoring(variant) ALERTS{alertstate="firing",alertname="One",variant="b"}) == 2
    labels: {foo: baz}
    annotations: {summary: "{{$labels.alertname}} {{.Labels.foo}}"}
  - {record: twice, expr: heat * 2}
  - {alert: Twice, expr: twice > 25}`);
    lab.load(15 * second, ['heat{variant="a"} 1x7 11x60', 'heat{variant="b"} 1x31 11x60']);
    await lab.runTo(9 * minute);
    assert.deepEqual(active(lab), ["a firing 11  @2", "b pending 11  @8"]);
    await lab.runTo(11 * minute);
    assert.deepEqual(active(lab), ["a firing 11  @2", "b firing 11  @8", "firing 2 One bar @11"]);
    assert.deepEqual(lab.manager.alerts().at(-1)?.labels, { alertname: "Both", alertstate: "firing", foo: "baz" });
    assert.deepEqual(lab.query("twice", 11 * minute), ['twice{variant="a"} 22', 'twice{variant="b"} 22']);
  });

  it("waits no longer, and is told no more seldom, where the clock is set back", async () => {
    // A server whose clock was an hour ahead at its start would be silent for an hour after it is set right, if this fails.
    const settings = { holdMs: 2 * minute, keepFiringForMs: 0 };
    const element = { labels: { alertname: "Hot" }, annotations: {}, value: 1 };
    const elements = new Map([["Hot", element]]);
    const ahead = advanceAlerts(new Map(), elements, 60 * minute, settings);
    const back = advanceAlerts(ahead, elements, 1 * minute, settings);
    const later = advanceAlerts(back, elements, 3 * minute, settings).get("Hot");
    assert.deepEqual([later?.state, later?.activeAtMs], ["firing", minute]);
    assert.ok(later !== undefined);
    assert.equal(needsSending({ ...later, lastSentMs: 60 * minute }, 3 * minute, minute), true);
  });

  it("has no time ahead of a clock that was set back, whatever its state", () => {
    // An Alertmanager would take what is resolved as firing, and refuse what begins after its end, if this fails.
    const { tracker, at } = trackerFrom("{alert: Hot, expr: heat > 10}");
    at(60 * minute, true);
    assert.deepEqual(at(61 * minute, false), ["resolved 60 to 61"]);
    // At once, because whoever shares our clock has an end that is still to come.
    assert.deepEqual(at(1 * minute, false), ["resolved 1 to 1"]);
    assert.deepEqual(at(1.5 * minute, false), []);
    assert.deepEqual(at(2 * minute, false), ["resolved 1 to 1"]);
    at(17 * minute, false);
    assert.deepEqual(tracker.fired(), [], "it is forgotten after 15 minutes of the clock");

    const firing = trackerFrom("{alert: Hot, expr: heat > 10}");
    firing.at(60 * minute, true);
    assert.deepEqual(firing.at(1 * minute, true), ["firing 1"]);
    assert.deepEqual(firing.at(1.5 * minute, true), []);
    assert.deepEqual(firing.at(2 * minute, false), ["resolved 1 to 2"]);
    const straight = trackerFrom("{alert: Hot, expr: heat > 10}");
    straight.at(60 * minute, true);
    assert.deepEqual(straight.at(1 * minute, false), ["resolved 1 to 1"]);
  });

  it("fires on for `keep_firing_for` and no longer where the clock is set back", () => {
    // What is over would keep people awake for as long as the clock was ahead if this fails.
    const { tracker, at } = trackerFrom("{alert: Steady, expr: heat > 10, keep_firing_for: 2m}");
    at(60 * minute, true);
    at(61 * minute, false);
    at(1 * minute, false);
    assert.deepEqual([tracker.state, tracker.status()[0]?.keepFiringSinceMs], ["firing", minute]);
    assert.deepEqual(at(3 * minute, false), ["resolved 1 to 3"]);
  });

  it("fires on for `keep_firing_for`, unless its condition comes back", async () => {
    // An alert whose value swings around its limit would wake people at each swing if this fails.
    const lab = createRuleLab(`
groups:
- name: g
  rules:
  - {alert: Steady, expr: heat > 10, keep_firing_for: 2m}`);
    lab.load(15 * second, ["heat 11x3 9x3 11x3 9x40"]);
    await lab.runTo(1 * minute);
    assert.deepEqual([active(lab), lab.manager.alerts()[0]?.keepFiringSinceMs], [["firing 11  @0"], minute]);
    await lab.runTo(2 * minute);
    assert.deepEqual([active(lab), lab.manager.alerts()[0]?.keepFiringSinceMs], [["firing 11  @0"], null]);
    await lab.runTo(4.5 * minute);
    assert.deepEqual(active(lab), ["firing 11  @0"]);
    await lab.runTo(5 * minute);
    assert.deepEqual(active(lab), []);
  });
});
