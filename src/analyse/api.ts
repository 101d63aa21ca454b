/** What the analyse thread answers. */
import type { CheckResult } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";

export interface AnalyseApi {
  /** The newest result of every check, worst first. */
  checks(): readonly CheckResult[];
  /** Changes of status of one check, or of all, newest first. */
  checkHistory(id: string | null, limit: number): readonly CheckResult[];
  findings(limit: number): readonly Finding[];
}
