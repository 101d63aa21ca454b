/**
 * `npm test`: runs the test files with Node's own runner, whose summary ends the output and whose exit code is kept.
 *
 *   npm test                      every *.test.ts below src/ and test/, but test/extended/ and slow-*.test.ts
 *   npm test -- promql host/cpu   only files whose path contains one of the words; slow ones too
 *   npm run test:extended         test/extended/ and slow-*.test.ts, which need Debian packages or minutes (`.ci/run` runs them)
 *
 * The list is explicit because `node --test` without one takes other files in other versions of Node.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./checks.ts";

// Longer than any honest test file on a loaded 2-core machine; a test that hangs ends here instead of at the CI's limit.
const fileTimeoutMs = { usual: 120_000, extended: 900_000 };

const { values, positionals } = parseArgs({
  options: { extended: { type: "boolean", default: false } },
  allowPositionals: true,
});

const files = globSync(["src/**/*.test.ts", "test/**/*.test.ts"], { cwd: root })
  .filter((path) => positionals.length > 0 || isExtended(path) === values.extended)
  .filter((path) => positionals.length === 0 || positionals.some((word) => path.includes(word)))
  .toSorted(byLength);

if (files.length === 0) {
  process.stderr.write(`no test file ${positionals.length > 0 ? `has ${positionals.join(" or ")} in its path` : "found"}\n`);
  process.exitCode = 1;
} else {
  const timeoutMs = values.extended || positionals.length > 0 ? fileTimeoutMs.extended : fileTimeoutMs.usual;
  const args = ["--test", "--test-concurrency=2", `--test-timeout=${timeoutMs}`, ...process.execArgv, ...files];
  // Hundreds of processes load the same modules: compiled once, they cost a third less CPU time.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, ".chainpulse", "compile-cache") };
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env });
  process.exitCode = status ?? 1;
}

/** What crosses stages first: those files take longest, and the last ones should not be what everybody waits for. */
function byLength(a: string, b: string): number {
  return Number(b.startsWith("test/")) - Number(a.startsWith("test/")) || (a < b ? -1 : 1);
}

function isExtended(path: string): boolean {
  return path.startsWith("test/extended/") || basename(path).startsWith("slow-");
}
