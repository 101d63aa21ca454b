import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryStore } from "./temporary-store.test-support.ts";
import { noonMs, seriesOfTick } from "./ticks.test-support.ts";

const child = fileURLToPath(new URL("./commit-until-killed.test-support.ts", import.meta.url));

describe("kill -9", () => {
  it("frees the lock, which refuses a second process while the first one lives", async () => {
    // Two writers would mix their samples; a lock that outlives its process would keep the program from starting.
    using store = temporaryStore();
    await killAfter(store.dataDir, 3, (pid) => {
      assert.throws(() => store.writer(), { code: "STORE_LOCKED", message: new RegExp(`process ${pid}$`) });
    });
    assert.ok((store.writer().stats().newestMs ?? 0) >= noonMs + 2);
  });

  it("loses no acknowledged tick in 20 kills, and needs no repair", async () => {
    // An operator would lose history with every crash, out-of-memory kill or power button.
    using store = temporaryStore();
    let acknowledged = -1;
    for (let round = 0; round < 20; round++) {
      // Far apart and odd, so that kills fall into commits, sealings, checkpoints and changes of the partition alike.
      acknowledged = await killAfter(store.dataDir, 31 + ((round * 37) % 113));
      const reader = store.reader();
      const newest = (reader.latestMs() ?? 0) - noonMs;
      assert.ok(newest >= acknowledged, `round ${round}: tick ${acknowledged} was acknowledged, the newest is ${newest}`);
      assert.deepEqual(wrongTicks(reader.select([], 0, Infinity), newest), [], `round ${round}`);
      reader.close();
    }
    assert.ok(acknowledged > 20 * 31);
    // The last one seals what is left, and everything is still there.
    const writer = store.writer();
    const newest = (writer.stats().newestMs ?? 0) - noonMs;
    writer.close();
    assert.deepEqual(wrongTicks(store.reader().select([], 0, Infinity), newest), []);
    assert.deepEqual(
      store.lines.filter((line) => line.level === "error"),
      [],
    );
  });
});

/** Runs the writing process until it has acknowledged `ticks` more, calls `before`, and kills it; returns the last tick that was acknowledged. */
async function killAfter(dataDir: string, ticks: number, before: (pid: number) => void = () => undefined): Promise<number> {
  // The compile cache halves the time that the twenty starts take.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(dataDir, "compile-cache") };
  const writing = spawn(process.execPath, [child, dataDir], { stdio: ["ignore", "pipe", "inherit"], env });
  const pid = writing.pid ?? 0;
  let text = "";
  writing.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    if (writing.killed || text.split("\n").length <= ticks) return;
    before(pid);
    writing.kill("SIGKILL");
  });
  await once(writing, "close");
  assert.equal(writing.signalCode, "SIGKILL", "the writing process ended by itself");
  // What follows the last line break was cut off by the kill.
  return Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1));
}

type Samples = readonly {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}[];

/** Ticks from 0 to `newest` of which a sample is missing, double, too many or wrong. */
function wrongTicks(series: Samples, newest: number): number[] {
  const found = Array.from({ length: newest + 1 }, () => 0);
  const wrong = new Set<number>();
  for (const { labels, timestampsMs, values } of series) {
    for (const [i, time] of timestampsMs.entries()) {
      const tick = time - noonMs;
      found[tick] = (found[tick] ?? 0) + 1;
      if (values[i] !== 1000 * tick + Number(labels["s"])) wrong.add(tick);
    }
  }
  for (const [tick, count] of found.entries()) if (count !== seriesOfTick(tick).length) wrong.add(tick);
  return [...wrong];
}
