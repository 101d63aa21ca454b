/** ChainPulse observes itself like everything else. */
import type { Domain } from "../../core/domain.ts";
import { agentsCollector } from "./agents/agents-collector.ts";
import { agentAlerts } from "./agents/alerts.ts";
import { agentChecks } from "./agents/checks.ts";
import { agentMetrics } from "./agents/metrics.ts";
import { selfAlerts } from "./alerts.ts";
import { selfChecks } from "./checks.ts";
import { forwardChecks } from "./forward/checks.ts";
import { forwardCollector } from "./forward/forward-collector.ts";
import { forwardMetrics } from "./forward/metrics.ts";
import { forwardPanels } from "./forward/panels.ts";
import { intakeChecks } from "./intake/checks.ts";
import { intakeCollector } from "./intake/intake-collector.ts";
import { intakeMetrics } from "./intake/metrics.ts";
import { intakePanels } from "./intake/panels.ts";
import { memoryCollector } from "./memory.ts";
import { selfMetrics } from "./metrics.ts";
import { selfPanels } from "./panels.ts";
import { runtimeCollector } from "./runtime.ts";
import { selfView } from "./views.ts";

export const self: Domain = {
  id: "self",
  title: "ChainPulse",
  metrics: { ...selfMetrics, ...intakeMetrics, ...forwardMetrics, ...agentMetrics },
  collectors: [runtimeCollector, memoryCollector, intakeCollector, forwardCollector, agentsCollector],
  views: [selfView],
  panels: [{ ...selfPanels, panels: [...selfPanels.panels, ...intakePanels, ...forwardPanels] }],
  checks: [...selfChecks, ...intakeChecks, ...forwardChecks, ...agentChecks],
  alerts: [...selfAlerts, ...agentAlerts],
};
