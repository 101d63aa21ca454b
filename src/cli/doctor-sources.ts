/** What can be read and what cannot, as items of the doctor's report: from a running server, or from a probe of our own. */
import type { Absence, ReportedAbsence } from "../core/absence.ts";
import type { CheckResult } from "../core/check.ts";
import type { DoctorItem } from "./doctor-report.ts";

/** The part of a collector's status that the report needs; a server of another version may know further states. */
interface SourceCollector {
  readonly id: string;
  readonly title: string;
  readonly state: string;
  readonly error: string | null;
}

type SourceAbsence = Pick<ReportedAbsence, "collector" | "source" | "metrics" | "reason" | "detail"> & {
  readonly fix?: Absence["fix"] | undefined;
};

export interface Sources {
  readonly collectors: readonly SourceCollector[];
  readonly absences: readonly SourceAbsence[];
  readonly series: number;
}

export type DoctorCheck = Pick<CheckResult, "id" | "status" | "message" | "action">;

/** One item for what works, one per collector that fails, one per thing that cannot be read. */
export function sourceItems({ collectors, absences, series }: Sources): readonly DoctorItem[] {
  const failing = collectors.filter(({ state }) => state === "failing" || state === "open");
  const working = collectors.filter(({ state }) => state === "ok").length;
  return [
    {
      area: "sources",
      subject: "collectors",
      state: "ok",
      detail: `${working} of ${collectors.length} work, ${series} series`,
    },
    ...failing.map(({ id, title, error }) => ({
      area: "sources" as const,
      subject: id,
      state: "broken" as const,
      detail: `${title}: ${error ?? "keeps failing"}`,
    })),
    ...absences.map(absenceItem),
  ];
}

/** The node's health checks; `unknown` ones are absent, for their metrics are. */
export function checkItems(checks: readonly DoctorCheck[]): readonly DoctorItem[] {
  return checks.map(({ id, status, message, action }) => ({
    area: "checks",
    subject: id,
    state: status === "critical" || status === "warning" ? "broken" : status === "unknown" ? "absent" : "ok",
    detail: message,
    ...(action === null ? {} : { fix: action }),
  }));
}

function absenceItem({ collector, source, metrics, reason, detail, fix }: SourceAbsence): DoctorItem {
  return {
    area: "sources",
    subject: collector,
    // What was read before and has stopped is a fault; the rest is how the machine is.
    state: reason === "stale" ? "broken" : "absent",
    // Most details name their source already.
    detail: `${reason}: ${detail.includes(source) ? detail : `${source}: ${detail}`}`,
    metrics,
    ...(fix === undefined ? {} : { fix }),
  };
}
