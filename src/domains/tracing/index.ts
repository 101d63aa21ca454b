/** The life of transactions and blocks across nodes: what their spans say of where the network waits. */
import type { Domain } from "../../core/domain.ts";
import { tracingAlerts } from "./alerts.ts";
import { tracingChecks } from "./checks.ts";
import { tracingMetrics } from "./metrics.ts";
import { tracingObserver } from "./observer.ts";
import { tracingPanels } from "./panels.ts";

export const tracing: Domain = {
  id: "tracing",
  title: "Tracing",
  metrics: tracingMetrics,
  collectors: [],
  observers: [tracingObserver],
  views: [],
  panels: [tracingPanels],
  checks: tracingChecks,
  alerts: tracingAlerts,
};
