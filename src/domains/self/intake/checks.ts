/** Whether what others send arrives. Senders give up what is refused: nobody else tells of it. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { intakeMetrics as m } from "./metrics.ts";

const door = `{{${labelOf(m.refused, "door")}}}`;
const reason = `{{${labelOf(m.refused, "reason")}}}`;

export const intakeChecks: readonly CheckDeclaration[] = [
  {
    id: "self.intake_refused",
    title: "What is sent here is taken",
    help: "Samples that are refused are lost: their sender does not send them again.",
    // What the operator has asked to be left out is no loss.
    expr: `increase(${select(m.refused, { reason: { not: "sampled" } })}[10m])`,
    direction: "above",
    warning: 0,
    unit: "count",
    message: `${door}: {{$value}} items were refused within ten minutes (${reason}).`,
    ok: "Nothing was refused within ten minutes.",
    action:
      "The answers to the sender say why; its log has them. Limits are under `ingest` and `storage` in the configuration.",
    metrics: [m.refused.name],
  },
  {
    id: "self.intake_overloaded",
    title: "The ways in have room",
    help: "Senders that are asked to come again keep what they have, as long as they have room.",
    expr: `sum(increase(${select(m.requests, { outcome: "overloaded" })}[5m])) / sum(increase(${select(m.requests)}[5m]))`,
    direction: "above",
    warning: 0.1,
    critical: 0.9,
    forMs: 60_000,
    unit: "ratio",
    message: "{{$value}} of the requests were asked to come again, since {{$since}}.",
    ok: "Requests are taken when they come.",
    action: "Look whether the disk is full or slow, and at the CPU of the threads intake and data.",
    metrics: [m.requests.name],
  },
];
