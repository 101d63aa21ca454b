/** Runs command lines in this process for tests: what they print is collected, `start` is recorded instead of run. */
import { runCli } from "./cli.ts";
import type { CliDeps, StartOptions } from "./command.ts";

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly started: readonly StartOptions[];
}

/** One command line. The environment is empty but for `HOME`, so that no configuration of this machine is found there. */
export async function cli(argv: readonly string[], deps: Partial<CliDeps> = {}): Promise<CliRun> {
  const texts = { stdout: "", stderr: "" };
  const started: StartOptions[] = [];
  const output = (name: keyof typeof texts) => ({
    isTTY: false,
    write: (text: string | Uint8Array): boolean => {
      texts[name] += String(text);
      return true;
    },
  });
  const code = await runCli(argv, {
    loadDomains: () => Promise.resolve([]),
    start: async (options) => {
      started.push(options);
      return 0;
    },
    version: "1.2.3",
    stdout: output("stdout"),
    stderr: output("stderr"),
    env: { HOME: "/nonexistent" },
    ...deps,
  });
  return { code, ...texts, started };
}
