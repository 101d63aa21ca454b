/**
 * The checks that need no running program, as data: `npm run check` runs them one by one with their output on the terminal,
 * `checks.test.ts` runs each as a test, so that `npm test` fails with them and its summary counts them.
 */
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

export interface StaticCheck {
  readonly title: string;
  /** A Node script of one of our development packages, relative to `node_modules`, and its arguments; it runs in `root`. */
  readonly script: string;
  readonly args: readonly string[];
  /** What to do when it fails. */
  readonly fix: string;
}

export const checks: readonly StaticCheck[] = [
  {
    title: "types of the server, the tests and the set-up",
    script: "typescript/bin/tsc",
    // Each checker resolves types of its own: two take less time than the usual four.
    args: ["-p", ".", "--checkers", "2"],
    fix: "Correct the types.",
  },
  {
    title: "types of the dashboard",
    script: "typescript/bin/tsc",
    args: ["-p", "src/web", "--checkers", "2"],
    fix: "Correct the types.",
  },
  {
    title: "lint",
    script: "oxlint/bin/oxlint",
    args: [],
    fix: "Correct what the linter names; `npm run lint` shows it again.",
  },
  { title: "format", script: "oxfmt/bin/oxfmt", args: ["--check"], fix: "Run `npm run format`." },
];

/**
 * For the compiler and the linter, which are written in Go: they need 1.6 GB at most and give it back when they end, so that collecting garbage
 * before is work for nothing (types: 19.2 → 10.3 s of CPU time, lint: 25.0 → 20.2).
 */
export const checkEnv: NodeJS.ProcessEnv = { ...process.env, GOGC: "off", GOMEMLIMIT: "2GiB" };

/** The check's command line for this Node. */
export function commandOf(check: StaticCheck): readonly [string, readonly string[]] {
  return [process.execPath, [join(root, "node_modules", check.script), ...check.args]];
}
