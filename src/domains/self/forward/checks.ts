/** Whether what is to leave does. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { forwardMetrics as m } from "./metrics.ts";

const destination = labelOf(m.forwardLag, "destination");

export const forwardChecks: readonly CheckDeclaration[] = [
  {
    id: "self.forward_lag",
    title: "Samples reach other servers",
    help: "While a destination is away samples wait on the disk; beyond the limits of `forwarding` the oldest are dropped.",
    expr: select(m.forwardLag),
    direction: "above",
    warning: 60,
    critical: 3600,
    unit: "seconds",
    message: `{{${destination}}} is {{$value}} behind: it is away, or takes samples too slowly.`,
    ok: "No destination is further behind than {{$value}}.",
    action: "Look at /api/v1/performance/forwarding for the error; sending goes on by itself.",
    metrics: [m.forwardLag.name],
  },
  {
    id: "self.forward_dropped",
    title: "No samples are lost on their way",
    help: "Dropped samples waited too long or were too many; refused ones the destination will never take.",
    expr: `sum by (${destination}) (increase(${select(m.forwardSamples, { outcome: { any: ["refused", "dropped", "damaged"] } })}[10m]))`,
    direction: "above",
    warning: 0,
    unit: "count",
    message: `{{$value}} samples for {{${destination}}} were refused or dropped within ten minutes.`,
    ok: "No sample was refused or dropped within ten minutes.",
    action:
      "Look at /api/v1/performance/forwarding for the reason: a limit of the destination, samples out of order, an outage.",
    metrics: [m.forwardSamples.name],
  },
  {
    id: "self.forward_spans_lost",
    title: "No spans are deleted before they were sent",
    help: "Spans wait in their own store; what is deleted there before it was sent never comes to the other server.",
    expr: `sum by (${destination}) (increase(${select(m.forwardSpanFilesLost)}[1h]))`,
    direction: "above",
    warning: 0,
    unit: "count",
    message: `{{$value}} files of spans for {{${destination}}} were deleted unsent within an hour.`,
    ok: "No file of spans was deleted unsent within an hour.",
    action: "The server was away for longer than telemetry.traces keeps spans: give it more room, or bring the server back.",
    metrics: [m.forwardSpanFilesLost.name],
  },
  {
    id: "self.forward_spans_refused",
    title: "Other servers take the spans they get",
    help: "A span that was refused is not sent again.",
    expr: `sum by (${destination}) (increase(${select(m.forwardSpans, { outcome: "refused" })}[10m]))`,
    direction: "above",
    warning: 0,
    unit: "count",
    message: `{{$value}} spans were refused by {{${destination}}} within ten minutes.`,
    ok: "No span was refused within ten minutes.",
    action: "The log has the server's reason: a limit of it, a wrong token, a path that is not one of OTLP.",
    metrics: [m.forwardSpans.name],
  },
];
