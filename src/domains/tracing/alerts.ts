/** Alerts about the way of transactions and blocks. Each waits longer than the check of the same thing. */
import type { AlertRuleDeclaration } from "../../core/alert-rule.ts";
import { chainLabel, kindLabel, notPropagated, stageExcess, stageLabel } from "./expressions.ts";

const minuteMs = 60_000;

export const tracingAlerts: readonly AlertRuleDeclaration[] = [
  {
    name: "TraceStageSlower",
    help: "A stage's slow end has been above its own usual one of the last day for ten minutes, by 6 times what varies in the middle half of a day. ChainPulse's own limit.",
    expr: `${stageExcess} > 6`,
    forMs: 10 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: `The stage {{ $labels.${stageLabel} }} of a {{ $labels.${kindLabel} }} on {{ $labels.${chainLabel} }} has become slower.`,
    action: "Open Transactions for the last hour: the critical path and the places of that stage say where.",
  },
  {
    name: "TraceNotPropagated",
    help: "One of five transactions, for five minutes, was not seen by all nodes within a minute. ChainPulse's own limit.",
    expr: `${notPropagated} > 0.2`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: `{{ $value | humanizePercentage }} of the transactions on {{ $labels.${chainLabel} }} do not reach all nodes within a minute.`,
    action: "See the peers of the nodes that have not seen them, and whether their mempools are full.",
  },
];
