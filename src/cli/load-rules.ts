/** The configuration with the rules of the files that it names: a wrong rule file is refused like a wrong setting. */
import { dirname } from "node:path";
import type { GroupDefinition } from "../analyse/rules/rule-definition.ts";
import type { LoadedConfig } from "../io/config-file.ts";

export interface LoadedSettings extends LoadedConfig {
  readonly ruleGroups: readonly GroupDefinition[];
}

/** Relative paths begin where the configuration file is. Throws `RuleFileError`. */
export async function withRules(loaded: LoadedConfig): Promise<LoadedSettings> {
  const { config, file, warnings } = loaded;
  if (config.alerts.rule_files.length === 0) return { ...loaded, ruleGroups: [] };
  // The YAML and the PromQL parser are loaded only where there is something to read.
  const { loadRuleFiles } = await import("../analyse/rules/load-rule-files.ts");
  const directory = file === null ? process.cwd() : dirname(file);
  const rules = loadRuleFiles(config.alerts.rule_files, directory, config.query.experimental_functions);
  return { ...loaded, warnings: [...warnings, ...rules.warnings], ruleGroups: rules.groups };
}
