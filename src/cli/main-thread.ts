/** The main thread: the command line, with the running node behind its `start`. */
import { systemClock } from "../core/clock.ts";
import type { Domain } from "../core/domain.ts";
import { version } from "../core/version.ts";
import { loadConfig } from "../io/config-file.ts";
import { createLogger } from "../io/logger.ts";
import { runCli } from "./cli.ts";
import { clientProblems } from "./client-problems.ts";
import type { StartOptions } from "./command.ts";
import { forRole } from "./for-role.ts";
import { type LoadedSettings, withRules } from "./load-rules.ts";
import { withScrape } from "./load-scrape.ts";

export interface Program {
  /** Where threads start. */
  readonly entry: URL;
  /** Directory of the built dashboard. */
  readonly webRoot: string;
  readonly loadDomains: () => Promise<readonly Domain[]>;
}

/** Resolves with the exit code. */
export function runMain(program: Program): Promise<number> {
  const { stdout, stderr, env } = process;
  // `chainpulse query … | head`: a reader that has seen enough is no failure of ours.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const start = async (options: StartOptions): Promise<number> => {
    const load = async (): Promise<LoadedSettings> =>
      withRules(await withScrape(forRole(await loadConfig({ ...options, env, judge: clientProblems }), options.role)));
    const [{ startNode }, loaded] = await Promise.all([import("./start-node.ts"), load()]);
    const colour = stderr.isTTY && (env["NO_COLOR"] ?? "") === "";
    const logger = createLogger({ settings: loaded.config.logging, stderr, clock: systemClock, colour });
    for (const warning of loaded.warnings) logger.warn(warning, { file: loaded.file });
    try {
      return await startNode({
        ...program,
        loaded,
        reload: load,
        role: options.role,
        logger,
        env,
        onServing: options.onServing ?? ((url) => void stdout.write(`ChainPulse is running at ${url}\n`)),
      });
    } finally {
      logger.close();
    }
  };
  return runCli(process.argv.slice(2), { loadDomains: program.loadDomains, start, version, stdout, stderr, env });
}
