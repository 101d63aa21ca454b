/**
 * The OpenTelemetry → Prometheus translation of names.
 * Source: OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md, "OTLP Metric points to Prometheus".
 */
import { type Unit, unitWords } from "./units.ts";

/** `system.cpu.time`, counter, `s` → `system_cpu_time_seconds_total`. */
export function prometheusName(metric: { readonly name: string; readonly kind: string; readonly unit: Unit }): string {
  const word = unitWord(metric.unit);
  let name = prometheusLabel(metric.name);
  // "ratio" names a share; on a counter of things with unit 1 the word would be false.
  if (word !== "" && !(metric.unit === "1" && metric.kind !== "gauge") && !name.endsWith(`_${word}`)) name += `_${word}`;
  return metric.kind === "counter" && !name.endsWith("_total") ? `${name}_total` : name;
}

/** `cpu.logical_number` → `cpu_logical_number`: what is not a letter, digit or underscore becomes an underscore. */
export function prometheusLabel(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]+/g, "_");
}

/** The unit's word in a Prometheus name and in OpenMetrics `# UNIT`; empty for counts of things and for no unit. */
export function unitWord(unit: Unit): string {
  // An annotation such as `{process}` is not in the table: it has no word.
  return unit in unitWords ? unitWords[unit as keyof typeof unitWords] : "";
}
