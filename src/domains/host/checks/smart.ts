/** Health of drives. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { nvmeMetrics, smartMetrics } from "../smart/metrics.ts";

const device = labelOf(smartMetrics.passed, "system.device");

export const smartChecks: readonly CheckDeclaration[] = [
  {
    id: "host.drive_health",
    title: "Drives' own assessment",
    help: "A drive that says it is failing loses data soon (NVMe: a critical warning is set; ATA: an attribute is below its threshold).",
    expr: select(smartMetrics.passed),
    direction: "below",
    critical: 1,
    intervalMs: 60_000,
    unit: "count",
    message: `{{${device}}} assesses itself as failing since {{$since}}.`,
    ok: "Every drive assesses itself as healthy.",
    action: "Back up what is on it and replace it; see smartctl -x for what it complains of.",
    metrics: [smartMetrics.passed.name],
  },
  {
    id: "host.drive_endurance",
    title: "Endurance of drives",
    help: "Flash wears out by writing; chain databases write much. Beyond 100 % the maker no longer answers for it (NVMe Base Specification 2.0, Percentage Used).",
    expr: select(smartMetrics.endurance),
    direction: "above",
    warning: 0.9,
    critical: 1,
    intervalMs: 60_000,
    unit: "ratio",
    message: `{{$value}} of the endurance of {{${device}}} is used up.`,
    ok: `{{${device}}} is worn most: {{$value}} of its endurance is used up.`,
    action: "Plan its replacement.",
    metrics: [smartMetrics.endurance.name],
  },
  {
    id: "host.nvme_live",
    title: "NVMe controllers",
    help: "A controller that is not live serves nothing; one that resets again and again is failing or overheated.",
    expr: select(nvmeMetrics.live),
    direction: "below",
    critical: 1,
    intervalMs: 30_000,
    unit: "count",
    message: `The controller {{${labelOf(nvmeMetrics.live, "nvme.controller")}}} is not live since {{$since}}.`,
    ok: "Every NVMe controller is live.",
    action: "See the kernel's log (dmesg) for nvme; check its seat and its temperature, and back up what it still gives.",
    metrics: [nvmeMetrics.live.name],
  },
];
