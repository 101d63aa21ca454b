/**
 * Counters by contract and method, bounded: the heaviest pairs have series of their own, all others are one, `other`. So sums over all of them are
 * right whoever is shown, and a pair that is shown again goes on where it was.
 */
import type { Metric } from "../../../core/metric.ts";
import type { ClientContext } from "../client/client-kind.ts";
import type { ContractKey } from "./contract-use.ts";
import { openShownKeys } from "./shown-keys.ts";

export interface ContractCounters {
  /** How heavy a pair is; the heaviest are shown. All of a block's weights come before what is counted of it. */
  weigh(key: ContractKey, weight: number): void;
  /** Who is shown from now on. */
  choose(): void;
  /** Adds to a counter that has the labels of a pair, and `labels`. */
  count(metric: Metric, key: ContractKey, by: number, labels?: Readonly<Record<string, string>>): void;
}

interface Sum {
  readonly metric: Metric;
  readonly labels: Readonly<Record<string, string>>;
  sum: number;
  /** Whether the series is there now. */
  isLive: boolean;
}

/** Pairs whose sums are remembered, shown or not. */
const rememberedMax = 1024;
const other: ContractKey = { contract: "other", method: "other" };

export function openContractCounters(context: ClientContext, shownMax = 64): ContractCounters {
  const shown = openShownKeys(shownMax);
  // In the order in which they were counted first, or anew after they had been retired.
  const pairs = new Map<string, Map<string, Sum>>();

  const retire = (pair: string): void => {
    for (const sum of pairs.get(pair)?.values() ?? []) {
      if (sum.isLive) context.series(sum.metric, sum.labels).release();
      sum.isLive = false;
    }
  };
  const forget = (): void => {
    for (const pair of pairs.keys()) {
      if (pairs.size <= rememberedMax) break;
      if (pair !== textOf(other) && !shown.isShown(pair)) pairs.delete(pair);
    }
  };

  return {
    weigh: (key, weight) => shown.weigh(textOf(key), weight),
    choose() {
      for (const pair of shown.choose(context.clock.monotonicMs()).retired) retire(pair);
      forget();
    },
    count(metric, key, by, labels = {}) {
      const { contract, method } = shown.isShown(textOf(key)) ? key : other;
      const pair = textOf({ contract, method });
      const sums = pairs.get(pair) ?? new Map<string, Sum>();
      pairs.set(pair, sums);
      const name = `${metric.name} ${Object.values(labels).join(" ")}`;
      const all = { contract, "contract.method": method, ...labels };
      const sum = sums.get(name) ?? { metric, labels: all, sum: 0, isLive: false };
      sums.set(name, sum);
      sum.sum += by;
      context.count(metric, all, sum.isLive ? by : sum.sum);
      sum.isLive = true;
    },
  };
}

function textOf({ contract, method }: ContractKey): string {
  return `${contract} ${method}`;
}
