/** The built-in alerts as a rule file, for those who let a Prometheus evaluate them instead of ChainPulse. */
import { stringify } from "yaml";
import type { AlertRuleDeclaration } from "../src/core/alert-rule.ts";
import type { Domain } from "../src/core/domain.ts";
import { forEveryNode } from "../src/query/every-node.ts";

/** Evaluated each minute, over what a Prometheus as in `deploy/prometheus/prometheus.yml` scrapes each 15 s. */
const timing = { intervalMs: 60_000, samplingIntervalMs: 15_000, scraped: true };

/** One group for each domain that has alerts, in Prometheus's format for rule files (2.42 or newer: `keep_firing_for`). */
export function prometheusRules(domains: readonly Domain[], notice: string): string {
  const groups = domains
    .filter(({ alerts }) => alerts.length > 0)
    .map(({ id, alerts }) => ({
      name: `chainpulse-${id}`,
      interval: `${timing.intervalMs / 1000}s`,
      rules: alerts.map(ruleOf),
    }));
  return `# ${notice}\n${stringify({ groups }, { lineWidth: 0 })}`;
}

function ruleOf({ name, expr, forMs, keepFiringForMs = 0, severity, summary, help, action }: AlertRuleDeclaration) {
  return {
    alert: name,
    expr: forEveryNode(expr, timing),
    ...(forMs > 0 && { for: `${forMs / 1000}s` }),
    ...(keepFiringForMs > 0 && { keep_firing_for: `${keepFiringForMs / 1000}s` }),
    labels: { severity },
    annotations: { summary, description: help, action },
  };
}
