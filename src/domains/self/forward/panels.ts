/** Charts of what leaves. */
import type { Panel } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { forwardMetrics as m } from "./metrics.ts";

const destinationLabel = labelOf(m.forwardSamples, "destination");
const outcomeLabel = labelOf(m.forwardSamples, "outcome");

export const forwardPanels: readonly Panel[] = [
  {
    id: "self-forward-samples",
    title: "Sent on",
    help: "Samples that other servers have taken, refused, or lost because they waited too long.",
    unit: "count/s",
    queries: [{ expr: `rate(${select(m.forwardSamples)}[$window])`, legend: `{{${destinationLabel}}} {{${outcomeLabel}}}` }],
    metrics: [m.forwardSamples.name],
  },
  {
    id: "self-forward-spans",
    title: "Spans sent on",
    help: "Spans that other servers have taken or refused, and those of traces that they are not to get.",
    unit: "count/s",
    queries: [{ expr: `rate(${select(m.forwardSpans)}[$window])`, legend: `{{${destinationLabel}}} {{${outcomeLabel}}}` }],
    metrics: [m.forwardSpans.name],
  },
  {
    id: "self-forward-lag",
    title: "Behind",
    help: "How long ago the oldest sample was stored that a server has not taken yet. It grows while the server is away.",
    unit: "seconds",
    queries: [{ expr: select(m.forwardLag), legend: `{{${destinationLabel}}}` }],
    metrics: [m.forwardLag.name],
  },
];
