import assert from "node:assert/strict";
import fs, {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempDisposableSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { openLogFile } from "./log-file.ts";

// If these fail, logs fill the disk, or lines are lost at a rotation or a restart, or somebody else's files are deleted.

const dayMs = 86_400_000;

function setUp(directory: string, options: { maxBytes?: number; maxFiles?: number; maxAgeMs?: number } = {}) {
  const clock = { time: Date.now(), nowMs: () => clock.time, monotonicMs: () => clock.time };
  const settings = { directory, maxBytes: 1000, maxFiles: 3, maxAgeMs: 10 * dayMs, ...options, clock };
  const names = (): readonly string[] => readdirSync(directory).sort();
  const lines = (): readonly string[] =>
    names().flatMap((name) =>
      readFileSync(join(directory, name), "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    );
  return { clock, names, lines, open: () => openLogFile(settings) };
}

const temporary = (): ReturnType<typeof mkdtempDisposableSync> => mkdtempDisposableSync(join(tmpdir(), "chainpulse-log-"));

/** Open descriptors of files in the directory, deleted ones too; `null` where the system does not tell. */
function descriptorsBelow(directory: string): number | null {
  const own = "/proc/self/fd";
  if (!existsSync(own)) return null;
  const targets = readdirSync(own).map((number) => {
    try {
      return readlinkSync(join(own, number));
    } catch {
      // That of the listing itself has gone.
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(directory)).length;
}

/** The disk takes so many bytes more. */
function nearlyFullDisk(context: TestContext, bytes: number): { free(): void; fill(bytesLeft: number): void } {
  let left = bytes;
  const write = fs.writeSync;
  context.mock.method(fs, "writeSync", (descriptor: number, data: Uint8Array, offset: number) => {
    if (left === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const taken = write(descriptor, data, offset, Math.min(left, data.length - offset));
    left -= taken;
    return taken;
  });
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return { free: () => void (left = Infinity), fill: (bytesLeft) => void (left = bytesLeft) };
}

test("a full file is rotated and no line is lost or torn", () => {
  using directory = temporary();
  const { clock, names, lines, open } = setUp(directory.path, { maxBytes: 100, maxFiles: 100 });
  const file = open();
  const written = Array.from({ length: 50 }, (_, index) => `line ${String(index).padStart(2, "0")} ${"x".repeat(index % 30)}`);
  for (const line of written) {
    file.write(line);
    // Several rotations within one millisecond must not overwrite each other.
    clock.time += written.indexOf(line) % 2;
  }
  file.close();
  assert.deepEqual([...lines()].sort(), written);
  for (const name of names()) assert.ok(readFileSync(join(directory.path, name)).length <= 100, name);
});

test("a line larger than the limit has a file of its own", () => {
  using directory = temporary();
  const { lines, open } = setUp(directory.path, { maxBytes: 10 });
  const file = open();
  file.write("x".repeat(50));
  file.write("y");
  file.close();
  assert.deepEqual([...lines()].sort(), ["x".repeat(50), "y"]);
});

test("only the newest rotated files are kept", () => {
  using directory = temporary();
  const { clock, names, lines, open } = setUp(directory.path, { maxBytes: 8, maxFiles: 3 });
  const file = open();
  for (let index = 0; index < 10; index++) {
    file.write(`line ${index}`);
    clock.time += 1000;
  }
  file.close();
  assert.equal(names().length, 4);
  assert.deepEqual([...lines()].sort(), ["line 6", "line 7", "line 8", "line 9"]);
});

test("an old file is rotated, an old rotated file deleted, and nobody else's file touched", () => {
  using directory = temporary();
  const { clock, names, open } = setUp(directory.path);
  const old = "chainpulse-2020-01-01T00-00-00.000Z.log";
  for (const name of [old, "geth.log", "chainpulse-notes.log"]) {
    writeFileSync(join(directory.path, name), "x\n");
    utimesSync(join(directory.path, name), 0, 0);
  }
  const file = open();
  assert.deepEqual(names(), ["chainpulse-notes.log", "chainpulse.log", "geth.log"]);
  file.write("young");
  clock.time += 10 * dayMs;
  file.write("after ten days");
  file.close();
  assert.equal(readFileSync(join(directory.path, "chainpulse.log"), "utf8"), "after ten days\n");
});

test("a restart continues the file", () => {
  using directory = temporary();
  const { lines, names, open } = setUp(directory.path);
  for (const line of ["first", "second"]) {
    const file = open();
    file.write(line);
    file.close();
  }
  assert.deepEqual(lines(), ["first", "second"]);
  assert.deepEqual(names(), ["chainpulse.log"]);
});

test("a line that was cut off stays alone", (context) => {
  // If this fails, whoever reads the log loses the first line after a full disk, which says that it was full, along with the one before.
  using directory = temporary();
  const { open } = setUp(directory.path);
  const text = (): string => readFileSync(join(directory.path, "chainpulse.log"), "utf8");
  const file = open();
  file.write("whole");
  const disk = nearlyFullDisk(context, 3);
  assert.throws(() => file.write("cut off"), { code: "ENOSPC" });
  assert.throws(() => file.write("not begun"), { code: "ENOSPC" });
  disk.free();
  file.write("next");
  assert.equal(text(), "whole\ncut\nnext\n");
  disk.fill(2);
  assert.throws(() => file.write("cut off"), { code: "ENOSPC" });
  disk.free();
  file.abandon();
  const again = open();
  again.write("after opening it again");
  again.write("last");
  again.close();
  assert.equal(text(), "whole\ncut\nnext\ncu\nafter opening it again\nlast\n");
});

test("a file that cannot be opened wholly is not kept open", (context) => {
  // If this fails, a program whose log directory has something that cannot be deleted runs out of descriptors, one a minute.
  using directory = temporary();
  if (descriptorsBelow(directory.path) === null) return context.skip("needs /proc");
  const { open } = setUp(directory.path);
  const old = join(directory.path, "chainpulse-2020-01-01T00-00-00.000Z.log");
  mkdirSync(old);
  utimesSync(old, 0, 0);
  assert.throws(open, { code: "ERR_FS_EISDIR" });
  assert.equal(descriptorsBelow(directory.path), 0);
});

test("a failed rotation closes the file once", () => {
  // If this fails, giving the log up after a failure closes a file of the store, or a connection, that has got its number since.
  using directory = temporary();
  const { open } = setUp(directory.path, { maxBytes: 10 });
  const file = open();
  file.write("first line");
  rmSync(join(directory.path, "chainpulse.log"));
  assert.throws(() => file.write("second line"), { code: "ENOENT" });
  const others = Array.from({ length: 8 }, () => openSync(import.meta.filename, "r"));
  file.abandon();
  assert.throws(() => file.write("third line"), /closed/);
  file.close();
  for (const other of others) closeSync(other);
});
