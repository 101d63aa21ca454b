/** `chainpulse check-config`: says whether a configuration file is right, and where it is not. */
import { RuleFileError } from "../analyse/rules/rule-problem.ts";
import { loadConfig } from "../io/config-file.ts";
import { ConfigError } from "../io/config-file-error.ts";
import { escapeText } from "../io/log-format.ts";
import { clientProblems } from "./client-problems.ts";
import { type CommandContext, defineCommand, exitCodes } from "./command.ts";
import { withRules } from "./load-rules.ts";
import { withScrape } from "./load-scrape.ts";
import { jsonOption } from "./options.ts";
import { printJson } from "./output.ts";

export const checkConfig = defineCommand({
  name: "check-config",
  summary: "Check a configuration file: every problem with its line and the nearest known key.",
  examples: [
    { command: "chainpulse check-config", help: "The file that start would use" },
    { command: "chainpulse check-config node.yaml", help: "This file" },
    { command: "chainpulse check-config --json node.yaml", help: "For an editor or a pipeline" },
  ],
  arguments: [{ name: "FILE", help: "The file to check (default: the one that start would use).", optional: true }],
  options: { json: jsonOption },
  notes:
    "Searched in this order: $CHAINPULSE_CONFIG, ./chainpulse.yaml, $XDG_CONFIG_HOME/chainpulse/config.yaml,\n" +
    "/etc/chainpulse/config.yaml. Exit code 78 when the configuration is wrong.",
  run: async (context, { json = false }, [file]) => {
    try {
      const read = await loadConfig({ file, env: context.env, judge: clientProblems });
      const { ruleGroups: _, ...loaded } = await withRules(await withScrape(read));
      if (json) printJson(context.stdout, { ok: true, ...loaded, issues: [] });
      else sayRight(context, loaded);
      return exitCodes.ok;
    } catch (error) {
      const issues = error instanceof ConfigError ? error.issues : error instanceof RuleFileError ? error.problems : null;
      if (!json || issues === null) throw error;
      printJson(context.stdout, { ok: false, issues });
      return exitCodes.config;
    }
  },
});

function sayRight(
  { stdout, stderr }: CommandContext,
  { file, warnings }: { file: string | null; warnings: readonly string[] },
): void {
  for (const warning of warnings) stderr.write(`warning: ${escapeText(warning)}\n`);
  stdout.write(file === null ? "There is no configuration file: the defaults are in force.\n" : `${file} is right.\n`);
}
