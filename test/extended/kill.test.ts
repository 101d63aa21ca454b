/** `kill -9` in a loop: no second that was acknowledged (shown by the API) is lost, and history is there after the restart. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { cpuMetrics } from "../../src/domains/host/cpu/metrics.ts";
import { root } from "../support/checks.ts";
import { getJson } from "../e2e/support/doors.ts";

const kills = 20;
const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-kill-"));
after(() => rmSync(dataDir, { recursive: true }));

/** Starts on the same data every time, waits until `ticks` ticks have been acknowledged, and is killed. */
async function liveAndDie(ticks: number): Promise<readonly number[]> {
  const child = spawn(
    process.execPath,
    [join(root, "src/boot.mjs"), "start", "--listen", "127.0.0.1:0", "--data-dir", dataDir],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  try {
    const origin = await originOf(child.stdout);
    const seen = new Set<number>();
    while (seen.size < ticks) {
      const status = await getJson<{ collect: { lastTickMs: number | null } }>(`${origin}/api/v1/performance/status`);
      if (status.collect.lastTickMs !== null) seen.add(status.collect.lastTickMs);
    }
    return [...seen];
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

async function originOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /http:\/\/[^/\s]+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  return assert.fail("ChainPulse ended before it served");
}

describe("kill -9", () => {
  // If this fails, a crash, an OOM kill or a power cut of the container loses what users were shown.
  it(`loses no acknowledged tick in ${kills} kills`, async () => {
    const acknowledged: number[] = [];
    for (let kill = 0; kill < kills; kill++) acknowledged.push(...(await liveAndDie(1 + (kill % 3))));

    const child = spawn(
      process.execPath,
      [join(root, "src/boot.mjs"), "start", "--listen", "127.0.0.1:0", "--data-dir", dataDir],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    try {
      const origin = await originOf(child.stdout);
      const seconds = Math.ceil((Date.now() - (acknowledged[0] ?? 0)) / 1000) + 5;
      // The raw samples of one series, as they were stored.
      const query = `${cpuMetrics.cpuTime.prometheusName}[${seconds}s]`;
      const answer = await getJson<{ data: { result: { values: [number, string][] }[] } }>(
        `${origin}/api/v1/query?query=${encodeURIComponent(query)}`,
      );
      const stored = new Set(answer.data.result[0]?.values.map(([time]) => Math.round(time * 1000)));
      assert.deepEqual(
        acknowledged.filter((time) => !stored.has(time)),
        [],
      );
      assert.ok(acknowledged.length >= kills);
      const annotations = await getJson<{ annotations: { kind: string }[] }>(
        `${origin}/api/v1/performance/annotations?from=-${seconds}s&to=now`,
      );
      assert.equal(annotations.annotations.filter(({ kind }) => kind === "restart").length, kills + 1);
    } finally {
      child.kill();
      await once(child, "exit");
    }
  });
});
