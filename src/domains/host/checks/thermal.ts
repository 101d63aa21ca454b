/** Health by heat: the throttling verdict. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { cpuUsage } from "../cpu/expressions.ts";
import { cpuMetrics } from "../cpu/metrics.ts";
import { throttledShare } from "../thermal/expressions.ts";
import { thermalMetrics as m } from "../thermal/metrics.ts";

const minuteMs = 60_000;
const inPackage = `{{${labelOf(m.cpuTemperature, "package")}}}`;

export const thermalChecks: readonly CheckDeclaration[] = [
  {
    id: "host.cpu_throttled",
    title: "Thermal throttling",
    help: "Heat slows the processor down. Limits: 1 % of the time, where it can be seen, and 20 %, where a fifth of the speed may be gone.",
    expr: throttledShare,
    direction: "above",
    warning: 0.01,
    critical: 0.2,
    forMs: minuteMs,
    unit: "ratio",
    message: `Heat slows processor package ${inPackage} down {{$value}} of the time, since {{$since}}.`,
    ok: "Heat slows the processors down {{$value}} of the time.",
    action: "Clean or replace fans and heat sinks, improve the air flow, or lower the power limit.",
    metrics: [m.packageThrottleTime.name],
  },
  {
    id: "host.cpu_throttle_events",
    title: "Thermal throttling of cores",
    help: "Single cores are slowed down by heat before the whole package is.",
    expr: `max by (${labelOf(m.coreThrottles, "package")}) (${perSecond(m.coreThrottles)})`,
    direction: "above",
    warning: 0.1,
    forMs: 2 * minuteMs,
    unit: "count/s",
    message: `Cores of processor package ${inPackage} are throttled by heat {{$value}}, since {{$since}}.`,
    ok: "Heat throttles cores {{$value}}.",
    action: "Check the cooling before the whole processor slows down.",
    metrics: [m.coreThrottles.name],
  },
  {
    id: "host.cpu_frequency",
    title: "Frequency under load",
    help: "Where no counter tells of throttling (AMD, virtual machines), a frequency below half of the hardware's highest on a busy machine does. All cores together run at 65–90 % of the highest of one.",
    expr: `avg(${select(cpuMetrics.cpuFrequency)}) / avg(${select(cpuMetrics.cpuFrequencyLimit, { limit: "hardware_max" })}) and on () (${cpuUsage} > 0.8)`,
    direction: "below",
    warning: 0.5,
    forMs: 2 * minuteMs,
    unit: "ratio",
    message: "The busy processors run at {{$value}} of their highest frequency, since {{$since}}.",
    ok: "The busy processors run at {{$value}} of their highest frequency.",
    action: "See temperatures, the power limit and the frequency governor.",
    metrics: [cpuMetrics.cpuFrequency.name, cpuMetrics.cpuFrequencyLimit.name],
  },
  {
    id: "host.cpu_temperature",
    title: "Processor temperature",
    help: "Processors protect themselves at 95–105 °C; from 85 °C on there is little left for a warm day.",
    expr: select(m.cpuTemperature),
    direction: "above",
    warning: 85,
    critical: 95,
    forMs: minuteMs,
    unit: "celsius",
    message: `Processor package ${inPackage} is at {{$value}} since {{$since}}.`,
    ok: `The hottest processor package, ${inPackage}, is at {{$value}}.`,
    action: "Check fans, heat sinks and the room's temperature.",
    metrics: [m.cpuTemperature.name],
  },
];
