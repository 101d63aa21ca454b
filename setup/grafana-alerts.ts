/**
 * The built-in alerts for Grafana's own alerting, as a provisioning file. Keys and their meaning: Grafana 13,
 * pkg/services/provisioning/alerting/rules_types.go.
 */
import { stringify } from "yaml";
import type { AlertRuleDeclaration } from "../src/core/alert-rule.ts";
import type { Domain } from "../src/core/domain.ts";
import { forEveryNode } from "../src/query/every-node.ts";
import { dataSourceUid } from "./grafana-panel.ts";

/** Grafana evaluates once a minute; ChainPulse's own samples are a second apart. */
const timing = { intervalMs: 60_000, samplingIntervalMs: 1000, scraped: true };
const expressions = { type: "__expr__", uid: "__expr__" };

/** One group for each domain that has alerts. */
export function grafanaAlerts(domains: readonly Domain[], notice: string): string {
  const groups = domains
    .filter(({ alerts }) => alerts.length > 0)
    .map(({ id, alerts }) => ({
      orgId: 1,
      name: `chainpulse-${id}`,
      folder: "ChainPulse",
      interval: `${timing.intervalMs / 1000}s`,
      rules: alerts.map(ruleOf),
    }));
  return `# ${notice}\n${stringify({ apiVersion: 1, groups }, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function ruleOf(alert: AlertRuleDeclaration) {
  const { name, expr, forMs, keepFiringForMs = 0, severity, summary, help, action } = alert;
  const relativeTimeRange = { from: 600, to: 0 };
  return {
    uid: `chainpulse-${name}`,
    title: name,
    condition: "B",
    data: [
      {
        refId: "A",
        relativeTimeRange,
        datasourceUid: dataSourceUid,
        model: {
          refId: "A",
          datasource: { type: "prometheus", uid: dataSourceUid },
          editorMode: "code",
          expr: forEveryNode(expr, timing),
          instant: true,
          range: false,
        },
      },
      {
        refId: "B",
        relativeTimeRange,
        datasourceUid: expressions.uid,
        // Our expressions filter: whatever is left of them is an alert, a 0 too, which Grafana would take for "no".
        model: { refId: "B", datasource: expressions, type: "math", expression: "is_number($A)" },
      },
    ],
    // An expression that filters everything out gives no data: all is well.
    noDataState: "OK",
    execErrState: "Error",
    for: `${forMs / 1000}s`,
    ...(keepFiringForMs > 0 && { keepFiringFor: `${keepFiringForMs / 1000}s` }),
    labels: { severity },
    annotations: { summary: grafanaTemplate(summary), description: help, action: grafanaTemplate(action) },
    isPaused: false,
  };
}

/** Grafana's `$value` is a text about all queries; the number of ours is in `$values`. */
function grafanaTemplate(template: string): string {
  return template.replaceAll(/\$value\b/g, "$$values.A.Value");
}
