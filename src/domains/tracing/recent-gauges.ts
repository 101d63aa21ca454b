/** Gauges of one metric: quantiles of the last values, each with a way to the trace that it is of. */
import type { LabelValues, Metric } from "../../core/metric.ts";
import type { ObserveContext } from "../../core/observer.ts";
import { type RecentValue, RecentValues } from "./recent-values.ts";

/** What metrics of flows are told with. */
export type TracingContext = Pick<ObserveContext, "series" | "exemplar" | "clock">;

export interface RecentGaugesOptions<M extends Metric, Q extends string> {
  readonly context: TracingContext;
  /** In seconds. */
  readonly metric: M;
  /** Shares, as the label says them. */
  readonly quantiles: readonly Q[];
  /** Values that a quantile is of. */
  readonly recentMax: number;
}

interface Recent<M extends Metric, Q extends string> {
  readonly values: RecentValues;
  readonly labelsAt: (quantile: Q) => LabelValues<M>;
  /** Trace that each quantile has led to last. */
  readonly ledTo: Map<Q, string>;
}

export class RecentGauges<M extends Metric, Q extends string> {
  readonly #options: RecentGaugesOptions<M, Q>;
  readonly #recent = new Map<string, Recent<M, Q>>();
  readonly #changed = new Set<Recent<M, Q>>();

  constructor(options: RecentGaugesOptions<M, Q>) {
    this.#options = options;
  }

  /** `key`: the same for the same labels. */
  add(key: string, labelsAt: (quantile: Q) => LabelValues<M>, value: RecentValue): void {
    const recent = this.#recent.get(key) ?? { values: new RecentValues(this.#options.recentMax), labelsAt, ledTo: new Map() };
    this.#recent.set(key, recent);
    recent.values.add(value);
    this.#changed.add(recent);
  }

  /** What has changed since the last time. */
  tell(): void {
    const { context, metric, quantiles } = this.#options;
    for (const { values, labelsAt, ledTo } of this.#changed) {
      for (const quantile of quantiles) {
        const at = values.quantile(Number(quantile));
        if (at === undefined) continue;
        const labels = labelsAt(quantile);
        const value = at.ms / 1000;
        context.series(metric, labels).set(value);
        if (ledTo.get(quantile) === at.traceId) continue;
        ledTo.set(quantile, at.traceId);
        context.exemplar(metric, labels, { labels: { trace_id: at.traceId }, value, timestampMs: context.clock.nowMs() });
      }
    }
    this.#changed.clear();
  }
}
