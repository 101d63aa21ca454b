/**
 * Prometheus rule files: text → groups, or everything that is wrong with it. Files are taken as they are, and refused for what
 * Prometheus refuses; besides, for an expression that can never be evaluated as a rule.
 * Source: Prometheus model/rulefmt/rulefmt.go.
 */
import { parseRule } from "./parse-rule.ts";
import type { GroupDefinition } from "./rule-definition.ts";
import type { RuleProblem } from "./rule-problem.ts";
import { nowhere, RuleReader, type Where } from "./rule-reader.ts";
import { parseLabels } from "./rule-labels.ts";
import { readYaml, type YamlValue } from "./yaml-source.ts";

const groupKeys = ["name", "interval", "query_offset", "limit", "rules", "labels"];

export interface ParsedRuleFile {
  readonly groups: readonly GroupDefinition[];
  /** Groups are to be used only where there are none. */
  readonly problems: readonly RuleProblem[];
}

/**
 * `file` is for messages, and becomes part of each group's identity. Without `experimental` an expression is refused that needs
 * `query.experimental_functions`: it would fail at every evaluation.
 */
export function parseRuleFile(text: string, file: string, experimental = true): ParsedRuleFile {
  const reader = new RuleReader(file, experimental);
  const { root, problems } = readYaml(text);
  for (const { place, message } of problems) reader.problem(place, nowhere, message, "Write valid YAML");
  if (root === null) return { groups: [], problems: reader.problems };
  const fields = reader.fields(root, ["groups"], "a rule file", nowhere);
  const values = reader.list(fields.get("groups"), nowhere);
  const groups = values.map((value) => parseGroup(value, file, reader));
  checkNames(values, groups, reader);
  return { groups, problems: reader.problems };
}

function parseGroup(value: YamlValue, file: string, reader: RuleReader): GroupDefinition {
  const written =
    value
      .entries()
      ?.find(({ key }) => key === "name")
      ?.value.text() ?? null;
  const where: Where = { group: written, rule: null };
  const fields = reader.fields(value, groupKeys, "a group", where);
  const name = reader.text(fields.get("name"), where) ?? "";
  if (name === "") reader.problem(value.place, where, "the group has no name", "Give it one: name: …");
  const labels = parseLabels(reader.texts(fields.get("labels"), where), where, reader);
  const rules = reader.list(fields.get("rules"), where).map((rule) => parseRule(rule, labels, where, reader));
  return {
    file,
    name,
    // An interval of 0 means the usual one, as in Prometheus.
    intervalMs: reader.duration(fields.get("interval"), where) || null,
    limit: reader.count(fields.get("limit"), where) ?? 0,
    queryOffsetMs: reader.duration(fields.get("query_offset"), where) ?? 0,
    rules: rules.filter((rule) => rule !== null),
  };
}

/** State is kept by the name of a group, so two of one name would share it. */
function checkNames(values: readonly YamlValue[], groups: readonly GroupDefinition[], reader: RuleReader): void {
  const seen = new Set<string>();
  for (const [index, { name }] of groups.entries()) {
    const where: Where = { group: name, rule: null };
    if (seen.has(name))
      reader.problem(values[index]?.place ?? null, where, "the file has two groups of this name", "Rename one");
    seen.add(name);
  }
}
