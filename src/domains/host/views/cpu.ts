/** What is shown of a node's processors. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import type { ViewGroup } from "../../../core/view.ts";
import { cpuShare, cpuShareByCore, cpuUsage, cpuUsageByCore } from "../cpu/expressions.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { powerMetrics } from "../power/metrics.ts";
import { pressureMetrics } from "../pressure/metrics.ts";
import { throttledShare } from "../thermal/expressions.ts";
import { thermalMetrics } from "../thermal/metrics.ts";

const percent = { unit: "%", scale: 100 } as const;

export const cpuView: ViewGroup = {
  name: "cpu",
  help: "Processors and scheduling.",
  fields: [
    {
      name: "usagePercent",
      help: "Share of time in which processors were neither idle nor waiting for input and output.",
      expr: cpuUsage,
      ...percent,
    },
    {
      name: "temperature",
      help: "Temperature of the hottest processor package.",
      unit: "Cel",
      expr: select(thermalMetrics.cpuTemperature),
      reduce: "max",
    },
    { name: "userPercent", help: "Share of time in programs.", expr: cpuShare("user", "nice"), ...percent },
    { name: "systemPercent", help: "Share of time in the kernel.", expr: cpuShare("system"), ...percent },
    {
      name: "iowaitPercent",
      help: "Share of time idle while input or output was outstanding.",
      expr: cpuShare("iowait"),
      ...percent,
    },
    {
      name: "interruptPercent",
      help: "Share of time in interrupts and soft interrupts.",
      expr: cpuShare("interrupt", "softirq"),
      ...percent,
    },
    {
      name: "stealPercent",
      help: "Share of time that the hypervisor gave to other machines.",
      expr: cpuShare("steal"),
      ...percent,
    },
    {
      name: "imbalancePercent",
      help: "Usage of the busiest core minus the mean of all.",
      expr: select(cpuMetrics.cpuImbalance, { scope: "core" }),
      ...percent,
    },
    {
      name: "frequencyHertz",
      help: "Mean frequency of the processors.",
      unit: "Hz",
      expr: select(cpuMetrics.cpuFrequency),
      reduce: "avg",
    },
    {
      name: "throttledPercent",
      help: "Share of time in which heat slowed a processor package down, the worst one.",
      expr: throttledShare,
      reduce: "max",
      ...percent,
    },
    {
      name: "powerWatts",
      help: "Power of all processor packages.",
      unit: "W",
      expr: perSecond(powerMetrics.energy, { part: "package" }),
      reduce: "sum",
    },
    {
      name: "pressurePercent",
      help: "Share of time in which some task waited for a processor.",
      expr: perSecond(pressureMetrics.pressure, { resource: "cpu", stall: "some" }),
      ...percent,
    },
    { name: "logicalCount", help: "Logical processors that are online.", unit: "1", expr: select(cpuMetrics.logicalCount) },
    { name: "physicalCount", help: "Physical cores that are online.", unit: "1", expr: select(cpuMetrics.physicalCount) },
    { name: "loadAverage1m", help: "Load average over one minute.", unit: "1", expr: select(cpuMetrics.load1) },
    { name: "loadAverage5m", help: "Load average over five minutes.", unit: "1", expr: select(cpuMetrics.load5) },
    { name: "loadAverage15m", help: "Load average over fifteen minutes.", unit: "1", expr: select(cpuMetrics.load15) },
    { name: "runningTasks", help: "Tasks that run or wait for a processor.", unit: "1", expr: select(cpuMetrics.tasksRunning) },
    { name: "blockedTasks", help: "Tasks that wait for input or output.", unit: "1", expr: select(cpuMetrics.tasksBlocked) },
    { name: "contextSwitchesPerSecond", help: "Context switches.", unit: "1/s", expr: perSecond(cpuMetrics.contextSwitches) },
    { name: "interruptsPerSecond", help: "Interrupts.", unit: "1/s", expr: perSecond(cpuMetrics.interrupts) },
  ],
  lists: [
    {
      name: "coreMetrics",
      help: "The logical processors.",
      key: {
        field: "coreId",
        label: labelOf(cpuMetrics.cpuTime, "cpu.logical_number"),
        help: "Number of the logical processor.",
      },
      fields: [
        {
          name: "usagePercent",
          help: "Share of time in which the processor was neither idle nor waiting.",
          expr: cpuUsageByCore,
          ...percent,
        },
        { name: "userPercent", help: "Share of time in programs.", expr: cpuShareByCore("user", "nice"), ...percent },
        { name: "systemPercent", help: "Share of time in the kernel.", expr: cpuShareByCore("system"), ...percent },
        {
          name: "iowaitPercent",
          help: "Share of time idle while input or output was outstanding.",
          expr: cpuShareByCore("iowait"),
          ...percent,
        },
        {
          name: "stealPercent",
          help: "Share of time that the hypervisor gave to other machines.",
          expr: cpuShareByCore("steal"),
          ...percent,
        },
        {
          name: "frequencyHertz",
          help: "Frequency at which the processor runs.",
          unit: "Hz",
          expr: select(cpuMetrics.cpuFrequency),
        },
      ],
    },
  ],
};
