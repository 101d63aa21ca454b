/** The blockchain clients on this machine: whether they keep up, where their time goes, what their validators do. */
import type { Domain } from "../../core/domain.ts";
import { chainAlerts } from "./alerts.ts";
import { chainMetrics } from "./all-metrics.ts";
import { chainChecks } from "./checks.ts";
import { chainEvents } from "./events.ts";
import { chainFleet } from "./fleet.ts";
import { chainObserver } from "./observer.ts";
import { chainPanels } from "./panels.ts";
import { chainView } from "./views/chain.ts";

export const chain: Domain = {
  id: "chain",
  title: "Chain",
  metrics: chainMetrics,
  collectors: [],
  observers: [chainObserver],
  events: chainEvents,
  views: [chainView],
  panels: chainPanels,
  checks: chainChecks,
  alerts: chainAlerts,
  fleet: chainFleet,
};
