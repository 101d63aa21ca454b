import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { SampleReader, SeriesSamples } from "../core/storage.ts";
import { listPartitions } from "./partition/partition-files.ts";
import { receivedUpTo } from "./received-batches.test-support.ts";
import { temporaryStore } from "./temporary-store.test-support.ts";
import { seriesOfTick, tickAt, tickTimeMs, tickValue } from "./ticks.test-support.ts";
import { scratchDirectory } from "./scratch-directory.test-support.ts";

const committing = fileURLToPath(new URL("./commit-until-killed.test-support.ts", import.meta.url));
const receiving = fileURLToPath(new URL("./receive-until-killed.test-support.ts", import.meta.url));
/** 500 are what the issue asks for, and take some minutes; the extended tests have 50. */
const kills = Number(process.env["CHAINPULSE_KILLS"] ?? 5);
/** After a kill the process must acknowledge again within this. Two seconds is the aim; a loaded machine's start takes longer. */
const restartMaxMs = 10_000;
/** Ticks that are looked at after each kill; all are at the end. */
const recentTicks = 80;

interface Life {
  /** The last tick of which the file of acknowledgements has the whole line. */
  readonly acknowledged: number;
  /** From the start of the process to its first acknowledgement. */
  readonly startedAfterMs: number;
}

class Driver implements Disposable {
  readonly #child: string;
  readonly #dataDir: string;
  /** Apart from the data: the file of acknowledgements, and compiled code, which halves the time that the starts take. */
  readonly #directory = scratchDirectory("chainpulse-kill-");

  /** `child`: what writes. */
  constructor(dataDir: string, child = committing) {
    this.#child = child;
    this.#dataDir = dataDir;
  }

  /** Runs the writing process until it has acknowledged `ticks` more, calls `before`, and kills it. `args`: more of them. */
  async killAfter(ticks: number, before: (pid: number) => void = () => undefined, args: readonly string[] = []): Promise<Life> {
    const file = join(this.#directory, "acknowledged");
    const env = { ...process.env, NODE_COMPILE_CACHE: join(this.#directory, "compile-cache") };
    const startedMs = performance.now();
    let startedAfterMs = Infinity;
    const writing = spawn(process.execPath, [this.#child, this.#dataDir, file, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
      env,
    });
    let lines = 0;
    writing.stdout.setEncoding("utf8").on("data", (text: string) => {
      startedAfterMs = Math.min(startedAfterMs, performance.now() - startedMs);
      lines += text.split("\n").length - 1;
      if (writing.killed || lines < ticks) return;
      before(writing.pid ?? 0);
      writing.kill("SIGKILL");
    });
    await once(writing, "close");
    assert.equal(writing.signalCode, "SIGKILL", "the writing process ended by itself");
    // What follows the last line break was cut off by the kill.
    const text = readFileSync(file, "utf8");
    return { acknowledged: Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1)), startedAfterMs };
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true });
  }
}

