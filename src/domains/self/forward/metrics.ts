/** What leaves for other servers. */
import { destinationKinds } from "../../../core/forward.ts";
import { defineMetrics } from "../../../core/metric.ts";

const destination = { destination: null, "destination.kind": destinationKinds } as const;

export const forwardMetrics = defineMetrics({
  forwardSamples: {
    name: "chainpulse.forward.samples",
    kind: "counter",
    unit: "{sample}",
    help: "Samples that a destination has taken, refused, or lost before it took them.",
    labels: { ...destination, outcome: ["sent", "refused", "dropped", "damaged", "left_out"] },
  },
  forwardSpans: {
    name: "chainpulse.forward.spans",
    kind: "counter",
    unit: "{span}",
    help: "Spans that a destination has taken or refused, and those of traces that are not among the share it gets.",
    labels: { ...destination, outcome: ["sent", "refused", "left_out"] },
  },
  forwardSpanFilesLost: {
    name: "chainpulse.forward.span_files.lost",
    kind: "counter",
    unit: "{file}",
    help: "Files of spans that retention deleted before a destination had all of them.",
    labels: destination,
  },
  forwardRetries: {
    name: "chainpulse.forward.retries",
    kind: "counter",
    unit: "{request}",
    help: "Requests to a destination that failed and were made again.",
    labels: destination,
  },
  forwardPending: {
    name: "chainpulse.forward.pending",
    kind: "updowncounter",
    unit: "{sample}",
    help: "Samples that wait to be sent to a destination.",
    labels: destination,
  },
  forwardPendingSize: {
    name: "chainpulse.forward.pending.size",
    kind: "updowncounter",
    unit: "By",
    help: "Space of the queue that a destination has not come through yet.",
    labels: destination,
  },
  forwardLag: {
    name: "chainpulse.forward.lag",
    kind: "gauge",
    unit: "s",
    help: "How long ago the oldest sample that waits for a destination was stored; 0 where none waits.",
    labels: destination,
  },
  forwardQueueSize: {
    name: "chainpulse.forward.queue.size",
    kind: "updowncounter",
    unit: "By",
    help: "Space that the queue of samples to be sent takes on the disk.",
  },
  forwardUnsent: {
    name: "chainpulse.forward.unsent",
    kind: "counter",
    unit: "{sample}",
    help: "Samples that are stored and not sent on, because the queue had no room for them.",
  },
});
