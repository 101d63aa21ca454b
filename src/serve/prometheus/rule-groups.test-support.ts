/** Rules as the evaluator tells of them, for tests of what is made of them. */
import type { RuleGroupStatus } from "../../core/rule.ts";

const alert = {
  labels: { alertname: "Hot" },
  annotations: { summary: "It is hot." },
  state: "firing",
  activeAtMs: 1000,
  keepFiringSinceMs: 2000,
  value: 41.5,
} as const;
const rule = { query: "up", labels: {}, health: "ok", lastError: null, evaluationDurationMs: 1, lastEvaluationMs: 5 } as const;

/** A rule that has not been evaluated yet. */
const fresh = {
  ...rule,
  type: "recording",
  name: "s",
  labels: { team: "chain" },
  health: "unknown",
  lastEvaluationMs: null,
} as const;

/** A group as the evaluator tells of it, with a rule of each kind. */
export const ruleGroups: readonly RuleGroupStatus[] = [
  {
    name: "g",
    file: "f.yaml",
    intervalMs: 15_000,
    limit: 0,
    evaluationDurationMs: 2,
    lastEvaluationMs: 5,
    rules: [
      { ...rule, type: "recording", name: "r" },
      {
        ...rule,
        type: "alerting",
        name: "Hot",
        labels: { severity: "page" },
        state: "firing",
        holdMs: 60_000,
        keepFiringForMs: 0,
        annotations: alert.annotations,
        alerts: [alert, { ...alert, state: "pending", keepFiringSinceMs: null, value: Number.POSITIVE_INFINITY }],
      },
    ],
  },
  { name: "h", file: "f.yaml", intervalMs: 1, limit: 1, evaluationDurationMs: 0, lastEvaluationMs: null, rules: [fresh] },
];
