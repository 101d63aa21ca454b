/**
 * A dialect that a user has written: the YAML file behind `mapping_file`, for whatever tells of itself by Prometheus and is no client
 * that ChainPulse knows. It can say what dialects in the code can. docs/chain-mapping.md describes it.
 */
import { readText } from "../../../io/text-file.ts";
import { parseYamlSection } from "../../../io/yaml-section.ts";
import type { Dialect, MappingRule, Samples, Scale, Source, Where } from "./dialect.ts";
import { type FileRule, mappableMetrics, mappingSchema, units } from "./mapping-schema.ts";

/** The key under which all of a mapping file stands. */
export const mappingRootKey = "chain_mapping";
const fileBytesMax = 262_144;

/** Throws `ConfigError` with all problems and their places, `FILE_UNUSABLE`. */
export function loadMappingFile(file: string): Dialect {
  return parseMapping(readText(file, fileBytesMax), file);
}

/** Throws `ConfigError`; `file` is for its messages. */
export function parseMapping(yaml: string, file: string): Dialect {
  const { title, prefixes, version, network, rules } = parseYamlSection(yaml, file, mappingRootKey, mappingSchema);
  const info = (told: typeof version): { name: string; label: string } | null =>
    told === undefined ? null : { name: told.metric, label: told.label };
  return { title, prefixes, identity: { version: info(version), network: info(network) }, rules: rules.map(ruleOf) };
}

function ruleOf(rule: FileRule): MappingRule {
  const metric = mappableMetrics.get(rule.metric);
  if (metric === undefined) throw new Error(`${rule.metric} was checked by the schema`);
  const taken = Object.entries(rule.labels_from).map(
    ([label, { from, values, other }]) =>
      [label, { from, ...(values === undefined ? {} : { values }), ...(other === undefined ? {} : { other }) }] as const,
  );
  return {
    metric,
    labels: { ...rule.labels, ...Object.fromEntries(taken) },
    source: sourceOf(rule),
    ...(rule.unless === undefined ? {} : { unless: rule.unless }),
  };
}

function sourceOf(rule: FileRule): Source {
  const { where, unit = "s", factor } = rule;
  const scale: Scale = factor === undefined ? units[unit] : { factor };
  if (rule.flag !== undefined) return { kind: "flag", of: samplesOf(rule, rule.flag), is: rule.is ?? [] };
  if (rule.mean !== undefined) return { kind: "mean", of: rule.mean, where, ...scale };
  if (rule.timers !== undefined) return { kind: "timer", part: rule.part ?? "count", of: rule.timers, ...scale };
  return {
    kind: "value",
    plus: (rule.sum ?? []).map((each) => samplesOf(rule, each)),
    minus: (rule.minus ?? []).map((each) => samplesOf(rule, each)),
    ...scale,
    ...(rule.at_least === undefined ? {} : { atLeast: rule.at_least }),
    ...(rule.unset === undefined ? {} : { unset: rule.unset }),
    ...(rule.reset_on_scrape ? { resetOnScrape: true } : {}),
  };
}

function samplesOf({ where, empty_is_zero: emptyIsZero }: FileRule, of: string): Samples {
  const wanted: Where = where;
  return { name: of, where: wanted, ...(emptyIsZero ? { emptyIsZero } : {}) };
}
