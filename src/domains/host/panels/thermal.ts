/** Charts of heat, throttling and power. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { powerMetrics } from "../power/metrics.ts";
import { thermalMetrics as m } from "../thermal/metrics.ts";

const ofPackage = `package {{${labelOf(m.cpuTemperature, "package")}}}`;
const ofSensor = `{{${labelOf(m.sensorTemperature, "chip")}}} {{${labelOf(m.sensorTemperature, "sensor")}}} {{${labelOf(m.sensorTemperature, "label")}}}`;

export const thermalPanels: PanelSection = {
  id: "thermal",
  title: "Heat and power",
  panels: [
    {
      id: "thermal_cpu",
      title: "Processor temperature",
      help: "Near the critical temperature (mostly 95–105 °C) a processor slows itself down.",
      unit: "celsius",
      queries: [{ expr: select(m.cpuTemperature), legend: ofPackage }],
      metrics: [m.cpuTemperature.name],
    },
    {
      id: "thermal_throttle",
      title: "Time throttled by heat",
      help: "Share of time in which a processor ran slower because it was too hot. Anything above zero costs performance.",
      unit: "ratio",
      queries: [
        { expr: perSecond(m.packageThrottleTime), legend: ofPackage },
        {
          expr: perSecond(m.coreThrottleTime),
          legend: `${ofPackage}, core {{${labelOf(m.coreThrottleTime, "core")}}}`,
        },
      ],
      metrics: [m.packageThrottleTime.name, m.coreThrottleTime.name],
    },
    {
      id: "thermal_throttle_events",
      title: "Throttling events",
      help: "How often heat slowed a processor down.",
      unit: "count/s",
      queries: [
        { expr: perSecond(m.packageThrottles), legend: ofPackage },
        { expr: perSecond(m.coreThrottles), legend: `${ofPackage}, core {{${labelOf(m.coreThrottles, "core")}}}` },
      ],
      metrics: [m.packageThrottles.name, m.coreThrottles.name],
    },
    {
      id: "thermal_sensors",
      title: "Sensors",
      help: "Temperatures of the board, the processors and the drives.",
      unit: "celsius",
      queries: [
        { expr: select(m.sensorTemperature), legend: ofSensor },
        { expr: select(m.zoneTemperature), legend: `zone {{${labelOf(m.zoneTemperature, "type")}}}` },
      ],
      metrics: [m.sensorTemperature.name, m.zoneTemperature.name],
    },
    {
      id: "thermal_fans",
      title: "Fans",
      help: "Revolutions per minute. A fan at 0 that turned before has failed.",
      unit: "count",
      queries: [{ expr: select(m.fanSpeed), legend: ofSensor }],
      metrics: [m.fanSpeed.name],
    },
    {
      id: "power_cpu",
      title: "Processor power",
      help: "Power of each part of the processors, and the limits at which they hold themselves back.",
      unit: "watts",
      queries: [
        {
          expr: perSecond(powerMetrics.energy),
          legend: `{{${labelOf(powerMetrics.energy, "part")}}} {{${labelOf(powerMetrics.energy, "index")}}}`,
        },
        {
          expr: select(powerMetrics.powerLimit),
          legend: `limit of {{${labelOf(powerMetrics.powerLimit, "part")}}} {{${labelOf(powerMetrics.powerLimit, "index")}}}, {{${labelOf(powerMetrics.powerLimit, "constraint")}}}`,
        },
      ],
      metrics: [powerMetrics.energy.name, powerMetrics.powerLimit.name],
    },
    {
      id: "power_sensors",
      title: "Power by sensor",
      help: "Power that sensors on the board report.",
      unit: "watts",
      queries: [{ expr: select(m.sensorPower), legend: ofSensor }],
      metrics: [m.sensorPower.name],
    },
  ],
};
