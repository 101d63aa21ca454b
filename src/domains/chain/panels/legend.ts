/** How the series of the chain's charts are called: by their client first, since a node may have several. */
import type { LabelSpec, Metric } from "../../../core/metric.ts";
import { labelOf } from "../../../core/promql-text.ts";
import { clientLabel } from "../expressions/client.ts";

export const client = `{{${clientLabel}}}`;

/** `geth executed`, from the client and one of the metric's own labels. */
export function clientAnd<L extends LabelSpec>(metric: Metric<L>, label: keyof L & string): string {
  return `${client} {{${labelOf(metric, label)}}}`;
}
