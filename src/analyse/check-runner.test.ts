import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ReportedAbsence } from "../core/absence.ts";
import { type CheckDeclaration, type CheckResult, overallStatus } from "../core/check.ts";
import type { QueryFailure, QueryResult, VectorSample } from "../query/api.ts";
import { findingsOf } from "./check-findings.ts";
import { judge } from "./check-judge.ts";
import { fillMessage, formatValue, formatWait } from "./check-message.ts";
import { CheckRunner } from "./check-runner.ts";

const diskCheck: CheckDeclaration = {
  id: "test.disk",
  title: "Disk space",
  help: "Full disks stop everything.",
  expr: 'free{node="$node"}',
  direction: "below",
  warning: 0.2,
  critical: 0.1,
  forMs: 10_000,
  unit: "ratio",
  message: "{{mount}} has {{$value}} left since {{$since}}; largest: {{top.name}} ({{top.$value}}).",
  details: { top: "topk(1, used)" },
  action: "Delete something.",
  metrics: ["test.free"],
};

const sample = (mount: string, value: number): VectorSample => ({ labels: { mount }, timestampMs: 0, value });
const vector = (...samples: VectorSample[]): QueryResult => ({ type: "vector", samples, warnings: [], infos: [] });

function runnerOf(
  answers: Record<string, QueryResult | QueryFailure>,
  absences: readonly ReportedAbsence[] = [],
  check: CheckDeclaration = diskCheck,
  startedMs = 0,
) {
  const changes: CheckResult[] = [];
  const runner = new CheckRunner({
    checks: [check],
    node: "node-1",
    samplingIntervalMs: 1000,
    query: { batch: (exprs) => exprs.map((expr) => answers[expr] ?? vector()) },
    absences: () => Promise.resolve(absences),
    onChange: (changed) => changes.push(...changed),
    startedMs,
  });
  return { runner, changes };
}

describe("CheckRunner", () => {
  // If these fail, an operator is not told of a full disk, or is told of one that is not.
  it("waits until a limit has been passed for its time, then names the worst element", async () => {
    const answers = {
      'free{node="node-1",job=""}': vector(sample("/", 0.5), sample("/data", 0.05), sample("/log", 0.15)),
      "topk(1, used)": vector({ labels: { name: "geth" }, timestampMs: 0, value: 1234.5 }),
    };
    const { runner, changes } = runnerOf(answers);
    await runner.run(1_000_000);
    assert.equal(runner.results()[0]?.status, "ok");
    await runner.run(1_010_000);
    const [result] = runner.results();
    assert.equal(result?.status, "critical");
    assert.equal(result?.message, "/data has 5 % left since 1970-01-01T00:16:40Z; largest: geth (1235).");
    assert.equal(result?.action, "Delete something.");
    assert.deepEqual(
      changes.map(({ status }) => status),
      ["ok", "critical"],
    );
  });

  it("says at once what is amiss, though it is too early to call it a warning", async () => {
    const { runner } = runnerOf({ 'free{node="node-1",job=""}': vector(sample("/log", 0.15)) });
    await runner.run(1_000_000);
    const { status, message, action } = runner.results()[0] ?? {};
    assert.deepEqual([status, action], ["ok", null]);
    assert.equal(
      message,
      "/log has 15 % left since 1970-01-01T00:16:40Z; largest: ? (?). It becomes a warning if it lasts 10 s.",
    );
  });

  it("has a sentence for a good state too", async () => {
    const answers = { 'free{node="node-1",job=""}': vector(sample("/", 0.9)) };
    const { runner } = runnerOf(answers, [], { ...diskCheck, ok: "{{mount}} has {{$value}} left." });
    await runner.run(1_000_000);
    assert.equal(runner.results()[0]?.message, "/ has 90 % left.");
    const plain = runnerOf(answers).runner;
    await plain.run(1_000_000);
    assert.equal(plain.results()[0]?.message, "Disk space: 90 %.");
  });

  it("judges rates over all the time since the last judgement", async () => {
    const check = { ...diskCheck, expr: "$rate(lost[$window])", intervalMs: 30_000 };
    const { runner } = runnerOf({ "rate(lost[31000ms])": vector(sample("/", 0.05)) }, [], check);
    await runner.run(1_000_000);
    assert.equal(runner.results()[0]?.value, 0.05);
  });

  it("keeps the time since when a status holds", async () => {
    const { runner } = runnerOf({ 'free{node="node-1",job=""}': vector(sample("/", 0.9)) });
    await runner.run(1_000_000);
    await runner.run(1_020_000);
    assert.equal(runner.results()[0]?.sinceMs, 1_000_000);
  });

  it("is unknown with the reason of the absence, and such a check does not worry the node", async () => {
    const absence: ReportedAbsence = {
      reason: "not_present",
      detail: "open /x: ENOENT",
      collector: "test",
      source: "/x",
      metrics: ["test.free"],
      sinceMs: 0,
    };
    const { runner } = runnerOf({}, [absence]);
    await runner.run(1_000_000);
    const [result] = runner.results();
    assert.deepEqual([result?.status, result?.reason, result?.message], ["unknown", "not_present", "open /x: ENOENT"]);
    assert.equal(overallStatus(runner.results()), "ok");
  });

  it("is unknown and worries when its expression fails", async () => {
    const { runner } = runnerOf({ 'free{node="node-1",job=""}': { code: "QUERY_SYNTAX", message: "1:1: no" } });
    await runner.run(1_000_000);
    assert.deepEqual([runner.results()[0]?.message, overallStatus(runner.results())], ["1:1: no", "unknown"]);
  });

  it("waits for the first samples after the start; later, nothing to judge and nothing amiss is ok", async () => {
    const { runner } = runnerOf({});
    await runner.run(30_000);
    assert.deepEqual([runner.results()[0]?.status, runner.results()[0]?.reason], ["unknown", "stale"]);
    await runner.run(90_000);
    assert.deepEqual([runner.results()[0]?.status, runner.results()[0]?.value], ["ok", null]);
  });

  it("runs a check again only after its interval", async () => {
    const answers = { 'free{node="node-1",job=""}': vector(sample("/", 0.9)) };
    const { runner } = runnerOf(answers);
    await runner.run(1_000_000);
    await runner.run(1_005_000);
    assert.equal(runner.results()[0]?.timestampMs, 1_000_000);
  });

  it("goes on at once where the clock is set back, with every check and every wait", async () => {
    // A full disk would be shown as it was an hour ago, for an hour, after the clock was set right.
    const answers = { 'free{node="node-1",job=""}': vector(sample("/", 0.05)) };
    const { runner } = runnerOf(answers);
    const stateOf = ({ status, timestampMs, sinceMs }: CheckResult) => [status, timestampMs, sinceMs];
    await runner.run(4_600_000);
    await runner.run(1_000_000);
    assert.deepEqual(runner.results().map(stateOf), [["ok", 1_000_000, 1_000_000]]);
    await runner.run(1_005_000);
    assert.equal(runner.results()[0]?.timestampMs, 1_000_000, "its interval is kept");
    await runner.run(1_010_000);
    assert.deepEqual(runner.results().map(stateOf), [["critical", 1_010_000, 1_000_000]]);
  });

  it("waits for first samples for a minute at most where the clock is set back", async () => {
    // A node would be unknown for an hour because nothing is amiss, if its clock had been an hour ahead at the start.
    const { runner } = runnerOf({}, [], diskCheck, 4_600_000);
    await runner.run(1_000_000);
    assert.equal(runner.results()[0]?.reason, "stale");
    await runner.run(1_060_000);
    assert.equal(runner.results()[0]?.status, "ok");
  });
});

