/** Health checks as data: an expression, its limits, a sentence. The analyse stage runs them. */
import type { AbsenceReason } from "./absence.ts";

export const checkStatuses = ["ok", "warning", "critical", "unknown"] as const;

export type CheckStatus = (typeof checkStatuses)[number];

export interface CheckDeclaration {
  /** `domain.what`, e.g. `host.disk_space`. */
  readonly id: string;
  readonly title: string;
  /** What it protects from, and where its limits come from. */
  readonly help: string;
  /** PromQL text from `promql-text.ts`; each element of the vector is judged on its own, the worst decides. */
  readonly expr: string;
  /** `above`: bad when the value is greater than the limit; `below`: when it is less. */
  readonly direction: "above" | "below";
  readonly warning?: number;
  readonly critical?: number;
  /** How long a limit must be passed without a break before the check says so. Default: 0. */
  readonly forMs?: number;
  /** Default: 10 s. */
  readonly intervalMs?: number;
  /** Further expressions whose first element the sentence may name: `{{name.label}}`, `{{name.$value}}`. */
  readonly details?: Readonly<Record<string, string>>;
  /** How `$value` is written: `ratio` as %, `bytes` with a prefix … */
  readonly unit: "ratio" | "bytes" | "seconds" | "celsius" | "count" | "count/s";
  /**
   * The sentence when a limit is passed: `{{label}}`, `{{$value}}`, `{{$since}}` are filled in. A clause in `[…]` is left out when
   * a name in it has no value, so that a sentence need not know whether the machine can tell.
   */
  readonly message: string;
  /** The sentence when no limit is passed, filled in the same way. Default: the title and the value. */
  readonly ok?: string;
  /** What to do about it. */
  readonly action: string;
  /** Dotted names of the metrics it needs; without them the check is `unknown` with their reason. */
  readonly metrics: readonly string[];
}

/** What one check said at one time. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly node: string;
  readonly status: CheckStatus;
  readonly timestampMs: number;
  /** Since when the status holds: ms since the epoch. */
  readonly sinceMs: number;
  /** The worst element's value; `null` when unknown. */
  readonly value: number | null;
  readonly message: string;
  readonly action: string | null;
  /** Why the status is `unknown`; else `null`. */
  readonly reason: AbsenceReason | null;
}

/** Worst first. What a machine does not have (`not_present`, `unsupported` …) is no worry; a source that went silent is. */
export function severityOf(result: Pick<CheckResult, "status" | "reason">): number {
  if (result.status === "critical") return 3;
  if (result.status === "warning") return 2;
  return result.status === "unknown" && result.reason === "stale" ? 1 : 0;
}

/** The status of a node: the worst of its checks. */
export function overallStatus(results: readonly Pick<CheckResult, "status" | "reason">[]): CheckStatus {
  if (results.length === 0) return "unknown";
  const worst = Math.max(...results.map(severityOf));
  return (["ok", "unknown", "warning", "critical"] as const)[worst] ?? "unknown";
}
