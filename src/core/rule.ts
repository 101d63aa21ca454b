/**
 * Rules as the other stages see them: what the evaluator says of its groups, rules and alerts. The fields are those of
 * Prometheus's `/api/v1/rules` and `/api/v1/alerts` (source: web/api/v1/api.go, RuleGroup, AlertingRule, RecordingRule, Alert),
 * with times and durations in ms.
 */
import type { Labels } from "./labels.ts";

/** Since when each alert is active, in seconds since the epoch: alerts go on from it after a restart. Source: Prometheus rules/alerting.go. */
export const activeSinceSeries = "ALERTS_FOR_STATE";

/** What the evaluator stores of alerts, for readers of `/metrics`; rules that record have no words of their own. */
export const alertSeriesHelp: ReadonlyMap<string, string> = new Map([
  ["ALERTS", "1 while an alert is in the state alertstate: pending or firing."],
  [activeSinceSeries, "Since when an alert is active, in seconds since 1970."],
]);

export type AlertState = "inactive" | "pending" | "firing";

/** `unknown`: not evaluated yet. */
export type RuleHealth = "unknown" | "ok" | "err";

/** An alert that is pending or firing now. */
export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: Exclude<AlertState, "inactive">;
  readonly activeAtMs: number;
  /** Since when its condition is gone while `keep_firing_for` lets it fire on; else `null`. */
  readonly keepFiringSinceMs: number | null;
  readonly value: number;
}

interface RuleStatusBase {
  readonly name: string;
  /** The expression in canonical spelling. */
  readonly query: string;
  readonly labels: Labels;
  readonly health: RuleHealth;
  /** Why the last evaluation failed; `null` when it did not. */
  readonly lastError: string | null;
  readonly evaluationDurationMs: number;
  /** ms since the epoch; `null` before the first evaluation. */
  readonly lastEvaluationMs: number | null;
}

export interface RecordingRuleStatus extends RuleStatusBase {
  readonly type: "recording";
}

export interface AlertingRuleStatus extends RuleStatusBase {
  readonly type: "alerting";
  /** The worst of its alerts. */
  readonly state: AlertState;
  /** `for`. */
  readonly holdMs: number;
  readonly keepFiringForMs: number;
  readonly annotations: Labels;
  readonly alerts: readonly ActiveAlert[];
}

export type RuleStatus = AlertingRuleStatus | RecordingRuleStatus;

export interface RuleGroupStatus {
  readonly name: string;
  /** Path of the rule file; `built-in:<domain>` for ChainPulse's own. */
  readonly file: string;
  readonly intervalMs: number;
  /** Most alerts or series that one rule may produce; 0: no limit. */
  readonly limit: number;
  readonly rules: readonly RuleStatus[];
  readonly evaluationDurationMs: number;
  readonly lastEvaluationMs: number | null;
}
