/** The rule files of a configuration or a command line: all of them, or everything that is wrong with any of them. */
import { ChainPulseError } from "../../core/errors.ts";
import { isPattern, matchPaths, readText } from "../../io/text-file.ts";
import { parseRuleFile, type ParsedRuleFile } from "./parse-rule-file.ts";
import type { GroupDefinition } from "./rule-definition.ts";
import { RuleFileError } from "./rule-problem.ts";

/** The largest file that is read: mixins of hundreds of alerts have some 100 KB. */
const fileBytesMax = 8_388_608;

export interface LoadedRules {
  /** In the order of the patterns and names. */
  readonly groups: readonly GroupDefinition[];
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Complete lines for people. */
  readonly warnings: readonly string[];
}

/** Relative patterns begin at `directory`; `experimental` as for `parseRuleFile`. Throws `RuleFileError`. */
export function loadRuleFiles(patterns: readonly string[], directory: string, experimental = true): LoadedRules {
  const found = patterns.map((pattern) => ({ pattern, paths: matchPaths(pattern, directory) }));
  const files = [...new Set(found.flatMap(({ paths }) => paths))];
  const parsed = files.map((file) => readRuleFile(file, experimental));
  const problems = parsed.flatMap((file) => file.problems);
  if (problems.length > 0) throw new RuleFileError(problems);
  return {
    groups: parsed.flatMap((file) => file.groups),
    files,
    warnings: found.flatMap(({ pattern, paths }) =>
      isPattern(pattern) && paths.length === 0 ? [`rule_files: no file is named ${pattern}`] : [],
    ),
  };
}

/** A file that cannot be read, or has too much in it, is one problem. */
export function readRuleFile(file: string, experimental = true): ParsedRuleFile {
  try {
    return parseRuleFile(readText(file, fileBytesMax), file, experimental);
  } catch (error) {
    if (!(error instanceof ChainPulseError) || (error.code !== "FILE_UNUSABLE" && error.code !== "RULES_INVALID")) throw error;
    const nowhere = { line: null, column: null, group: null, rule: null };
    const fix = error.fix ?? "Name a rule file that can be read";
    return { groups: [], problems: [{ file, ...nowhere, message: error.message, fix }] };
  }
}
