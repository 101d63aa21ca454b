/** What `bench/query` asks of each engine, over two hours in 241 steps. */
import { counter, gauge, histogram } from "./query-data.ts";
import type { PeerName } from "./query-engines.ts";

export interface QueryRow {
  readonly expr: string;
  /** In the answer; `null` where it depends on the values. */
  readonly series: number | null;
  /** Why a peer's answer is another one by design. What is not named must be equal. */
  readonly differs: Readonly<Partial<Record<PeerName, string>>>;
  /** A peer that leaves the metric's name on its answer, which the others take away. */
  readonly namedBy?: PeerName;
  /** Takes a few ms. */
  readonly isSmall?: true;
  /** Asked once more with the caches of results on. */
  readonly alsoCached?: true;
}

const rates = { victoriaMetrics: "its rate looks at the sample before the window and does not extrapolate" };

export const queryRows: Readonly<Record<string, QueryRow>> = {
  raw: { expr: counter, series: 3000, differs: {}, alsoCached: true },
  sum: { expr: `sum(${counter})`, series: 1, differs: {} },
  sumRate: { expr: `sum(rate(${counter}[2m]))`, series: 1, differs: rates, alsoCached: true },
  sumByPodRate: { expr: `sum by (pod) (rate(${counter}[2m]))`, series: 1000, differs: rates, alsoCached: true },
  sumRateHour: { expr: `sum(rate(${counter}[1h]))`, series: 1, differs: rates },
  join: { expr: `${counter} / on (pod, container) ${counter}`, series: 3000, differs: {} },
  histogramQuantile: {
    expr: `histogram_quantile(0.9, sum by (le) (rate(${histogram}_bucket[2m])))`,
    series: 1,
    differs: rates,
  },
  topk: { expr: `topk(5, rate(${counter}[2m]))`, series: null, differs: rates },
  quantileOverTime: { expr: `quantile_over_time(0.9, ${gauge}[2m])`, series: 3000, differs: {}, namedBy: "victoriaMetrics" },
  panel: { expr: `rate(${counter}{pod="p5"}[2m])`, series: 3, differs: rates, isSmall: true },
};
