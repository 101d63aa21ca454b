/** What a failing or slow disk does to the store: errors and delays of system calls, injected by `strace`. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { listPartitions } from "../../src/store/partition/partition-files.ts";
import { hourMs, noonMs, quietLogger } from "../../src/store/ticks.test-support.ts";
import { openWriter } from "../../src/store/writer.ts";

const child = fileURLToPath(new URL("../../src/store/faults/disk-fault.test-support.ts", import.meta.url));
const skip = spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0 ? false : "needs strace";
/** Longer than anything else here takes. */
const stallSeconds = 6;

/** Runs the child under these options of strace, and returns what it reports. */
function run(what: string, dataDir: string, options: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = spawnSync(
    "strace",
    ["--follow-forks", "--output=/dev/null", ...options, process.execPath, child, what, dataDir],
    // One thread for background work: strace counts calls by thread.
    { encoding: "utf8", env: { ...process.env, UV_THREADPOOL_SIZE: "1" } },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function withDataDir(work: (dataDir: string) => void): void {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-faults-"));
  try {
    work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

/** Four files of an hour; the value is the number of the tick, the hour in thousands. */
function writeHours(dataDir: string): void {
  const writer = openWriter({
    dataDir,
    logger: quietLogger,
    retentionDays: 30,
    maxBytes: 2 ** 40,
    partitionMs: hourMs,
    clock: { nowMs: () => noonMs, monotonicMs: () => 0 },
  });
  const ref = writer.resolve({ __name__: "m" });
  for (let hour = 0; hour < 4; hour++) {
    for (let tick = 0; tick < 600; tick++)
      writer.commit(noonMs + hour * hourMs + tick * 1000, Uint32Array.of(ref), Float64Array.of(1000 * hour + tick), 1);
  }
  writer.close();
}

describe("a disk that fails", { skip }, () => {
  it("is not believed after it has failed to sync, until everything was written anew", () => {
    // An agent would forget what it has sent, and a power loss would take it.
    withDataDir((dataDir) => {
      const report = run("fail-sync", dataDir, ["--trace=fdatasync", "--inject=fdatasync:error=EIO:when=1"]);
      assert.deepEqual(report, {
        afterFailure: "STORE_UNUSABLE",
        afterNextTick: "STORE_UNUSABLE",
        afterUpkeep: "STORE_UNUSABLE",
        afterNextUpkeep: null,
        failures: 1,
      });
    });
  });

  it("costs only what cannot be read, which is named", () => {
    // One bad sector would take the whole answer along, or leave a gap that nobody sees.
    for (const call of [1, 2, 3, 4, 5, 6]) {
      withDataDir((dataDir) => {
        writeHours(dataDir);
        const second = listPartitions(dataDir)[1]?.path ?? "";
        const options = [`--trace-path=${second}`, "--trace=pread64", `--inject=pread64:error=EIO:when=${call}+`];
        const { hours, notes } = run("read", dataDir, options);
        assert.ok(Array.isArray(hours) && Array.isArray(notes));
        const others = [0, 2, 3].flatMap((hour) => Array.from({ length: 600 }, (_, tick) => 1000 * hour + tick));
        const found = hours.filter((value) => value < 1000 || value >= 2000);
        assert.deepEqual(found, others, `call ${call}`);
        assert.ok(hours.length === 2400 || notes.length > 0, `call ${call}`);
        // SQLite calls a file damaged whose table of tables it cannot read; it is renamed then, and not deleted.
        for (const { path } of notes) assert.ok(path === second || path === `${second}.corrupt`);
        assert.ok(existsSync(second) || existsSync(`${second}.corrupt`));
      });
    }
  });

  it("does not hold up ticks while it is slow", () => {
    // Seconds would be missing from every chart whenever the disk is busy.
    withDataDir((dataDir) => {
      const { commitsMs } = run("slow-sync", dataDir, ["--trace=fdatasync", `--inject=fdatasync:delay_enter=${stallSeconds}s`]);
      assert.ok(typeof commitsMs === "number" && commitsMs < (stallSeconds * 1000) / 2, `${String(commitsMs)} ms`);
    });
  });
});
