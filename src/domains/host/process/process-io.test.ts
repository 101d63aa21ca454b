import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProcessIo } from "./process-io.ts";

const text = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 4096\n";
const bytes = new TextEncoder().encode(text);

test("storage traffic is read_bytes and write_bytes, nothing else", () => {
  // Reads from the page cache would be shown as disk traffic if this fails.
  assert.deepEqual(parseProcessIo(bytes, bytes.length), { readBytes: 4096, writtenBytes: 8192 });
});

test("an empty or cut-off read is nothing, not 0", () => {
  // The counter of an ending process would fall to 0, which a rate takes for a restart, if this fails.
  assert.equal(parseProcessIo(bytes, 0), null);
  assert.equal(parseProcessIo(bytes, text.indexOf("write_bytes")), null);
});
