/** The labels under which a series of this node's own is stored. */
import { type Labels, metricNameLabel } from "../core/labels.ts";
import type { Metric } from "../core/metric.ts";

/** With the metric's name and the node, in Prometheus's spelling. Throws for a label that the metric does not declare. */
export function completeLabels(metric: Metric, labels: Readonly<Record<string, string>>, node: string): Labels {
  const complete: Record<string, string> = { [metricNameLabel]: metric.prometheusName, node };
  for (const [name, value] of Object.entries(labels)) {
    const spelled = metric.prometheusLabels[name];
    if (spelled === undefined) throw new Error(`${metric.name} declares no label ${name}`);
    // An empty label value and a missing label are the same in Prometheus's model.
    if (value !== "") complete[spelled] = value;
  }
  return complete;
}
