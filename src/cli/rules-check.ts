/** `chainpulse rules check`: all mistakes of all files at once. */
import { readRuleFile } from "../analyse/rules/load-rule-files.ts";
import { type GroupDefinition, type RuleDefinition, writtenLabels } from "../analyse/rules/rule-definition.ts";
import { formatRuleProblem } from "../analyse/rules/rule-problem.ts";
import { formatLabels } from "../core/labels.ts";
import { escapeText } from "../io/log-format.ts";
import { type CommandContext, exitCodes } from "./command.ts";
import { printJson } from "./output.ts";
import { countText } from "./store-job.ts";

/** Returns the exit code. */
export function checkRules({ stdout, stderr }: CommandContext, files: readonly string[], json: boolean): number {
  const checked = files.map((file) => ({ file, ...readRuleFile(file) }));
  const problems = checked.flatMap((file) => file.problems);
  const duplicates = duplicatesOf(checked.flatMap(({ groups }) => groups));
  if (json) printJson(stdout, { ok: problems.length === 0, files: checked.map(summaryOf), problems, duplicates });
  else {
    for (const problem of problems) stderr.write(`${escapeText(formatRuleProblem(problem))}\n`);
    for (const name of duplicates) stderr.write(`warning: two rules make ${escapeText(name)}; only one of them is stored\n`);
    for (const { file, groups, problems: own } of checked) {
      const found =
        own.length === 0 ? "no problem found" : `${countText(own.length)} ${own.length === 1 ? "problem" : "problems"}`;
      stdout.write(`${escapeText(file)}: ${countsOf(groups)}, ${found}.\n`);
    }
  }
  return problems.length === 0 ? exitCodes.ok : exitCodes.checkFailed;
}

function summaryOf({ file, groups }: { readonly file: string; readonly groups: readonly GroupDefinition[] }): object {
  return { file, groups: groups.length, ...kindsOf(groups) };
}

function countsOf(groups: readonly GroupDefinition[]): string {
  const { alerting, recording } = kindsOf(groups);
  return `${countText(groups.length)} ${groups.length === 1 ? "group" : "groups"}, ${countText(alerting)} alerting and ${countText(recording)} recording rules`;
}

function kindsOf(groups: readonly GroupDefinition[]): { readonly alerting: number; readonly recording: number } {
  const rules = groups.flatMap((group) => group.rules);
  const alerting = rules.filter(({ kind }) => kind === "alerting").length;
  return { alerting, recording: rules.length - alerting };
}

/** Names with labels that more than one rule has. */
function duplicatesOf(groups: readonly GroupDefinition[]): readonly string[] {
  const byName = Map.groupBy(
    groups.flatMap((group) => group.rules),
    nameOf,
  );
  return [...byName].flatMap(([name, rules]) => (rules.length > 1 ? [name] : []));
}

function nameOf(rule: RuleDefinition): string {
  return `${rule.kind === "alerting" ? "alert " : ""}${rule.name}${formatLabels(writtenLabels(rule))}`;
}
