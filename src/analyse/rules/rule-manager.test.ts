/** When groups are evaluated. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRuleLab, minute, second } from "./rule-lab.test-support.ts";

const rules = `groups:
- {name: a, interval: 30s, rules: [{record: r, expr: time()}]}
- {name: b, interval: 1m, rules: [{record: s, expr: time()}]}
`;

describe("a group", () => {
  it("is evaluated at multiples of its interval plus an offset of its own, which a restart keeps", async () => {
    // Recorded series would have gaps and doubles at each restart if this fails.
    const lab = createRuleLab(rules);
    const firstMs = lab.manager.nextDueMs ?? 0;
    assert.ok(firstMs > 0 && firstMs <= minute);
    for (let i = 0; i < 6; i++) await lab.manager.run(lab.manager.nextDueMs ?? 0);
    const times = lab.manager.groups().map(({ lastEvaluationMs, intervalMs }) => (lastEvaluationMs ?? 0) % intervalMs);
    const [a = 0, b = 0] = times;
    assert.notEqual(a, b % (30 * second), "two groups do not come at the same time");
    const again = createRuleLab(rules);
    await again.manager.run(10 * minute + 17 * second);
    assert.deepEqual(
      again.manager.groups().map(({ lastEvaluationMs, intervalMs }) => (lastEvaluationMs ?? 0) % intervalMs),
      times,
    );
  });

  it("that comes late leaves out what it has missed, and counts it", async () => {
    // After a night of sleep the machine would evaluate thousands of times, for hours that nobody measured, if this fails.
    const lab = createRuleLab(rules.split("- {name: b")[0] ?? "");
    const firstMs = lab.manager.nextDueMs ?? 0;
    await lab.manager.run(firstMs);
    await lab.manager.run(firstMs + 10 * minute);
    const [a] = lab.manager.facts();
    assert.deepEqual([a?.evaluations, a?.missed], [2, 19]);
    assert.ok((lab.manager.nextDueMs ?? 0) > firstMs + 10 * minute);
  });

  it("goes on where the clock is set back, without evaluating the past", async () => {
    // Rules would fall silent until the clock has caught up if this fails.
    const lab = createRuleLab(rules);
    await lab.manager.run(60 * minute);
    await lab.manager.run(10 * minute);
    assert.deepEqual(
      lab.manager.groups().map(({ lastEvaluationMs }) => Math.ceil((lastEvaluationMs ?? 0) / minute)),
      [10, 10],
    );
    assert.ok((lab.manager.nextDueMs ?? Infinity) <= 11 * minute);
  });

  it("that is gone is still spoken of, though nothing is due", async () => {
    // A webhook would never hear that an alert has ended whose rule was removed if this fails: it finds out when it is told nothing.
    let told = 0;
    const sink = { notify: () => void (told += 1) };
    const lab = createRuleLab(rules, { sink });
    lab.update("groups: []\n");
    await lab.manager.run(minute);
    assert.equal(told, 1);
  });

  it("that spoke before the machine slept has to speak again before anybody counts as silent", async () => {
    // A machine that falls asleep during an evaluation would tell everybody at its awakening that all is well if this fails.
    let nowMs = 0;
    let asleepMs = 0;
    const ends: number[] = [];
    const sink = { notify: () => void ends.push(nowMs) };
    const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
    const pause = (): Promise<void> => Promise.resolve(void (nowMs += asleepMs));
    const lab = createRuleLab(rules, { sink, clock, pause });
    const run = (atMs: number): Promise<void> => lab.manager.run((nowMs = atMs));
    await run(10 * minute);
    asleepMs = 60 * minute;
    await run(12 * minute);
    asleepMs = 0;
    await run(nowMs);
    assert.deepEqual(ends, [10 * minute, nowMs]);
  });

  it("that is unchanged keeps its health and its last evaluation when the files are read anew", async () => {
    // After each reload every rule would be shown as never evaluated, and told of in the log again, if this fails.
    const rulesWith = (expr: string): string =>
      `groups:\n- {name: a, rules: [{record: r, expr: time()}, {record: s, expr: ${expr}}]}\n`;
    const lab = createRuleLab(rulesWith("one"));
    await lab.manager.run(10 * minute);
    const before = lab.manager.groups();
    assert.deepEqual(
      before.flatMap((group) => group.rules.map(({ health }) => health)),
      ["ok", "ok"],
    );
    lab.update(rulesWith("two"));
    const [after] = lab.manager.groups();
    assert.deepEqual([after?.lastEvaluationMs, after?.rules[0]], [before[0]?.lastEvaluationMs, before[0]?.rules[0]]);
    assert.deepEqual(
      [after?.rules[1]?.health, after?.rules[1]?.lastEvaluationMs],
      ["unknown", null],
      "another expression is another question",
    );
  });

  it("whose results cannot be stored is logged, and tried again", async () => {
    // A full disk must not stop the alerts.
    const lab = createRuleLab(rules);
    let tries = 0;
    const storage = {
      begin: () => undefined,
      query: () => [],
      append: () => undefined,
      activeBefore: () => [],
      flush: () => {
        tries += 1;
        return Promise.reject(new Error("full"));
      },
    };
    const failing = createRuleLab(rules, { storage });
    await failing.manager.run(lab.manager.nextDueMs ?? 0);
    await failing.manager.run(2 * minute);
    await failing.manager.run(4 * minute);
    assert.ok(tries >= 5, "tried again and again");
    const said = failing.warnings.map((text) => text.split(" {")[0]);
    assert.deepEqual(
      said,
      Array.from({ length: 2 }, () => "the results of a rule group were not stored"),
      "once for each group",
    );
  });
});