describe("judge", () => {
  // If this fails, the worst disk hides behind a better one.
  it("never calls a vector better than its worst element alone", () => {
    const rank = { ok: 0, warning: 1, critical: 2 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
        const check = { ...diskCheck, forMs: 0 };
        const all = judge(
          check,
          values.map((value, index) => sample(String(index), value)),
          new Map(),
          0,
        );
        const worst = judge(check, [sample("worst", Math.min(...values))], new Map(), 0);
        assert.equal(rank[all.level], rank[worst.level]);
        assert.equal(all.worst?.value, Math.min(...values));
      }),
    );
  });
});

describe("fillMessage", () => {
  // If these fail, the sentence that wakes somebody up is wrong or unreadable.
  it("marks names that are not there", () => {
    const facts = { labels: {}, value: 1, sinceMs: 0, details: { top: null } };
    assert.equal(fillMessage("{{mount}} {{top.name}} {{$value}}", facts, "count"), "? ? 1");
  });

  it("leaves out a clause in which something is unknown or empty", () => {
    const top = { labels: { name: "geth", unit: "" }, value: 3 };
    const facts = { labels: {}, value: 1, sinceMs: 0, details: { top, none: null } };
    const template = "{{$value}}[; {{top.name}} has {{top.$value}}][ in {{top.unit}}][, {{none.name}}].";
    assert.equal(fillMessage(template, facts, "count"), "1; geth has 3.");
  });

  it("never fills in what a name from the machine asks for", () => {
    const facts = { labels: { mount: "[{{$value}}] {{mount}}" }, value: 1, sinceMs: 0, details: {} };
    assert.equal(fillMessage("{{mount}}[ at {{mount}}]", facts, "count"), "[{{$value}}] {{mount}} at [{{$value}}] {{mount}}");
  });

  it("writes waits in minutes where they are whole", () => {
    assert.deepEqual([10_000, 90_000, 300_000].map(formatWait), ["10 s", "90 s", "5 min"]);
  });

  for (const [value, unit, text] of [
    [0.0512, "ratio", "5.12 %"],
    [1_610_612_736, "bytes", "1.5 GiB"],
    [0, "bytes", "0 B"],
    [0.0123, "seconds", "12.3 ms"],
    [71.25, "celsius", "71.3 °C"],
    [123_456.7, "count/s", "123457/s"],
  ] as const) {
    it(`writes ${value} ${unit} as ${text}`, () => assert.equal(formatValue(value, unit), text));
  }
});

describe("findingsOf", () => {
  // If this fails, a problem that is over is shown as lasting, or the other way round.
  it("opens with a bad status and closes with the next change", () => {
    const change = (status: CheckResult["status"], timestampMs: number): CheckResult => ({
      id: "test.disk",
      title: "Disk space",
      node: "node-1",
      status,
      timestampMs,
      sinceMs: timestampMs - 10,
      value: 0.05,
      message: status,
      action: null,
      reason: null,
    });
    const findings = findingsOf(
      [change("warning", 300), change("ok", 200), change("critical", 100)],
      new Map([["test.disk", diskCheck]]),
    );
    assert.deepEqual(
      findings.map(({ severity, startMs, endMs }) => ({ severity, startMs, endMs })),
      [
        { severity: "warning", startMs: 290, endMs: null },
        { severity: "critical", startMs: 90, endMs: 200 },
      ],
    );
  });
});