describe("kill -9", () => {
  it("frees the lock, which refuses a second process while the first one lives", async () => {
    // Two writers would mix their samples; a lock that outlives its process would keep the program from starting.
    using store = temporaryStore();
    using driver = new Driver(store.dataDir);
    const { acknowledged } = await driver.killAfter(3, (pid) => {
      assert.throws(() => store.writer(), { code: "STORE_LOCKED", message: new RegExp(`process ${pid}$`) });
    });
    assert.ok((store.writer().stats().newestMs ?? 0) >= tickTimeMs(acknowledged));
  });

  it(`loses and doubles no acknowledged tick in ${kills} kills, and needs no repair`, async (test) => {
    // An operator would lose history with every crash, out-of-memory kill or power button.
    using store = temporaryStore();
    using driver = new Driver(store.dataDir);
    let slowestMs = 0;
    for (let round = 0; round < kills; round++) {
      // Far apart and odd, so that kills fall into everything the store does.
      const { acknowledged, startedAfterMs } = await driver.killAfter(13 + ((round * 37) % 61));
      slowestMs = Math.max(slowestMs, startedAfterMs);
      const reader = store.reader();
      const newest = tickAt(reader.latestMs() ?? 0);
      assert.ok(newest >= acknowledged, `round ${round}: tick ${acknowledged} was acknowledged, the newest is ${newest}`);
      const oldest = Math.max(0, newest - recentTicks);
      assert.deepEqual(wrongTicks(reader.select([], tickTimeMs(oldest) - 1, Infinity), oldest, newest), [], `round ${round}`);
      reader.close();
    }
    assert.ok(slowestMs < restartMaxMs, `the slowest start took ${slowestMs} ms`);
    test.diagnostic(`slowest start until the first acknowledgement: ${Math.round(slowestMs)} ms`);

    const writer = store.writer();
    const newest = tickAt(writer.stats().newestMs ?? 0);
    writer.close();
    assert.ok(newest > 13 * kills);
    // Retention has deleted raw samples; the tiers have these, because there is one in a minute.
    const firstMs = listPartitions(store.dataDir)[0]?.startMs ?? 0;
    assert.ok(kills < 20 || firstMs > tickTimeMs(0), "nothing was deleted");
    assert.deepEqual(wrongTicks(store.reader().select([], 0, Infinity), 0, newest), []);
    const errors = store.lines.filter(({ level }) => level === "error");
    assert.deepEqual(errors, []);
  });
});

describe("kill -9 of a process that receives", () => {
  const rounds = Math.ceil(kills / 2);
  it(`loses and doubles nothing acknowledged in ${rounds} kills, and gives no older value back`, async () => {
    // A sender forgets what it was told is stored: a hub would have holes where its agents have none, or a value that was corrected.
    using store = temporaryStore();
    using driver = new Driver(store.dataDir, receiving);
    let next = 0;
    for (let round = 0; round < rounds; round++) {
      const { acknowledged } = await driver.killAfter(17 + ((round * 41) % 59), () => undefined, [String(next)]);
      assert.deepEqual(wrongSamples(samplesOf(store.reader()), acknowledged), [], `round ${round}, batch ${acknowledged}`);
      next = acknowledged + 1;
    }
    const writer = store.writer();
    writer.close();
    assert.ok(samplesOf(store.reader()).size >= receivedUpTo(next - 1).size);
    assert.deepEqual(
      store.lines.filter(({ level }) => level === "error"),
      [],
    );
  });
});

function samplesOf(reader: SampleReader): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { labels, timestampsMs, values } of reader.select([], 0, Infinity)) {
    for (const [i, timeMs] of timestampsMs.entries()) {
      assert.ok(i === 0 || timeMs > (timestampsMs[i - 1] ?? 0), "a sample is there twice");
      found.set(`${Number(labels["s"])} ${timeMs}`, values[i] ?? Number.NaN);
    }
  }
  return found;
}

/** What the next batch brings may be there, or a part of it: it was not acknowledged. */
function wrongSamples(found: ReadonlyMap<string, number>, acknowledged: number): string[] {
  const expected = receivedUpTo(acknowledged);
  const next = receivedUpTo(acknowledged + 1);
  const isRight = (key: string): boolean => found.get(key) === expected.get(key) || found.get(key) === next.get(key);
  return [...new Set([...found.keys(), ...next.keys()])].filter((key) => !isRight(key));
}

/** Ticks of which a sample is missing, double, too many or wrong. */
function wrongTicks(series: readonly SeriesSamples[], oldest: number, newest: number): number[] {
  const found = new Map<number, number>();
  const wrong = new Set<number>();
  for (const { labels, timestampsMs, values } of series) {
    let lastMs = -Infinity;
    for (const [i, timeMs] of timestampsMs.entries()) {
      const tick = tickAt(timeMs);
      found.set(tick, (found.get(tick) ?? 0) + 1);
      if (values[i] !== tickValue(tick, Number(labels["s"])) || timeMs <= lastMs) wrong.add(tick);
      lastMs = timeMs;
    }
  }
  for (let tick = oldest; tick <= newest; tick++) if (found.get(tick) !== seriesOfTick(tick).length) wrong.add(tick);
  for (const tick of found.keys()) if (!(tick >= oldest && tick <= newest)) wrong.add(tick);
  return [...wrong];
}
