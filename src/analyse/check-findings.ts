/** Checks that say warning or critical, as findings: from the change that opened them to the change that closed them. */
import type { CheckDeclaration, CheckResult } from "../core/check.ts";
import type { Finding } from "../core/finding.ts";

/** `changes` newest first, as the history gives them; so are the findings. */
export function findingsOf(changes: readonly CheckResult[], checks: ReadonlyMap<string, CheckDeclaration>): readonly Finding[] {
  const endMs = new Map<string, number>();
  const findings: Finding[] = [];
  for (const change of changes) {
    if (change.status === "warning" || change.status === "critical") {
      findings.push({
        id: `${change.id}@${change.sinceMs}`,
        kind: "check",
        severity: change.status,
        node: change.node,
        startMs: change.sinceMs,
        endMs: endMs.get(change.id) ?? null,
        sentence: change.message,
        action: change.action,
        evidence: [{ expr: checks.get(change.id)?.expr ?? "", value: change.value }],
        confidence: null,
      });
    }
    endMs.set(change.id, change.timestampMs);
  }
  return findings;
}
