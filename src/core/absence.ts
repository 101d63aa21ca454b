/** Why a value is not there. What cannot be read is never 0: it is absent, with one of these reasons. */
export const absenceReasons = {
  unsupported: "This platform, kernel or device does not offer it.",
  no_permission: "It exists, but this process may not read it.",
  not_present: "Not present on this machine.",
  stale: "It was read before, and its source has stopped answering.",
  disabled: "A setting switches it off.",
  limit_reached: "A limit is reached, and what is beyond it is left out.",
  not_built_yet: "ChainPulse cannot read it yet.",
} as const;

export type AbsenceReason = keyof typeof absenceReasons;

export interface Absence {
  readonly reason: AbsenceReason;
  /** What was tried and what happened, with the failing path or address: `open /proc/pressure/cpu: ENOENT`. */
  readonly detail: string;
  /** What the operator can do about it; left out where nothing can be done. */
  readonly fix?: string;
}

/** An absence as the scheduler keeps it: which collector, which metrics, since when. */
export interface ReportedAbsence extends Absence {
  readonly collector: string;
  /** Distinguishes several absences of one collector: a path, a device, a target. */
  readonly source: string;
  /** Dotted names of the metrics that cannot be had because of it. */
  readonly metrics: readonly string[];
  readonly sinceMs: number;
}
