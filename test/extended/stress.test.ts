/** A known load, seen through every door at one time, against an independent reading of `/proc/stat`. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { labelOf } from "../../src/core/promql-text.ts";
import { cpuMetrics } from "../../src/domains/host/cpu/metrics.ts";
import { firstChart, launchBrowser, openPage } from "../browser/support/browser.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson, postJson, samplesOf } from "../e2e/support/doors.ts";

/** Long enough that half a jiffy of a read that comes late does not matter. */
const windowSeconds = 10;
const tolerancePoints = 3;

let server: RunningServer;
let load: ChildProcess;
before(async () => {
  server = await startChainPulse({ config: "performance_monitoring: { node: { id: node-1 } }\n" });
  load = spawn("stress-ng", ["--cpu", "1", "--cpu-load", "50", "--timeout", "120s"], { stdio: "ignore" });
  await sleep(3000);
});
after(async () => {
  load.kill();
  await once(load, "exit");
  await server.stop();
});

/** Jiffies of all processors: [busy, all]. Fields of `cpu` in /proc/stat: user nice system idle iowait irq softirq steal (man 5 proc). */
function readStat(): readonly [number, number] {
  const line = readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "";
  const fields = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = fields.reduce((sum, value) => sum + value, 0);
  return [all - (fields[3] ?? 0) - (fields[4] ?? 0), all];
}

async function untilSecond(timeMs: number): Promise<void> {
  await sleep(Math.max(0, timeMs - Date.now()));
}

async function busySoFar(): Promise<readonly [number, number]> {
  const samples = samplesOf(await (await fetch(`${server.origin}/metrics`)).text(), cpuMetrics.cpuTime);
  const mode = labelOf(cpuMetrics.cpuTime, "cpu.mode");
  const sum = (wanted: (mode: string) => boolean): number =>
    samples.filter(({ labels }) => wanted(labels[mode] ?? "")).reduce((total, { value }) => total + value, 0);
  return [sum((name) => name !== "idle" && name !== "iowait"), sum(() => true)];
}

function percent(begin: readonly [number, number], end: readonly [number, number]): number {
  return (100 * (end[0] - begin[0])) / (end[1] - begin[1]);
}

describe("half a core of load", () => {
  // If this fails, the first number that every user looks at is wrong somewhere.
  it(`is within ${tolerancePoints} points of /proc/stat in the dashboard, REST, GraphQL and /metrics`, async () => {
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser, server.origin);
      await page.goto("/");
      await firstChart(page);
      const beginMs = Math.ceil(Date.now() / 1000) * 1000 + 1000;
      await untilSecond(beginMs);
      const begin = readStat();
      await sleep(300);
      const scrapedBegin = await busySoFar();
      const shown: number[] = [];
      const figure = page.locator(".figure", { hasText: "CPU" }).locator(".quantity").first();
      for (let second = 1; second <= windowSeconds; second++) {
        await untilSecond(beginMs + second * 1000 + (second === windowSeconds ? 0 : 500));
        if (second === windowSeconds) break;
        shown.push(100 * Number(await figure.getAttribute("value")));
      }
      const end = readStat();
      await sleep(500);
      shown.push(100 * Number(await figure.getAttribute("value")));
      const scrapedEnd = await busySoFar();
      const expected = percent(begin, end);

      const rest: number[] = [];
      const graphql: number[] = [];
      for (let second = 1; second <= windowSeconds; second++) {
        const time = new Date(beginMs + second * 1000).toISOString();
        const one = await getJson<{ cpu: { usagePercent: { value: number } } }>(
          `${server.origin}/api/v1/performance/nodes/node-1/metrics?time=${time}`,
        );
        const two = await postJson<{ data: { nodePerformance: { cpu: { usagePercent: number } } } }>(
          `${server.origin}/graphql`,
          {
            query: `{ nodePerformance(nodeId: "node-1", time: "${time}") { cpu { usagePercent } } }`,
          },
        );
        rest.push(one.cpu.usagePercent.value);
        graphql.push(two.data.nodePerformance.cpu.usagePercent);
      }
      assert.deepEqual(graphql, rest);
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      const doors = {
        metrics: percent(scrapedBegin, scrapedEnd),
        rest: mean(rest),
        graphql: mean(graphql),
        dashboard: mean(shown),
      };
      for (const [door, value] of Object.entries(doors)) {
        assert.ok(Math.abs(value - expected) <= tolerancePoints, `${door}: ${value}, /proc/stat: ${expected}`);
      }
    } finally {
      await browser.close();
    }
  });
});
