/** Where two sources tell the same of a client, one of them has the word: a series that both write would waver, and a counter look like resets. */
import type { Metric } from "../../../core/metric.ts";
import type { HeldSeries } from "../../../core/observer.ts";
import type { ClientContext } from "./client-kind.ts";

/** The context, for a source that has no word on these metrics: what it sets of them has no effect. */
export function withoutMetrics(context: ClientContext, metrics: readonly Metric[]): ClientContext {
  return {
    ...context,
    series: (metric, labels) => (metrics.includes(metric) ? unwritten : context.series(metric, labels)),
    count(metric, labels, by) {
      if (!metrics.includes(metric)) context.count(metric, labels, by);
    },
  };
}

const unwritten: HeldSeries = { set: () => undefined, clear: () => undefined, release: () => undefined };
