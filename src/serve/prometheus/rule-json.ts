/** Rules and alerts as Prometheus writes them. Source: web/api/v1/api.go, `RuleGroup`, `AlertingRule`, `RecordingRule`, `Alert`. */
import type { ActiveAlert, RuleGroupStatus, RuleStatus } from "../../core/rule.ts";
import { formatValue } from "./exposition.ts";

/** Go's zero time, which stands for "never". */
const never = "0001-01-01T00:00:00Z";

/** One group with its rules; without `withAlerts` a rule's list of alerts is empty. */
export function groupJson(group: RuleGroupStatus, options: { readonly withAlerts: boolean }): object {
  return {
    name: group.name,
    file: group.file,
    rules: group.rules.map((rule) => ruleJson(rule, options.withAlerts)),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    evaluationTime: group.evaluationDurationMs / 1000,
    lastEvaluation: timeText(group.lastEvaluationMs),
  };
}

function ruleJson(rule: RuleStatus, withAlerts: boolean): object {
  const common = {
    name: rule.name,
    query: rule.query,
    labels: rule.labels,
    health: rule.health,
    ...(rule.lastError === null ? {} : { lastError: rule.lastError }),
    evaluationTime: rule.evaluationDurationMs / 1000,
    lastEvaluation: timeText(rule.lastEvaluationMs),
    type: rule.type,
  };
  if (rule.type === "recording") return common;
  return {
    state: rule.state,
    ...common,
    duration: rule.holdMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    annotations: rule.annotations,
    alerts: withAlerts ? rule.alerts.map(alertJson) : [],
  };
}

/** One alert. */
export function alertJson(alert: ActiveAlert): object {
  const { labels, annotations, state, activeAtMs, keepFiringSinceMs, value } = alert;
  return {
    labels,
    annotations,
    state,
    activeAt: timeText(activeAtMs),
    ...(keepFiringSinceMs === null ? {} : { keepFiringSince: timeText(keepFiringSinceMs) }),
    value: scientific(value),
  };
}

function timeText(timeMs: number | null): string {
  return timeMs === null ? never : new Date(timeMs).toISOString();
}

/** As Go's strconv writes a number with the format `e`: `1e+00`. */
function scientific(value: number): string {
  if (!Number.isFinite(value)) return formatValue(value);
  const text = Object.is(value, -0) ? "-0e+0" : value.toExponential();
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
