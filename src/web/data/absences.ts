/** What the node could not read, looked up by the metrics that a panel needs. */
import type { ReportedAbsence } from "../../core/absence.ts";
import { isLocal, status } from "./server.ts";

/** Absences that touch any of these metrics (dotted names); empty when all could be read, and for nodes that report from elsewhere. */
export function absencesOf(metrics: readonly string[]): readonly ReportedAbsence[] {
  if (!isLocal.value) return [];
  const wanted = new Set(metrics);
  return (status.value?.collect.absences ?? []).filter((absence) => absence.metrics.some((metric) => wanted.has(metric)));
}
