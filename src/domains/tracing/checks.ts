/** Whether transactions and blocks come through the network as they usually do. */
import type { CheckDeclaration } from "../../core/check.ts";
import { chainLabel, kindLabel, notPropagated, stageExcess, stageLabel } from "./expressions.ts";
import { tracingMetrics as t } from "./metrics.ts";

const minuteMs = 60_000;

export const tracingChecks: readonly CheckDeclaration[] = [
  {
    id: "tracing.stage_regression",
    title: "No stage has become slower",
    help: "The slow end (19 of 20) of a stage over ten minutes, against its own middle of the last day, in spreads of the middle half of that day. Limits (ChainPulse's own): 6 and 12; of a normal distribution, 6 is never reached.",
    expr: stageExcess,
    direction: "above",
    warning: 6,
    critical: 12,
    forMs: 5 * minuteMs,
    intervalMs: 30_000,
    unit: "count",
    message: `The stage {{${stageLabel}}} of a {{${kindLabel}}} on {{${chainLabel}}} takes {{$value}} times its usual variation longer than usual, since {{$since}}.`,
    ok: "Every stage takes as long as in the last day.",
    action: "Open Transactions for the last hour: the critical path and the places of that stage say where.",
    metrics: [t.stageLatency.name],
  },
  {
    id: "tracing.not_propagated",
    title: "Transactions reach all nodes",
    help: "Share of transactions that a minute after they were seen first wait, and that some nodes have not seen. Limits (ChainPulse's own): one of ten, one of two.",
    expr: notPropagated,
    direction: "above",
    warning: 0.1,
    critical: 0.5,
    intervalMs: 30_000,
    unit: "ratio",
    message: `{{$value}} of the transactions on {{${chainLabel}}} have not reached all nodes within a minute.`,
    ok: "Transactions reach all nodes that are watched.",
    action: "See the peers of the nodes that have not seen them, and whether their mempools are full.",
    metrics: [t.labelled.name, t.flows.name],
  },
];
