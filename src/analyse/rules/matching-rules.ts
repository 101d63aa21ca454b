/**
 * Rules by their own labels. In the analyse thread, because matching needs the engine for RE2 patterns, which reads stored series there
 * anyway: in the main thread it would take 30 MB for this alone.
 */
import { type LabelMatcher, type Labels, labelValue } from "../../core/labels.ts";
import type { RuleGroupStatus } from "../../core/rule.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";

/** Each group with the rules that one of the sets of matchers accepts; no sets: all. Source: Prometheus rules/group.go, Rules. */
export function matchingRules(
  groups: readonly RuleGroupStatus[],
  sets: readonly (readonly LabelMatcher[])[],
): readonly RuleGroupStatus[] {
  if (sets.length === 0) return groups;
  const compiled = sets.map((set) => set.map(compileMatcher));
  const isWanted = (labels: Labels): boolean =>
    compiled.some((set) => set.every((matcher) => matcher.matches(labelValue(labels, matcher.name))));
  return groups.map((group) => ({ ...group, rules: group.rules.filter(({ labels }) => isWanted(labels)) }));
}
