/** The declared views, made ready once: all groups in order, their expressions, and the metrics that each expression reads. */
import type { Domain } from "../../core/domain.ts";
import type { Metric } from "../../core/metric.ts";
import type { ViewField, ViewGroup } from "../../core/view.ts";

/** The views of all domains. */
export interface ViewPlan {
  readonly groups: readonly ViewGroup[];
  /** Metrics that an expression reads, in the order of their first mention. */
  metricsOf(expr: string): readonly Metric[];
}

/** Throws when two domains declare a group of one name: one of them would silently hide the other. */
export function planViews(domains: readonly Domain[]): ViewPlan {
  const groups = domains.flatMap((domain) => domain.views);
  const names = new Set<string>();
  for (const { name } of groups) {
    if (names.has(name)) throw new Error(`two domains declare a view group "${name}"`);
    names.add(name);
  }
  const declared = new Map<string, Metric>();
  for (const domain of domains) {
    for (const metric of Object.values(domain.metrics)) declared.set(metric.prometheusName, metric);
  }
  const mentioned = new Map(exprsOf(groups).map((expr) => [expr, metricsIn(expr, declared)]));
  return { groups, metricsOf: (expr) => mentioned.get(expr) ?? [] };
}

/** Every distinct expression of the groups' fields. */
export function exprsOf(groups: readonly ViewGroup[]): readonly string[] {
  return [...new Set(groups.flatMap(fieldsOf).flatMap(({ expr }) => (expr === null ? [] : [expr])))];
}

/** All fields of a group: its own, and those of its lists and rows. */
function fieldsOf(group: ViewGroup): readonly ViewField[] {
  const lists = [...(group.lists ?? []), ...(group.rows === undefined ? [] : [group.rows])];
  return [...group.fields, ...lists.flatMap((list) => list.fields)];
}

/** A word in a string literal can look like a metric's name; it is then one metric too many to blame, never a wrong value. */
function metricsIn(expr: string, declared: ReadonlyMap<string, Metric>): readonly Metric[] {
  const words = new Set(expr.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g));
  return [...words].flatMap((word) => declared.get(word) ?? []);
}
