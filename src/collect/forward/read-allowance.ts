/** How what is sent on is read from its store: without a limit of time, because nobody waits for it. */
import type { Logger } from "../../core/logger.ts";
import type { ReadAllowance } from "../../core/telemetry-reader.ts";

/** Damage is in the log once, until there is another one. `what`: what is read. */
export function readAllowance(what: string, logger: Logger): ReadAllowance {
  let told: string | null = null;
  return {
    check: () => undefined,
    isLate: () => false,
    note(problem) {
      if (problem !== told) logger.warn(`${what} that are damaged are not sent`, { problem });
      told = problem;
    },
  };
}
