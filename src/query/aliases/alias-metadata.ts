/** What the other names of metrics mean, for completion and `/api/v1/metadata`. */
import type { LabelSpec, Metric } from "../../core/metric.ts";

/** As Prometheus's metadata API shows one; exporters that are no OpenMetrics give no unit. */
export interface AliasMetadata {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly unit: "";
}

/** Of every name that the declarations alone tell, sorted: where a label of any value stands in a name, only the data know it. */
export function aliasMetadata(metrics: Iterable<Metric>): readonly AliasMetadata[] {
  const byName = new Map<string, AliasMetadata>();
  for (const { aliases, labels, kind, help } of metrics) {
    const type = kind === "counter" ? "counter" : "gauge";
    for (const alias of aliases)
      for (const name of namesOf(alias.name, labels)) if (!byName.has(name)) byName.set(name, { name, type, help, unit: "" });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `x_{a}_{b}` with each value of the labels that stand in it. */
function namesOf(template: string, labels: LabelSpec): readonly string[] {
  const [whole, label = ""] = /\{([^}]+)\}/.exec(template) ?? [];
  if (whole === undefined) return [template];
  return (labels[label] ?? []).flatMap((value) =>
    namesOf(
      template.replace(whole, () => value),
      labels,
    ),
  );
}
