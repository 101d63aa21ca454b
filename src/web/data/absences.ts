/** What the node could not read, looked up by the metrics that a panel needs. */
import type { ReportedAbsence } from "../../core/absence.ts";
import { status } from "./server.ts";

/** Absences that touch any of these metrics (dotted names); empty when all could be read. */
export function absencesOf(metrics: readonly string[]): readonly ReportedAbsence[] {
  const wanted = new Set(metrics);
  return (status.value?.collect.absences ?? []).filter((absence) => absence.metrics.some((metric) => wanted.has(metric)));
}
