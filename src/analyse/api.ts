/** What the analyse thread answers. */
import type { CheckResult } from "../core/check.ts";
import type { Config } from "../core/config.ts";
import type { Finding } from "../core/finding.ts";
import type { LabelMatcher } from "../core/labels.ts";
import type { ActiveAlert, RuleGroupStatus } from "../core/rule.ts";
import type { GroupDefinition } from "./rules/rule-definition.ts";

export interface AnalyseApi {
  /** The newest result of every check, worst first. */
  checks(): readonly CheckResult[];
  /** Changes of status of one check, or of all, newest first. */
  checkHistory(id: string | null, limit: number): readonly CheckResult[];
  findings(limit: number): readonly Finding[];
  /**
   * The groups of all rule files, by file and name; rules in the order of their file. With sets of matchers only the rules whose own
   * labels one of them accepts, so that a group may have none.
   */
  ruleGroups(matchers?: readonly (readonly LabelMatcher[])[]): readonly RuleGroupStatus[];
  /** What is pending or firing now, in the order of `ruleGroups`. */
  alerts(): readonly ActiveAlert[];
  /** Takes over a changed configuration and its rule files; what is known of alerts goes on. */
  reconfigure(config: Config, ruleGroups: readonly GroupDefinition[]): Promise<void>;
}
