/** Rates of counters that are read less often than at every tick. */
import type { Metric } from "../../core/metric.ts";
import { select } from "../../core/promql-text.ts";

/** Per-second increase over the last minute: `$window` may be shorter than the distance of two samples of such a counter. */
export function perSecondSlow<M extends Metric>(metric: M, matchers?: Parameters<typeof select<M>>[1]): string {
  return `rate(${select(metric, matchers)}[1m])`;
}
