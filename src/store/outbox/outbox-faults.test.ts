import assert from "node:assert/strict";
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import type { ReceivedSamples } from "../../core/storage.ts";
import { type MountedDisk, mountDisk } from "../faults/mounted-disk.test-support.ts";
import { keepLines, type LogLine } from "../log-lines.test-support.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";
import { Outbox } from "./outbox.ts";
import { OutboxReader } from "./outbox-reader.ts";
import { listSegments } from "./segment-files.ts";

const noonMs = Date.UTC(2026, 10, 26, 12);
/** More than what a file is written to at most. */
const elevenMinutesMs = 11 * 60_000;

interface Scene {
  readonly outbox: Outbox;
  readonly clock: { steadyMs: number };
  readonly lines: LogLine[];
  readonly append: (value: number) => void;
  readonly receive: (value: number) => void;
  /** What a reader gets that begins at the beginning. */
  readonly values: () => number[];
}

function openScene(dataDir: string): Scene {
  const { logger, lines } = keepLines();
  const clock = { steadyMs: 0, nowMs: () => noonMs, monotonicMs: () => clock.steadyMs };
  const outbox = new Outbox({
    dataDir,
    node: "n",
    clock,
    logger,
    maxBytes: 1e9,
    maxAgeMs: 1e9,
    annotate: () => undefined,
  });
  const samplesOf = (value: number): ReceivedSamples => ({
    count: 1,
    refs: Uint32Array.of(7),
    timesMs: Float64Array.of(noonMs),
    values: Float64Array.of(value),
  });
  return {
    outbox,
    clock,
    lines,
    append: (value) => outbox.appendTick(noonMs + value, Uint32Array.of(7), Float64Array.of(value), 1),
    receive: (value) => outbox.appendReceived(samplesOf(value)),
    values() {
      const reader = new OutboxReader({ dataDir, logger, afterSeq: 0, onDamage: () => assert.fail("damaged") });
      const values: number[] = [];
      for (let batch = reader.read(1); batch.length > 0; batch = reader.read(1))
        values.push(...batch.flatMap(({ samples }) => [...samples.values]));
      reader.close();
      return values;
    },
  };
}

function onDisk(context: TestContext, work: (disk: MountedDisk) => void): void {
  using disk = mountDisk(1024 * 1024);
  if (disk === null) context.skip("needs the right to mount a tmpfs");
  else work(disk);
}

/**
 * Has the newest file be one that cannot be synced: of a character device the system says EINVAL. What is written goes where it went, because
 * the writer has that open. Source: man 2 fdatasync. Returns how to put the file back.
 */
function failSyncs(dataDir: string): () => void {
  const path = listSegments(dataDir).at(-1)?.path ?? "";
  renameSync(path, `${path}.kept`);
  symlinkSync("/dev/null", path);
  return () => renameSync(`${path}.kept`, path);
}

describe("an outbox that begins a new file", () => {
  it("on a full disk takes nothing until there is room, and goes on then by itself", (context) => {
    // If this fails, a disk that is full once ends forwarding, and the samples of everything received, until somebody restarts the node.
    onDisk(context, (disk) => {
      const { outbox, clock, append, values } = openScene(disk.path);
      append(1);
      const reader = new OutboxReader({
        dataDir: disk.path,
        logger: keepLines().logger,
        afterSeq: 0,
        onDamage: () => undefined,
      });
      assert.equal(reader.read(10).length, 1);
      disk.fill();
      clock.steadyMs = elevenMinutesMs;
      for (let i = 0; i < 3; i++) assert.throws(() => append(9), { code: "ENOSPC" });
      // What was begun and has no head would be in the way of the next try, and is no file of an outbox.
      assert.equal(listSegments(disk.path).length, 1);
      assert.equal(reader.read(10).length, 0);
      disk.free();
      append(2);
      append(3);
      assert.equal(listSegments(disk.path).length, 2);
      assert.deepEqual(values(), [1, 2, 3]);
      assert.equal(reader.read(10).length, 2);
      reader.close();
      outbox.close();
    });
  });

  it("while the one before cannot be brought to the disk does so, and tells nobody that it was", async () => {
    // If this fails, one error of the disk ends forwarding; or a sender forgets samples that a power loss then takes.
    const dataDir = scratchDirectory("chainpulse-outbox-");
    const { outbox, clock, lines, append, receive, values } = openScene(dataDir);
    const putBack = failSyncs(dataDir);
    append(1);
    receive(2);
    // Waits while the file is ended.
    const waiting = assert.rejects(outbox.synced(), { code: "EINVAL" });
    receive(3);
    clock.steadyMs = elevenMinutesMs;
    append(4);
    await waiting;
    // Whoever has stored something in the old file and asks only now must not be answered for the new one.
    await assert.rejects(outbox.synced(), { code: "EINVAL" });
    receive(5);
    await outbox.synced();
    outbox.sync();
    assert.equal(listSegments(dataDir).length, 2);
    assert.ok(lines.some(({ level, message }) => level === "error" && message.includes("was ended")));
    outbox.close();
    putBack();
    assert.deepEqual(values(), [1, 2, 3, 4, 5]);
    rmSync(dataDir, { recursive: true });
  });

  it("tells who asks at once, and not in the background, the same", () => {
    // If this fails, the end of a node acknowledges what may not be on the disk.
    const dataDir = scratchDirectory("chainpulse-outbox-");
    const { outbox, clock, append, receive } = openScene(dataDir);
    failSyncs(dataDir);
    append(1);
    receive(2);
    clock.steadyMs = elevenMinutesMs;
    receive(3);
    assert.throws(() => outbox.sync(), { code: "EINVAL" });
    outbox.sync();
    outbox.close();
    rmSync(dataDir, { recursive: true });
  });
});
