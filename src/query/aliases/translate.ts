/**
 * Between their labels and ours: matchers on their labels become matchers on ours, and our labels become theirs.
 *
 * Aliased series have the labels that Prometheus would have put on what it scraped: `instance` is the node, and `job` is the exporter
 * as its names begin (`node` for `node_load1`, which is the job that node_exporter's own rules and dashboards select by). Our `node`
 * stays, but where the exporter has a label of that name: that of a NUMA node.
 */
import { type LabelMatcher, type Labels, labelValue, metricNameLabel } from "../../core/labels.ts";
import { escapeRegex } from "../../core/promql-text.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import { aliasName, readAliasName } from "./alias-name.ts";
import type { AliasRule } from "./alias-rules.ts";

const nodeLabel = "node";
const instanceLabel = "instance";
const jobLabel = "job";

/**
 * Matchers on our labels that give at least the series that `matchers` mean under the rule; `null` where there can be none. What comes
 * back is to be filtered by `matchers` once it has their labels.
 */
export function ourMatchers(rule: AliasRule, matchers: readonly LabelMatcher[]): readonly LabelMatcher[] | null {
  const ours: LabelMatcher[] = [{ name: metricNameLabel, operator: "=", value: rule.metric }];
  for (const [name, value] of Object.entries(rule.where)) ours.push({ name, operator: "=", value });
  for (const matcher of matchers) {
    if (matcher.name === metricNameLabel) ours.push(...nameMatchers(rule, matcher));
    else if (Object.hasOwn(rule.labels, matcher.name)) ours.push(...labelMatchers(rule, matcher));
    else if (matcher.name === nodeLabel || matcher.name === instanceLabel) ours.push({ ...matcher, name: nodeLabel });
    else if (!compileMatcher(matcher).matches(matcher.name === jobLabel ? jobOf(rule) : "")) return null;
  }
  return ours;
}

/** Our labels as they are called there, sorted by name. */
export function theirLabels(rule: AliasRule, ours: Labels): Labels {
  const node = labelValue(ours, nodeLabel);
  const theirs = new Map([
    [metricNameLabel, aliasName(rule, ours)],
    [instanceLabel, node],
    [jobLabel, jobOf(rule)],
    [nodeLabel, node],
  ]);
  for (const [name, label] of Object.entries(rule.labels)) {
    const value = labelValue(ours, label);
    const spelling = rule.values[name];
    theirs.set(name, spelling !== undefined && Object.hasOwn(spelling, value) ? (spelling[value] ?? value) : value);
  }
  // An empty label is no label.
  return Object.fromEntries([...theirs].filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1)));
}

function jobOf({ nameParts: [first = ""] }: AliasRule): string {
  return first.slice(0, first.indexOf("_"));
}

/** Of a name with labels in it: what they can be. */
function nameMatchers(rule: AliasRule, { operator, value }: LabelMatcher): readonly LabelMatcher[] {
  if (operator !== "=") return [];
  const readings = readAliasName(rule, value);
  return rule.nameLabels.map((name, index) => oneOf(name, new Set(readings.map((values) => values[index] ?? ""))));
}

/** Where they spell values differently, only equality can be translated. */
function labelMatchers(rule: AliasRule, matcher: LabelMatcher): readonly LabelMatcher[] {
  const name = rule.labels[matcher.name] ?? matcher.name;
  const spelling = rule.values[matcher.name];
  if (spelling === undefined) return [{ ...matcher, name }];
  if (matcher.operator !== "=") return [];
  const candidates = Object.keys(spelling).filter((value) => spelling[value] === matcher.value);
  if (!Object.hasOwn(spelling, matcher.value)) candidates.push(matcher.value);
  return [oneOf(name, new Set(candidates))];
}

function oneOf(name: string, values: ReadonlySet<string>): LabelMatcher {
  const [only = ""] = values;
  if (values.size <= 1) return { name, operator: "=", value: only };
  return { name, operator: "=~", value: Array.from(values, escapeRegex).join("|") };
}
