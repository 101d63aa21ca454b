/**
 * Rules and their alerts in the shapes of `/api/v1/rules` and `/api/v1/alerts` (prometheus/docs querying/api.md; web/api/v1/api.go), and
 * what a reader asks of them first: how bad is it, and which ones.
 */
import type { Labels } from "../../core/labels.ts";

export type AlertState = "firing" | "pending" | "inactive";

export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: AlertState;
  /** RFC 3339. */
  readonly activeAt: string;
  /** A number as text, because JSON has no `NaN`. */
  readonly value: string;
}

interface RuleBase {
  readonly name: string;
  /** PromQL. */
  readonly query: string;
  readonly labels?: Labels;
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** Seconds. */
  readonly evaluationTime: number;
  /** RFC 3339; the year 1 where there was none yet. */
  readonly lastEvaluation: string;
}

export interface AlertingRule extends RuleBase {
  readonly type: "alerting";
  readonly state: AlertState;
  /** `for` and `keep_firing_for`, seconds. */
  readonly duration: number;
  readonly keepFiringFor?: number;
  readonly annotations?: Labels;
  readonly alerts: readonly ActiveAlert[];
}

export interface RecordingRule extends RuleBase {
  readonly type: "recording";
}

export type Rule = AlertingRule | RecordingRule;

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  /** Seconds. */
  readonly interval: number;
  readonly rules: readonly Rule[];
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
}

/** What a list can be narrowed to. `failing`: the rule could not be evaluated. */
export const ruleStates = ["firing", "pending", "inactive", "failing", "recording"] as const;
export type RuleState = (typeof ruleStates)[number];

/** The one word that a rule's line begins with. An alert that fires is worse news than one that cannot be judged. */
export function stateOf(rule: Rule): RuleState {
  if (rule.type === "alerting" && rule.state === "firing") return "firing";
  if (rule.health === "err") return "failing";
  return rule.type === "recording" ? "recording" : rule.state;
}

export interface RuleFilter {
  /** Words that must all occur somewhere in the rule or its alerts. */
  readonly text: string;
  readonly state: RuleState | "all";
}

/** The groups that have matching rules, with those only: the worst rule of each group first, and the group with the worst rule first. */
export function filterGroups(groups: readonly RuleGroup[], { text, state }: RuleFilter): readonly RuleGroup[] {
  const words = text.toLowerCase().split(/\s+/);
  return groups
    .map((group) => ({
      ...group,
      rules: group.rules
        .filter((rule) => state === "all" || stateOf(rule) === state)
        .filter((rule) => words.every((word) => searchText(group, rule).includes(word)))
        .toSorted((a, b) => rankOf(a) - rankOf(b)),
    }))
    .filter((group) => group.rules.length > 0)
    .toSorted((a, b) => worstRank(a) - worstRank(b));
}

/** How many rules are in each state. */
export function countStates(groups: readonly RuleGroup[]): ReadonlyMap<RuleState, number> {
  const rules = groups.flatMap((group) => group.rules);
  return new Map(ruleStates.map((state) => [state, rules.filter((rule) => stateOf(rule) === state).length]));
}

/** ms since the epoch; `null` for Go's zero time, which says that there was none. */
export function timeOf(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? null : ms;
}

/** An address that a reader may follow: of the web, and nothing but the address. Annotations are written by rules and by series' labels. */
export function safeLink(text: string): string | null {
  if (!/^https?:\/\/\S+$/.test(text) || !URL.canParse(text)) return null;
  const { protocol, username, password, href } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "" ? href : null;
}

const ranks: Readonly<Record<RuleState, number>> = { firing: 0, failing: 1, pending: 2, inactive: 3, recording: 4 };

function rankOf(rule: Rule): number {
  return ranks[stateOf(rule)];
}

function worstRank({ rules }: RuleGroup): number {
  return Math.min(...rules.map(rankOf));
}

function searchText(group: RuleGroup, rule: Rule): string {
  const alerts = rule.type === "alerting" ? rule.alerts : [];
  const labels = [rule.labels ?? {}, ...alerts.map((alert) => alert.labels)];
  return [group.name, rule.name, rule.query, ...labels.flatMap((one) => Object.entries(one).map((pair) => pair.join("=")))]
    .join(" ")
    .toLowerCase();
}
