/** `npm run check`: runs all static checks, shows their output and how long each took, and fails when one has failed. */
import { spawnSync } from "node:child_process";
import { checkEnv, checks, commandOf, root } from "./checks.ts";

for (const check of checks) {
  const [node, args] = commandOf(check);
  const startMs = performance.now();
  const { status } = spawnSync(node, args, { cwd: root, stdio: "inherit", env: checkEnv });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  process.stderr.write(`${status === 0 ? "ok    " : "FAILED"} ${check.title} (${seconds} s)\n`);
  if (status !== 0) process.exitCode = 1;
}
