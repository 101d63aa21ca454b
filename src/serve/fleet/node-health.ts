/** The checks of a node. This one's are judged here; of one that reports from elsewhere the hub knows what its rules say. */
import type { CheckResult } from "../../core/check.ts";
import { labelValue } from "../../core/labels.ts";
import type { ActiveAlert } from "../../core/rule.ts";
import type { Services } from "../services.ts";

/** Worst first. */
export async function readChecks(services: Services, node: string): Promise<readonly CheckResult[]> {
  if (node === services.nodeId) return services.analyse.checks();
  const alerts = await services.analyse.alerts();
  const firing = alerts.filter(({ labels, state }) => state === "firing" && labelValue(labels, "node") === node);
  const results = firing.map((alert) => ofAlert(alert, node, services.clock.nowMs()));
  return results.sort((a, b) => Number(b.status === "critical") - Number(a.status === "critical"));
}

function ofAlert({ labels, annotations, activeAtMs, value }: ActiveAlert, node: string, nowMs: number): CheckResult {
  const name = labelValue(labels, "alertname");
  const text = (annotation: string): string | null => labelValue(annotations, annotation) || null;
  return {
    id: `alert.${name}`,
    title: name,
    node,
    status: labelValue(labels, "severity") === "critical" ? "critical" : "warning",
    timestampMs: nowMs,
    sinceMs: activeAtMs,
    value: Number.isFinite(value) ? value : null,
    message: text("summary") ?? name,
    action: text("action"),
    reason: null,
  };
}
