/**
 * The aliases of metrics as plain data in Prometheus's spelling, so that they can be handed to the threads that answer queries:
 * loading the domains there would cost 3 MB.
 */
import type { Metric } from "../../core/metric.ts";

/** Under which name, with which labels and in which unit another exporter shows one of our metrics. */
export interface AliasRule {
  /**
   * Their name, in pieces between which values of our labels `nameLabels` stand: `node_memory_{field}_bytes` is
   * `["node_memory_", "_bytes"]` and `["field"]`.
   */
  readonly nameParts: readonly string[];
  readonly nameLabels: readonly string[];
  /** Our metric's name. */
  readonly metric: string;
  /** Their label → ours. What is not here, `job`, `instance` or `node` does not exist there. */
  readonly labels: Readonly<Record<string, string>>;
  /** Only series of ours with these label values. */
  readonly where: Readonly<Record<string, string>>;
  /** Their label → (our value → theirs), where they spell one differently. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Their value is ours times this. */
  readonly scale: number;
  /** As Prometheus's metadata have them. */
  readonly type: "counter" | "gauge";
  readonly help: string;
}

/** One rule per declared alias. */
export function aliasRulesOf(metrics: Iterable<Metric>): readonly AliasRule[] {
  return Array.from(metrics).flatMap((metric) => metric.aliases.map((alias) => toRule(metric, alias)));
}

function toRule(metric: Metric, alias: Metric["aliases"][number]): AliasRule {
  const ours = (label: string): string => metric.prometheusLabels[label] ?? label;
  const labels = Object.entries(alias.labels ?? {});
  // A split at a group keeps what the group has matched at the odd places.
  const pieces = alias.name.split(/\{([^}]+)\}/);
  return {
    nameParts: pieces.filter((_, index) => index % 2 === 0),
    nameLabels: pieces.filter((_, index) => index % 2 === 1).map(ours),
    metric: metric.prometheusName,
    labels: Object.fromEntries(labels.map(([label, theirs]) => [theirs, ours(label)])),
    where: Object.fromEntries(Object.entries(alias.where ?? {}).map(([label, value]) => [ours(label), value])),
    values: Object.fromEntries(
      labels.flatMap(([label, theirs]) => {
        const spelling = alias.values?.[label];
        return spelling === undefined ? [] : [[theirs, spelling]];
      }),
    ),
    scale: alias.scale ?? 1,
    type: metric.kind === "counter" ? "counter" : "gauge",
    help: metric.help,
  };
}
