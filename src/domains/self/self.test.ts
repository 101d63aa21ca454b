import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openRecorded, testConfig } from "../../../test/support/collect-context.ts";
import type { RuntimeFacts } from "../../core/runtime.ts";
import { intakeCollector } from "./intake/intake-collector.ts";
import { kilobytesOf, memoryCollector } from "./memory.ts";
import { runtimeCollector } from "./runtime.ts";

const runtime: RuntimeFacts = {
  threads: () => [
    {
      thread: "data",
      cpuUserSeconds: 1.5,
      cpuSystemSeconds: 0.5,
      loopActiveSeconds: 3,
      heapUsedBytes: 10,
      heapTotalBytes: 20,
      heapLimitBytes: 30,
      externalBytes: 40,
      gcRuns: 5,
      gcSeconds: 0.25,
    },
  ],
  collectors: () => [
    { id: "host.stat", durationSeconds: 0.001, succeeded: true, runs: 9, failures: 0, series: 50 },
    { id: "host.new", durationSeconds: null, succeeded: true, runs: 0, failures: 0, series: 0 },
  ],
  tick: () => ({ latenessSeconds: 0.002, durationSeconds: 0.004, missed: 1, ticks: 60, samplesRefused: 7 }),
  store: () => ({
    series: 1000,
    headSamples: 5000,
    bytes: 1e6,
    oldestMs: null,
    newestMs: 2000,
    partitions: 1,
    maxBytes: 1e9,
    fullAtMs: null,
    tiers: [
      { stepMs: 60_000, bytes: 4096, oldestMs: 0, builtToMs: 1000 },
      { stepMs: 3_600_000, bytes: 512, oldestMs: null, builtToMs: null },
    ],
    samplesCommitted: 60_000,
    samplesRefused: 3,
    syncFailures: 2,
    state: "ok",
    quarantined: ["a.corrupt"],
  }),
  forward: () => null,
  intake: () => ({
    doors: [
      {
        door: "remote_write",
        requests: [
          ["stored", 4],
          ["refused", 1],
        ],
        bytes: 1000,
        received: [
          ["samples", 90],
          ["spans", 0],
        ],
        refused: [["too_old", 2]],
      },
    ],
    inFlightBytes: 10,
    seriesHeld: 30,
    besideBytes: [
      ["traces", 0],
      ["metadata", 4096],
    ],
    besideFailed: 0,
  }),
  agents: () => [],
  rules: () => [
    {
      group: "g",
      file: "/r.yml",
      rules: 2,
      evaluations: 4,
      failures: 1,
      missed: 3,
      samples: 5,
      lastDurationSeconds: 0.25,
      lastEvaluationSeconds: null,
    },
  ],
};

describe("self.runtime", () => {
  // If this fails, ChainPulse's own cost is shown wrong, and its budget is judged on it.
  it("writes the stages' figures as they are, and nothing for what has not happened", async () => {
    const collector = await openRecorded(runtimeCollector, testConfig(), runtime);
    const samples = await collector.tick();
    const expected = {
      'chainpulse.thread.cpu.time{thread="data",cpu.mode="user"}': 1.5,
      'chainpulse.thread.cpu.time{thread="data",cpu.mode="system"}': 0.5,
      'chainpulse.thread.gc.time{thread="data"}': 0.25,
      'chainpulse.collector.duration{collector="host.stat"}': 0.001,
      'chainpulse.collector.success{collector="host.stat"}': 1,
      'chainpulse.collector.series{collector="host.stat"}': 50,
      "chainpulse.tick.lateness": 0.002,
      "chainpulse.ticks.missed": 1,
      "chainpulse.store.series.refused": 7,
      "chainpulse.store.samples": 60_000,
      "chainpulse.store.samples.refused": 3,
      "chainpulse.store.sync.failures": 2,
      "chainpulse.store.newest.timestamp": 2,
      "chainpulse.store.budget": 1e9,
      'chainpulse.store.tier.size{tier="1m"}': 4096,
      'chainpulse.store.tier.size{tier="1h"}': 512,
      'chainpulse.store.tier.built.timestamp{tier="1m"}': 1,
      "chainpulse.store.quarantined": 1,
      'chainpulse.rule.evaluations{rule.file="/r.yml",rule.group="g"}': 4,
      'chainpulse.rule.failures{rule.file="/r.yml",rule.group="g"}': 1,
      'chainpulse.rule.missed{rule.file="/r.yml",rule.group="g"}': 3,
      'chainpulse.rule.duration{rule.file="/r.yml",rule.group="g"}': 0.25,
    };
    assert.deepEqual({ ...samples, ...expected }, samples);
    assert.equal(samples['chainpulse.collector.success{collector="host.new"}'], undefined);
    assert.equal(samples["chainpulse.store.oldest.timestamp"], undefined);
    assert.equal(samples["chainpulse.store.full.timestamp"], undefined);
    assert.equal(samples['chainpulse.store.tier.built.timestamp{tier="1h"}'], undefined);
  });
});

describe("self.intake", () => {
  // If this fails, nobody sees that what others send is lost.
  it("writes what came through the doors that were used, and nothing on a node that receives nothing", async () => {
    const collector = await openRecorded(intakeCollector, testConfig(), runtime);
    assert.deepEqual(await collector.tick(), {
      'chainpulse.intake.requests{door="remote_write",outcome="stored"}': 4,
      'chainpulse.intake.requests{door="remote_write",outcome="refused"}': 1,
      'chainpulse.intake.bodies{door="remote_write"}': 1000,
      'chainpulse.intake.received{door="remote_write",kind="samples"}': 90,
      'chainpulse.intake.refused{door="remote_write",reason="too_old"}': 2,
      "chainpulse.intake.in_flight": 10,
      "chainpulse.intake.series": 30,
      'chainpulse.telemetry.size{kind="metadata"}': 4096,
      "chainpulse.telemetry.failed": 0,
    });
    const idle = { doors: [], inFlightBytes: 0, seriesHeld: 0, besideBytes: [], besideFailed: 0 };
    const quiet = await openRecorded(intakeCollector, testConfig(), { ...runtime, intake: () => idle });
    assert.deepEqual(await quiet.tick(), {});
  });
});

describe("self.memory", () => {
  // If these fail, the memory budget is judged on a wrong number.
  it("reads this process's own memory", async (t) => {
    if (process.platform !== "linux") return t.skip("needs /proc");
    const collector = await openRecorded(memoryCollector, testConfig());
    const samples = await collector.tick();
    assert.ok((samples['chainpulse.memory.resident{kind="anonymous"}'] ?? 0) > 5e6);
    assert.deepEqual([...collector.absences], []);
    await collector.close();
  });

  it("takes a field by its name at the begin of a line, and nothing else", () => {
    const status = "Name:\tRssAnon:\nVmRSS:\t  9000 kB\nRssAnon:\t  5124 kB\n";
    assert.equal(kilobytesOf(status, "RssAnon:"), 5124);
    assert.equal(kilobytesOf(status, "RssFile:"), null);
  });
});
