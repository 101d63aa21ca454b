/** Series of a declared metric, for tests of what reads them. */
import type { Labels } from "../../src/core/labels.ts";
import type { Metric } from "../../src/core/metric.ts";

/** All of the node `n`: labels with a closed set are each of their values, others one text; `chosen` decides for the labels that it names. */
export function seriesOfMetric(metric: Metric, chosen: Readonly<Record<string, string>>): readonly Labels[] {
  let found: readonly Labels[] = [{ __name__: metric.prometheusName, node: "n" }];
  for (const [label, values] of Object.entries(metric.labels)) {
    const own = label in chosen ? [chosen[label] ?? ""] : (values ?? ["a"]);
    const name = metric.prometheusLabels[label] ?? label;
    found = found.flatMap((labels) => own.map((value) => ({ ...labels, [name]: value })));
  }
  // An empty label is none.
  return found.map((labels) =>
    Object.fromEntries(
      Object.entries(labels)
        .filter(([, value]) => value !== "")
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
}
