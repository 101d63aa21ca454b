/** What comes in from elsewhere, and what of it is not taken. */
import { besideKinds, doorNames, receivedKinds, refusalReasons, requestOutcomes } from "../../../core/intake.ts";
import { defineMetrics } from "../../../core/metric.ts";

const door = { door: doorNames } as const;

export const intakeMetrics = defineMetrics({
  requests: {
    name: "chainpulse.intake.requests",
    kind: "counter",
    unit: "{request}",
    help: "Requests that brought telemetry, by how they ended: stored, refused for good, asked to come again, or failed here.",
    labels: { ...door, outcome: requestOutcomes },
  },
  bodies: {
    name: "chainpulse.intake.bodies",
    kind: "counter",
    unit: "By",
    help: "Size of the bodies of these requests as they came, compressed where they are.",
    labels: door,
  },
  received: {
    name: "chainpulse.intake.received",
    kind: "counter",
    unit: "{item}",
    help: "What was received and stored; native histograms are among the samples too.",
    labels: { ...door, kind: receivedKinds },
  },
  refused: {
    name: "chainpulse.intake.refused",
    kind: "counter",
    unit: "{item}",
    help: "What was received and not stored, by reason.",
    labels: { ...door, reason: refusalReasons },
  },
  inFlight: {
    name: "chainpulse.intake.in_flight",
    kind: "gauge",
    unit: "By",
    help: "Bodies of requests that are worked on now; at 128 MiB senders are asked to come again.",
    rollup: "max",
  },
  seriesHeld: {
    name: "chainpulse.intake.series",
    kind: "gauge",
    unit: "{series}",
    help: "Series that others write here now.",
  },
  besideSize: {
    name: "chainpulse.telemetry.size",
    kind: "gauge",
    unit: "By",
    help: "Size of what is stored beside samples: spans, log records, exemplars, metadata, events.",
    labels: { kind: besideKinds },
  },
  besideFailed: {
    name: "chainpulse.telemetry.failed",
    kind: "counter",
    unit: "{item}",
    help: "Spans, log records, exemplars and events that could not be written, because the disk was full or does not work.",
  },
});
