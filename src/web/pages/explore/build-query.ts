/** PromQL for a metric that was chosen from the list (a rate for counters, the value for everything else), and its unit. */
import type { MetricDescription } from "../../data/contract.ts";
import { fromUcum, type PanelUnit } from "../../format/quantity.ts";

export interface LabelFilter {
  readonly label: string;
  readonly value: string;
}

/** The expression with the page's variables, as panels have them. Several values of one label are alternatives. */
export function buildQuery(
  metric: Pick<MetricDescription, "prometheusName" | "kind">,
  filters: readonly LabelFilter[],
): string {
  const byLabel = Map.groupBy(filters, (filter) => filter.label);
  const matchers = [...byLabel].map(([label, chosen]) => {
    const [first] = chosen;
    if (chosen.length === 1 && first !== undefined) return `${label}=${JSON.stringify(first.value)}`;
    return `${label}=~${JSON.stringify(chosen.map((filter) => escapeRegex(filter.value)).join("|"))}`;
  });
  const selector = `${metric.prometheusName}{${['node="$node"', ...matchers].join(",")}}`;
  return metric.kind === "counter" ? `$rate(${selector}[$window])` : selector;
}

/**
 * The unit of an expression's values where it is sure: one declared metric, at most summed or averaged, or as a rate. Products,
 * quotients and counts of series are plain numbers.
 */
export function expressionUnit(expr: string, metrics: readonly MetricDescription[]): PanelUnit {
  const names = new Set(expr.match(/[a-zA-Z_:][\w:]*/g));
  const [metric, ...others] = metrics.filter((candidate) => names.has(candidate.prometheusName));
  const outside = expr.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
  if (metric === undefined || others.length > 0 || /[*/%^]|\bcount\b|\bcount_values\b|\bchanges\b|\bresets\b/.test(outside))
    return "count";
  if (metric.unit === "1" && metric.kind === "gauge") return "ratio";
  const { unit } = fromUcum(metric.unit);
  if (!/rate\s*\(|\$rate\s*\(/.test(outside)) return unit;
  // Seconds per second are a share of time.
  return unit === "bytes" ? "bytes/s" : unit === "seconds" ? "ratio" : "count/s";
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}
