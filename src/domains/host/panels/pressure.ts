/** Charts of pressure stalls. */
import type { PanelSection } from "../../../core/panel.ts";
import { perSecond } from "../../../core/promql-text.ts";
import { pressureMetrics } from "../pressure/metrics.ts";

const { pressure } = pressureMetrics;

export const pressurePanels: PanelSection = {
  id: "pressure",
  title: "Pressure",
  overview: ["pressure_some"],
  panels: [
    {
      id: "pressure_some",
      title: "Work held up",
      help: "Share of time in which at least one task waited because a resource was short. It names the bottleneck: cpu, memory or io.",
      unit: "ratio",
      max: 1,
      queries: (["cpu", "memory", "io"] as const).map((resource) => ({
        expr: perSecond(pressure, { resource, stall: "some" }),
        legend: resource,
      })),
      metrics: [pressure.name],
    },
    {
      id: "pressure_full",
      title: "All work held up",
      help: "Share of time in which all tasks that wanted to work waited: time that is simply lost.",
      unit: "ratio",
      max: 1,
      // The kernel counts no full stall of the processors for the whole machine. Source: Documentation/accounting/psi.rst.
      queries: (["memory", "io", "irq"] as const).map((resource) => ({
        expr: perSecond(pressure, { resource, stall: "full" }),
        legend: resource,
      })),
      metrics: [pressure.name],
    },
  ],
};
