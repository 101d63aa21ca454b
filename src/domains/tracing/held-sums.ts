/** Counters of an observer: held series that only grow. */
import type { LabelValues, Metric } from "../../core/metric.ts";
import type { ObserveContext } from "../../core/observer.ts";

export class HeldSums {
  readonly #context: Pick<ObserveContext, "series">;
  readonly #sums = new Map<string, number>();

  constructor(context: Pick<ObserveContext, "series">) {
    this.#context = context;
  }

  add<M extends Metric>(metric: M, labels: LabelValues<M>, by: number): void {
    const key = JSON.stringify([metric.name, labels]);
    const sum = (this.#sums.get(key) ?? 0) + by;
    this.#sums.set(key, sum);
    this.#context.series(metric, labels).set(sum);
  }
}
