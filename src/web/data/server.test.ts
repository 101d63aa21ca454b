import { takeAsked } from "./browser.test-support.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckResult } from "../../core/check.ts";
import { navigate } from "../state/router.ts";
import { checks, checksError, loadChecks } from "./server.ts";

function checkOf(node: string): CheckResult {
  return {
    id: "host.disk_space",
    title: "Disk",
    node,
    status: "warning",
    timestampMs: 0,
    sinceMs: 0,
    value: null,
    message: "full",
    action: null,
    reason: null,
  };
}

test("a late answer about the node before is not taken for the node that is shown", async () => {
  // Wrong: after a change of node the page names another machine's problems, until something changes there.
  navigate("/?node=a");
  const before = loadChecks();
  const [ofA] = await takeAsked("/nodes/a/health");
  navigate("/?node=b");
  const after = loadChecks();
  const [ofB] = await takeAsked("/nodes/b/health");
  await ofB?.answer({ checks: [checkOf("b")] });
  await ofA?.answer({ checks: [checkOf("a")] });
  await Promise.all([before, after]);
  assert.deepEqual(checks.value, [checkOf("b")]);
});

test("nor is its failure", async () => {
  // Wrong: the page says that a healthy node cannot be reached.
  navigate("/?node=a");
  const before = loadChecks();
  const [ofA] = await takeAsked("/nodes/a/health");
  navigate("/?node=b");
  await ofA?.drop();
  await before;
  assert.equal(checksError.value, null);
});
