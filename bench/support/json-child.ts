/** A part of a benchmark that needs a process of its own: a fresh one, or one whose memory is counted. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a script with this process's flags; what it printed as JSON. Its messages go to our stderr when it has ended. */
export async function jsonOf(script: URL, args: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await run(process.execPath, [...process.execArgv, script.pathname, ...args]);
  process.stderr.write(stderr);
  return JSON.parse(stdout);
}
