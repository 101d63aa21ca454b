import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { failureOf, listDirectory, listSubdirectories, openProcFile, readOnce, resolvePath } from "./proc-file.ts";

function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "chainpulse-proc-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("a kept-open file is read anew from its start, whatever its length", () => {
  // If this fails, collectors see the values of the first tick for ever, or half of a long file.
  using directory = scratch();
  const path = join(directory.path, "stat");
  writeFileSync(path, "cpu 1 2 3\n");
  const file = openProcFile(path);
  assert.equal(file.read(), "cpu 1 2 3\n");
  const long = "é0123456789".repeat(50_000);
  writeFileSync(path, long);
  assert.equal(file.read(), long);
  writeFileSync(path, "");
  assert.equal(file.read(), "");
  file.close();
});

test("a missing file is said to be missing, and is found when it appears", () => {
  // If this fails, a hot-plugged device or a late module stays without a chart until the next restart.
  using directory = scratch();
  const path = join(directory.path, "late");
  const file = openProcFile(path);
  assert.deepEqual(file.read(), { reason: "not_present", detail: `open ${path}: ENOENT`, path, errno: "ENOENT" });
  writeFileSync(path, "42\n");
  const reads = Array.from({ length: 32 }, () => file.read());
  assert.equal(reads.at(-1), "42\n");
  file.close();
});

test("a file longer than the bound is refused", () => {
  // If this fails, a file that grows without end takes the memory of the process.
  using directory = scratch();
  const path = join(directory.path, "huge");
  writeFileSync(path, Buffer.alloc(17 * 1024 * 1024));
  assert.deepEqual(readOnce(path), { reason: "unsupported", detail: `read ${path}: EFBIG`, path, errno: "EFBIG" });
});

test("what cannot be read once it is open says so", () => {
  // If this fails, a source that refuses reads looks like an empty file: zeros instead of a reason.
  using directory = scratch();
  assert.deepEqual(readOnce(directory.path), {
    reason: "stale",
    detail: `read ${directory.path}: EISDIR`,
    path: directory.path,
    errno: "EISDIR",
  });
});

test("the file of a process that ended is gone", { skip: process.platform !== "linux" }, async () => {
  // If this fails, the figures of a dead process are shown, or those of another one with its number.
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
  const path = `/proc/${child.pid}/stat`;
  const file = openProcFile(path);
  const text = file.read();
  assert.ok(typeof text === "string" && text.startsWith(`${child.pid} (`));
  child.stdin.end();
  await once(child, "exit");
  assert.deepEqual(file.read(), { reason: "not_present", detail: `open ${path}: ENOENT`, path, errno: "ENOENT" });
  file.close();
});

test("an errno has the reason that it means", () => {
  // If this fails, an operator is told that a forbidden file does not exist, or the other way round.
  const reasonOf = (code: string): string => failureOf("open", "/sys/x", Object.assign(new Error(code), { code })).reason;
  for (const code of ["ENOENT", "ENODEV", "ENXIO", "ESRCH", "ENOTDIR"]) assert.equal(reasonOf(code), "not_present");
  for (const code of ["EACCES", "EPERM"]) assert.equal(reasonOf(code), "no_permission");
  for (const code of ["EOPNOTSUPP", "ENOSYS", "EINVAL"]) assert.equal(reasonOf(code), "unsupported");
  for (const code of ["EIO", "EAGAIN", "EMFILE"]) assert.equal(reasonOf(code), "stale");
  const forbidden = failureOf("open", "/sys/x", Object.assign(new Error("no"), { code: "EACCES" }));
  assert.match(forbidden.fix ?? "", /\/sys\/x/);
});

test("an error that is not the system's is thrown on", () => {
  // If this fails, a bug of ours is shown to the operator as a missing file.
  assert.throws(() => failureOf("open", "/sys/x", new TypeError("bug")), TypeError);
});

test("directories are listed, links to them are not directories, and links are followed to their end", () => {
  // If this fails, cgroups are walked in circles, or sensors are named after the wrong device.
  using directory = scratch();
  mkdirSync(join(directory.path, "real", "inner"), { recursive: true });
  writeFileSync(join(directory.path, "file"), "");
  symlinkSync("real", join(directory.path, "link"));
  assert.deepEqual([...assertList(listDirectory(directory.path))].toSorted(), ["file", "link", "real"]);
  assert.deepEqual(listSubdirectories(directory.path), ["real"]);
  assert.equal(resolvePath(join(directory.path, "link", "inner")), resolvePath(join(directory.path, "real", "inner")));
  const missing = join(directory.path, "missing");
  const failure = { reason: "not_present", detail: `open ${missing}: ENOENT`, path: missing, errno: "ENOENT" };
  assert.deepEqual([listDirectory(missing), listSubdirectories(missing), resolvePath(missing)], [failure, failure, failure]);
});

function assertList(entries: ReturnType<typeof listDirectory>): readonly string[] {
  assert.ok(!("reason" in entries));
  return entries;
}
