/** Rules in a running node: evaluated, stored, shown, and what they know of alerts is there again after a kill and after a stop. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { getJson } from "../e2e/support/doors.ts";
import { root } from "../support/checks.ts";

const rules = `groups:
- name: g
  interval: 1s
  rules:
  - {record: one, expr: vector(1), labels: {made: here}}
  - {alert: Long, expr: one == 1, for: 20m}
`;

interface Vector {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** Starts, asks until the answer is there, ends by the signal; resolves with the answer. */
async function during<T>(
  folder: string,
  signal: "SIGKILL" | "SIGTERM",
  ask: (origin: string) => Promise<T | null>,
): Promise<T> {
  const args = ["start", "--listen", "127.0.0.1:0", "--data-dir", join(folder, "data"), "--config", join(folder, "c.yaml")];
  const child = spawn(process.execPath, [join(root, "src/boot.mjs"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const origin = /http:\/\/[^/\s]+/.exec(line)?.[0];
      if (origin === undefined) continue;
      for (;;) {
        const answer = await ask(origin);
        if (answer !== null) return answer;
      }
    }
    return assert.fail("ChainPulse ended before it served");
  } finally {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

/** Since when the alert is active, once its series is newer than `afterSeconds`. */
async function activeSince(origin: string, afterSeconds: number): Promise<{ since: number; at: number } | null> {
  const query = encodeURIComponent(`ALERTS_FOR_STATE{alertname="Long"} and (timestamp(ALERTS_FOR_STATE) > ${afterSeconds})`);
  const [found] = (await getJson<Vector>(`${origin}/api/v1/query?query=${query}`)).data.result;
  if (found === undefined) return null;
  assert.deepEqual(found.metric, { __name__: "ALERTS_FOR_STATE", alertname: "Long", made: "here" }, "no label is added");
  return { since: Number(found.value[1]), at: found.value[0] };
}

describe("rules over restarts", () => {
  it("go on from where they were after a kill and after a stop, without the time in between", async () => {
    // Every crash and every update would start all waits anew: alerts of an hour would never come, if this fails.
    using folder = mkdtempDisposableSync(join(tmpdir(), "chainpulse-rules-"));
    writeFileSync(join(folder.path, "rules.yml"), rules);
    writeFileSync(join(folder.path, "c.yaml"), "performance_monitoring:\n  alerts: {rule_files: [rules.yml]}\n");
    const first = await during(folder.path, "SIGKILL", (origin) => activeSince(origin, 0));
    const second = await during(folder.path, "SIGTERM", (origin) => activeSince(origin, first.at));
    const third = await during(folder.path, "SIGKILL", (origin) => activeSince(origin, second.at));
    for (const [before, after] of [
      [first, second],
      [second, third],
    ] as const) {
      const waited = before.at - before.since;
      // Times are whole seconds, and up to two evaluations pass between what was asked and the end.
      assert.ok(Math.abs(after.at - after.since - waited) <= 5, JSON.stringify([before, after]));
      assert.ok(after.since < after.at - 1, "it has not begun anew");
    }
  });

  it("shows its groups, alerts and findings", async () => {
    // The dashboard's list, its badge and Grafana would be empty if this fails.
    using folder = mkdtempDisposableSync(join(tmpdir(), "chainpulse-rules-"));
    writeFileSync(
      join(folder.path, "rules.yml"),
      rules.replace("for: 20m", "labels: {severity: critical}, annotations: {summary: it is one}"),
    );
    writeFileSync(
      join(folder.path, "c.yaml"),
      "performance_monitoring:\n  node: {id: n}\n  alerts: {rule_files: [rules.yml], built_in: false}\n",
    );
    interface Findings {
      readonly findings: readonly { readonly kind: string; readonly severity: string; readonly sentence: string }[];
    }
    const finding = await during(folder.path, "SIGTERM", async (origin) => {
      const { findings } = await getJson<Findings>(`${origin}/api/v1/performance/nodes/n/findings`);
      return findings.find(({ kind }) => kind === "alert") ?? null;
    });
    assert.deepEqual([finding.severity, finding.sentence], ["critical", "it is one"]);
  });
});
