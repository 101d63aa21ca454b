/** The last values of something, with the trace that each is of: quantiles that were really there, and a way from each to a trace. */
import type { Estimate } from "../../core/trace/hops.ts";
import { nearestRank } from "../../core/trace/percentiles.ts";

export interface RecentValue extends Estimate {
  readonly traceId: string;
  /** Of a hop: names of places that may as well have been its source. */
  readonly otherSources?: readonly string[];
}

export class RecentValues {
  readonly #max: number;
  #values: RecentValue[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** In the order in which they came. */
  get values(): readonly RecentValue[] {
    return this.#values;
  }

  add(value: RecentValue): void {
    this.#values = [...this.#values.slice(1 - this.#max), value];
  }

  /** By nearest rank; `undefined` where there is none. */
  quantile(share: number): RecentValue | undefined {
    return nearestRank(
      this.#values.toSorted((a, b) => a.ms - b.ms),
      share,
    );
  }
}
