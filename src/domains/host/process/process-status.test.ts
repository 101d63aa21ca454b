import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedCpus, openFilesLimit, statusBytes, statusNumber } from "./process-status.ts";

const status =
  "Name:\tgeth\nRssAnon:\t    116 kB\nCpus_allowed:\tffffffff,0000000f\nnonvoluntary_ctxt_switches:\t7\nvoluntary_ctxt_switches:\t3\n";

test("lines are found by their whole key, sizes are KiB", () => {
  // Voluntary and involuntary switches would be the same number if this fails.
  assert.equal(statusBytes(status, "RssAnon"), 116 * 1024);
  assert.equal(statusNumber(status, "voluntary_ctxt_switches"), 3);
  assert.equal(statusNumber(status, "nonvoluntary_ctxt_switches"), 7);
});

test("what is not there is no number", () => {
  // Kernel threads would have 0 bytes of memory if this fails.
  assert.ok(Number.isNaN(statusBytes(status, "VmSwap")));
  assert.ok(Number.isNaN(allowedCpus("Name:\tgeth\n")));
  assert.ok(Number.isNaN(openFilesLimit("Max open files            unlimited            unlimited            files\n")));
});

test("affinity counts the bits of a mask of several groups", () => {
  // A pinned process on a machine with more than 32 processors would be shown wrong if this fails.
  assert.equal(allowedCpus(status), 36);
});

test("the soft limit of open files is the first of the two", () => {
  // The check of descriptors would warn at the wrong number if this fails.
  assert.equal(
    openFilesLimit("Max processes  1 1 processes\nMax open files            1024                 524288               files\n"),
    1024,
  );
});
