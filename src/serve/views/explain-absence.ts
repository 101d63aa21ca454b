/** Why a view's field has no value, in the words of whoever knows it best: the view, the collector, or the clock. */
import type { CollectStatus } from "../../collect/api.ts";
import type { Absence, ReportedAbsence } from "../../core/absence.ts";
import type { Config } from "../../core/config.ts";
import type { ViewField } from "../../core/view.ts";
import type { ViewPlan } from "./view-plan.ts";

/** After this many missed ticks a source counts as having stopped; two may be lost to a busy machine. */
const staleAfterTicks = 5;

/** All that may know why a field is empty. */
export interface AbsenceQuestion {
  readonly field: ViewField;
  /** What the query said, when it failed. */
  readonly problem: string | null;
  /** The row's key, when the field is in a row. */
  readonly source: string | null;
  /** Time of the values asked for; `null` when the store is empty. */
  readonly timeMs: number | null;
  readonly nowMs: number;
  readonly status: CollectStatus;
  readonly plan: ViewPlan;
  readonly config: Config;
}

/** The view's own word first, then the query's, the collector's, and at last what the time tells. */
export function explainAbsence(question: AbsenceQuestion): Absence {
  const { field, problem, timeMs, nowMs, status, config } = question;
  if (field.expr === null) {
    return field.absent ?? { reason: "not_built_yet", detail: `nothing is declared that ${field.name} could be read from` };
  }
  if (problem !== null) return { reason: "unsupported", detail: problem };
  const names = question.plan.metricsOf(field.expr).map((metric) => metric.name);
  const reported = reportedFor(names, question.source, status.absences);
  if (reported !== undefined) {
    const { reason, detail, fix } = reported;
    return fix === undefined ? { reason, detail } : { reason, detail, fix };
  }
  if (field.absent !== undefined) return field.absent;
  if (!config.enabled) {
    return { reason: "disabled", detail: "collection is off", fix: "Set performance_monitoring.enabled to true." };
  }
  if (timeMs === null) return { reason: "not_present", detail: "nothing has been collected yet" };
  const { lastTickMs } = status;
  if (lastTickMs !== null && nowMs - lastTickMs > staleAfterTicks * config.sampling_interval_ms) {
    return { reason: "stale", detail: `the last tick was at ${new Date(lastTickMs).toISOString()}` };
  }
  return { reason: "not_present", detail: `${names.join(", ") || field.expr}: no sample at ${new Date(timeMs).toISOString()}` };
}

/** Of a node that reports from elsewhere: why it has no value, only its own server knows. */
export function explainRemote({ name, expr, absent }: ViewField, problem: string | null, node: string): Absence {
  if (expr === null)
    return absent ?? { reason: "not_built_yet", detail: `nothing is declared that ${name} could be read from` };
  if (problem !== null) return { reason: "unsupported", detail: problem };
  return absent ?? { reason: "not_present", detail: `${node} has sent no value`, fix: "Its own page says why: ask it there." };
}

/** The absence that names this row's source; else the first that names one of the metrics. */
function reportedFor(
  names: readonly string[],
  source: string | null,
  absences: readonly ReportedAbsence[],
): ReportedAbsence | undefined {
  const matching = absences.filter((absence) => absence.metrics.some((name) => names.includes(name)));
  return (
    (source === null ? undefined : matching.find((absence) => absence.source.split(/[/:\s]/).includes(source))) ?? matching[0]
  );
}
