/** The store's test of kills, with as many as a night of an unlucky machine has. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const killTest = fileURLToPath(new URL("../../src/store/kill.test.ts", import.meta.url));

test("nothing acknowledged is lost or doubled in 50 kills", { timeout: 600_000 }, (context) => {
  // An operator would lose history with crashes that a dozen kills do not hit.
  const kills = process.env["CHAINPULSE_KILLS"] ?? "50";
  const env = { ...process.env, CHAINPULSE_KILLS: kills, NODE_TEST_CONTEXT: undefined };
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=spec", killTest], {
    env,
    encoding: "utf8",
  });
  for (const line of stdout.split("\n").filter((text) => text.includes("slowest start"))) context.diagnostic(line.trim());
  assert.equal(status, 0, stdout);
});
