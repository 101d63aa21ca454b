/**
 * Relabelling: rules that are applied one after the other to a set of labels, and may drop it. Labels are a map here, because rules
 * write them one by one; an empty value is no label.
 * Source: Prometheus model/relabel/relabel.go, `relabel`; Go regexp, `Expand`.
 */
import { createHash } from "node:crypto";
import { ChainPulseError } from "../../../core/errors.ts";
import type { RelabelRule } from "./relabel-rule.ts";

/** A label set while it is made. */
export type LabelMap = Map<string, string>;

/** Longest value that a rule may make: a template may repeat what it matched, rule after rule. */
const valueMax = 65_536;

/**
 * Applies the rules to `labels`, in place. False: they are dropped, and what is left of them is without a meaning. Throws
 * `SCRAPE_FAILED` for a label that grows too long.
 */
export function relabel(labels: LabelMap, rules: readonly RelabelRule[]): boolean {
  return rules.every((rule) => apply(labels, rule));
}

/** Sets a label, or takes it off where the value is empty. */
export function setLabel(labels: LabelMap, name: string, value: string): void {
  if (value === "") labels.delete(name);
  else labels.set(name, value);
}

function apply(labels: LabelMap, rule: RelabelRule): boolean {
  const { action, targetLabel } = rule;
  const value = rule.sourceLabels.map((name) => labels.get(name) ?? "").join(rule.separator);
  switch (action) {
    case "keep":
      return rule.regex.matches(value);
    case "drop":
      return !rule.regex.matches(value);
    case "keepequal":
      return (labels.get(targetLabel) ?? "") === value;
    case "dropequal":
      return (labels.get(targetLabel) ?? "") !== value;
    case "replace":
      replace(labels, rule, value);
      return true;
    case "hashmod":
      setLabel(labels, targetLabel, String(hashOf(value) % rule.modulus));
      return true;
    case "lowercase":
      setLabel(labels, targetLabel, value.toLowerCase());
      return true;
    case "uppercase":
      setLabel(labels, targetLabel, value.toUpperCase());
      return true;
    case "labelmap":
      mapNames(labels, rule);
      return true;
    case "labeldrop":
    case "labelkeep":
      for (const name of labels.keys()) if (rule.regex.matches(name) === (action === "labeldrop")) labels.delete(name);
      return true;
  }
}

function replace(labels: LabelMap, rule: RelabelRule, value: string): void {
  const { targetLabel, replacement, matchesAll } = rule;
  // Most rules set or take off a label, whatever there is.
  if (value === "" && matchesAll && !targetLabel.includes("$") && !replacement.includes("$")) {
    setLabel(labels, targetLabel, replacement);
    return;
  }
  const matcher = rule.regex.matcher(value);
  if (!matcher.matches()) return;
  const group = (name: string): string => groupOf(matcher, rule, name);
  const target = expand(targetLabel, group);
  if (target === "" || !target.isWellFormed()) return;
  setLabel(labels, target, expand(replacement, group));
}

/** New names for labels that match; those that are given are all of before the rule. */
function mapNames(labels: LabelMap, rule: RelabelRule): void {
  for (const [name, value] of Array.from(labels)) {
    const matcher = rule.regex.matcher(name);
    if (!matcher.matches()) continue;
    const renamed = expand(rule.replacement, (group) => groupOf(matcher, rule, group));
    if (renamed !== "") setLabel(labels, renamed, value);
  }
}

type Matcher = ReturnType<RelabelRule["regex"]["matcher"]>;

/** What a group has matched; empty where it took no part, or where there is none of this name or number. */
function groupOf(matcher: Matcher, { regex }: RelabelRule, name: string): string {
  if (/^\d+$/.test(name)) return Number(name) <= matcher.groupCount() ? (matcher.group(Number(name)) ?? "") : "";
  return Object.hasOwn(regex.namedGroups(), name) ? (matcher.group(name) ?? "") : "";
}

/** Go's `Regexp.Expand`: `$1`, `$name` (as long as it can be), `${name}`; `$$` is a dollar sign. */
function expand(template: string, group: (name: string) => string): string {
  if (!template.includes("$")) return template;
  const expanded = template.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) =>
    whole === "$$" ? "$" : group(bare ?? braced ?? ""),
  );
  if (expanded.length <= valueMax) return expanded;
  throw new ChainPulseError("SCRAPE_FAILED", `a relabelling rule makes a label of more than ${valueMax} characters`);
}

/** The last eight bytes of the MD5 sum as one number. */
function hashOf(value: string): bigint {
  return createHash("md5").update(value).digest().readBigUInt64BE(8);
}
