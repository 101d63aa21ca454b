/** Alerts that fire, or did until a short while ago, as findings beside those of checks. */
import type { Finding, FindingSeverity } from "../core/finding.ts";
import { formatLabels, type Labels, labelValue } from "../core/labels.ts";
import type { RuleGroup } from "./rules/rule-group.ts";

/** Newest first. `node`: of alerts that do not say which. */
export function alertFindings(groups: readonly RuleGroup[], node: string): readonly Finding[] {
  const findings = groups.flatMap((group) => group.runs.flatMap((run) => findingsOfRun(run, node)));
  return findings.sort((a, b) => b.startMs - a.startMs);
}

function findingsOfRun(run: RuleGroup["runs"][number], node: string): readonly Finding[] {
  return run.alerts.fired().map(({ labels, annotations, firedAtMs, activeAtMs, resolvedAtMs, value }) => ({
    id: `alert:${formatLabels(labels)}@${activeAtMs}`,
    kind: "alert",
    severity: severityOf(labels),
    node: labelValue(labels, "node") || node,
    startMs: firedAtMs ?? activeAtMs,
    endMs: resolvedAtMs,
    sentence: textOf(annotations, ["summary", "message", "description"]) ?? run.definition.name,
    action: textOf(annotations, ["action", "runbook_url"]),
    evidence: [{ expr: run.definition.expr, value: Number.isNaN(value) ? null : value }],
    confidence: null,
  }));
}

/** Rule files say it by convention only: whatever is worse than a warning is critical, whatever is unknown a warning. */
const severities: Readonly<Record<string, FindingSeverity>> = {
  none: "info",
  info: "info",
  warning: "warning",
  critical: "critical",
  page: "critical",
  error: "critical",
};

function severityOf(labels: Labels): FindingSeverity {
  return severities[labelValue(labels, "severity").toLowerCase()] ?? "warning";
}

/** The first of these annotations that there is. */
function textOf(annotations: Labels, names: readonly string[]): string | null {
  const name = names.find((candidate) => labelValue(annotations, candidate) !== "");
  return name === undefined ? null : labelValue(annotations, name);
}
