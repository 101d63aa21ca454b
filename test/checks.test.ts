import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { checkEnv, checks, commandOf, root } from "./support/checks.ts";

// When this fails, the next person to open the tree finds it red: types, lint or format of some file do not hold.
describe("static checks", () => {
  for (const check of checks) {
    test(check.title, async () => {
      const [node, args] = commandOf(check);
      const { failed, output } = await run(node, args);
      assert.ok(!failed, `${check.title} failed. ${check.fix}\n${output}`);
    });
  }
});

function run(command: string, args: readonly string[]): Promise<{ readonly failed: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: root, env: checkEnv, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, output: `${stdout}${stderr}` });
    });
  });
}
