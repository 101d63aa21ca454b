/** Pressure stall information. Source: Documentation/accounting/psi.rst. */
import { defineMetrics } from "../../../core/metric.ts";

export const pressureMetrics = defineMetrics({
  pressure: {
    name: "chainpulse.host.pressure",
    kind: "counter",
    unit: "s",
    help: "Time in which some (or all, `full`) tasks that wanted to work were held up because a resource was short.",
    labels: { resource: ["cpu", "memory", "io", "irq"], stall: ["some", "full"] },
    aliases: [
      { name: "node_pressure_cpu_waiting_seconds_total", where: { resource: "cpu", stall: "some" } },
      { name: "node_pressure_io_waiting_seconds_total", where: { resource: "io", stall: "some" } },
      { name: "node_pressure_io_stalled_seconds_total", where: { resource: "io", stall: "full" } },
      { name: "node_pressure_memory_waiting_seconds_total", where: { resource: "memory", stall: "some" } },
      { name: "node_pressure_memory_stalled_seconds_total", where: { resource: "memory", stall: "full" } },
      { name: "node_pressure_irq_stalled_seconds_total", where: { resource: "irq", stall: "full" } },
    ],
  },
});
