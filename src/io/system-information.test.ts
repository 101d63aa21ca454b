import assert from "node:assert/strict";
import { cpus, totalmem } from "node:os";
import { test } from "node:test";
import { loadSystemInformation } from "./system-information.ts";

test("the library's answers are mapped to the right fields (on this system, whichever it is)", async () => {
  // macOS and Windows would show sizes as used space, or received as sent, after an upgrade of the library if this fails.
  const information = await loadSystemInformation();
  assert.equal(information.cpuTimes().length, cpus().length);
  const memory = await information.memory();
  assert.ok(Math.abs(memory.totalBytes - totalmem()) < totalmem() / 100);
  assert.ok(memory.availableBytes > 0 && memory.availableBytes <= memory.totalBytes);
  for (const filesystem of await information.filesystems()) {
    assert.ok(filesystem.mountpoint !== "" && filesystem.usedBytes <= filesystem.sizeBytes);
  }
  for (const stats of await information.interfaces()) assert.ok(stats.name !== "" && stats.receivedBytes >= 0);
  const diskIo = await information.diskIo();
  assert.ok(diskIo === null || diskIo.readOperations >= 0);
});
