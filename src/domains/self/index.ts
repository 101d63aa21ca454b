/** ChainPulse observes itself like everything else. */
import type { Domain } from "../../core/domain.ts";
import { selfAlerts } from "./alerts.ts";
import { selfChecks } from "./checks.ts";
import { memoryCollector } from "./memory.ts";
import { selfMetrics } from "./metrics.ts";
import { selfPanels } from "./panels.ts";
import { runtimeCollector } from "./runtime.ts";
import { selfView } from "./views.ts";

export const self: Domain = {
  id: "self",
  title: "ChainPulse",
  metrics: selfMetrics,
  collectors: [runtimeCollector, memoryCollector],
  views: [selfView],
  panels: [selfPanels],
  checks: selfChecks,
  alerts: selfAlerts,
};
