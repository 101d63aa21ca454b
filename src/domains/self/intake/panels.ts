/** Charts of what comes in. */
import type { Panel } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { intakeMetrics as m } from "./metrics.ts";

const doorLabel = labelOf(m.requests, "door");
const outcomeLabel = labelOf(m.requests, "outcome");
const kindLabel = labelOf(m.received, "kind");
const reasonLabel = labelOf(m.refused, "reason");

export const intakePanels: readonly Panel[] = [
  {
    id: "self-intake-received",
    title: "Received",
    help: "Samples, spans and log records that others send here and that are stored, by the way they came.",
    unit: "count/s",
    form: "stacked",
    queries: [{ expr: `rate(${select(m.received)}[$window])`, legend: `{{${doorLabel}}} {{${kindLabel}}}` }],
    metrics: [m.received.name],
  },
  {
    id: "self-intake-requests",
    title: "Requests to the ways in",
    help: "How requests ended. Refused ones are lost; overloaded ones come again.",
    unit: "count/s",
    queries: [
      {
        expr: `sum by (${doorLabel}, ${outcomeLabel}) (rate(${select(m.requests)}[$window]))`,
        legend: `{{${doorLabel}}} {{${outcomeLabel}}}`,
      },
    ],
    metrics: [m.requests.name],
  },
  {
    id: "self-intake-refused",
    title: "Refused",
    help: "What was sent and not taken, by reason: it is lost. The sender's log has the answers.",
    unit: "count/s",
    queries: [{ expr: `rate(${select(m.refused)}[$window])`, legend: `{{${doorLabel}}} {{${reasonLabel}}}` }],
    metrics: [m.refused.name],
  },
];
