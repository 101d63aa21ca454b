import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PartitionDirectory } from "./partition-directory.ts";
import { partitionFile } from "./partition-files.ts";

const hourMs = 3_600_000;
const firstMs = Date.UTC(2026, 10, 25);

test("a directory's files are seen as they come, go, are replaced and are set aside", () => {
  // A query would miss the newest samples, or name no damage, where a change passes unseen.
  using temporary = mkdtempDisposableSync(join(tmpdir(), "chainpulse-directory-"));
  const path = join(temporary.path, "samples");
  const directory = new PartitionDirectory(path);
  const see = (): readonly [boolean, number, number] => [directory.refresh(), directory.files.length, directory.aside.length];
  const [first, second] = [partitionFile(path, firstMs).path, partitionFile(path, firstMs + hourMs).path];
  assert.deepEqual(see(), [false, 0, 0]);
  mkdirSync(path);
  assert.deepEqual(see(), [false, 0, 0]);
  writeFileSync(first, "1");
  assert.deepEqual(see(), [true, 1, 0]);
  assert.deepEqual(see(), [false, 1, 0]);
  writeFileSync(second, "2");
  assert.deepEqual(see(), [true, 2, 0]);
  renameSync(second, `${second}.corrupt`);
  assert.deepEqual(see(), [true, 1, 1]);
  writeFileSync(`${path}/new`, "3");
  renameSync(`${path}/new`, first);
  assert.deepEqual(see(), [true, 1, 1], "another file of the same name");
  rmSync(path, { recursive: true });
  assert.deepEqual(see(), [true, 0, 0]);
});

test("a change is seen however long nothing has changed before", () => {
  // What was listed once and is kept would hide the partition that begins next.
  using temporary = mkdtempDisposableSync(join(tmpdir(), "chainpulse-directory-"));
  const directory = new PartitionDirectory(temporary.path);
  utimesSync(temporary.path, 0, 0);
  assert.equal(directory.refresh(), false);
  assert.equal(directory.refresh(), false);
  writeFileSync(partitionFile(temporary.path, firstMs).path, "1");
  assert.equal(directory.refresh(), true);
});
