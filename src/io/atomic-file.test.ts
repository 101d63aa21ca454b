import assert from "node:assert/strict";
import { mkdtempDisposableSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeFileAtomic } from "./atomic-file.ts";

// If these fail, a user's file is overwritten unasked, or half a file or a draft is left behind.

test("a new file is written with its permissions, directories included", () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-atomic-"));
  const path = join(directory.path, "a", "b.yaml");
  assert.equal(writeFileAtomic(path, "text\n", { mode: 0o600, overwrite: false }), true);
  assert.equal(readFileSync(path, "utf8"), "text\n");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(directory.path, "a")), ["b.yaml"]);
});

test("an existing file is replaced only where that is wanted", () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-atomic-"));
  const path = join(directory.path, "b.yaml");
  writeFileSync(path, "mine");
  assert.equal(writeFileAtomic(path, "new", { mode: 0o644, overwrite: false }), false);
  assert.equal(readFileSync(path, "utf8"), "mine");
  assert.equal(writeFileAtomic(path, "new", { mode: 0o644, overwrite: true }), true);
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.deepEqual(readdirSync(directory.path), ["b.yaml"]);
});

test("a failure leaves no draft behind", () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-atomic-"));
  assert.throws(() => writeFileAtomic(directory.path, "x", { mode: 0o644, overwrite: true }));
  assert.throws(() => writeFileAtomic(join(directory.path, "f", "\0"), "x", { mode: 0o644, overwrite: true }));
  assert.deepEqual(readdirSync(directory.path), ["f"]);
  assert.deepEqual(readdirSync(join(directory.path, "f")), []);
});
