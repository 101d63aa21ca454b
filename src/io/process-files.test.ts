import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readProcessConstants } from "./process-constants.ts";
import { countDescriptors } from "./process-descriptors.ts";
import { createProcessFiles } from "./process-files.ts";

const linuxOnly = { skip: process.platform === "linux" ? false : "needs /proc" };

test("a kept stat file is readable while its process lives, and gone after", linuxOnly, async () => {
  // The figures of a process could become those of another one with the same number if this fails.
  const files = createProcessFiles();
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"]);
  const file = files.open(`/proc/${child.pid}/stat`);
  assert.ok("descriptor" in file);
  const length = files.read(file);
  assert.ok(typeof length === "number");
  assert.match(Buffer.from(files.bytes.subarray(0, length)).toString(), new RegExp(`^${child.pid} \\(`));
  child.stdin.end();
  await once(child, "close");
  const failure = files.read(file);
  assert.ok(typeof failure !== "number");
  assert.deepEqual([failure.reason, failure.detail], ["not_present", `read /proc/${child.pid}/stat: ESRCH`]);
  files.close(file);
});

test("what cannot be opened says path and errno", () => {
  // A missing permission would look like an ended process if this fails.
  const failure = createProcessFiles().open("/no/such/file");
  assert.ok("errno" in failure);
  assert.equal(failure.detail, "open /no/such/file: ENOENT");
});

test("descriptors are counted, by the kernel's number and by listing", linuxOnly, () => {
  // The check of descriptors would warn too late if this fails.
  assert.ok(Number(countDescriptors("/proc/self/fd")) >= 3);
  const root = mkdtempSync(join(tmpdir(), "chainpulse-fd-"));
  mkdirSync(join(root, "fd"));
  for (const name of ["0", "1", "2"]) writeFileSync(join(root, "fd", name), "");
  assert.equal(countDescriptors(join(root, "fd")), 3);
  rmSync(root, { recursive: true });
});

test("page size and clock ticks are the kernel's", linuxOnly, () => {
  // Memory on arm64 machines with large pages would be off by a factor if this fails.
  const { pageBytes, ticksPerSecond } = readProcessConstants();
  assert.ok([4096, 16_384, 65_536].includes(pageBytes));
  assert.equal(ticksPerSecond, 100);
  const root = mkdtempSync(join(tmpdir(), "chainpulse-auxv-"));
  writeFileSync(join(root, "auxv"), Buffer.alloc(32));
  assert.throws(() => readProcessConstants(join(root, "auxv")), /AT_PAGESZ/);
  rmSync(root, { recursive: true });
});
