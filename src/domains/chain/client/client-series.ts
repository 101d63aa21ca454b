/**
 * The series of one client: its labels are added, all of them can be cleared at once, and its own counters keep their sums meanwhile. A
 * counter that began anew whenever a client comes back would look like a reset, and one that stood still would look like a rate of 0.
 */
import type { LabelValues, Metric } from "../../../core/metric.ts";
import type { HeldSeries, ObserveContext } from "../../../core/observer.ts";
import type { ClientContext, ClientTarget } from "./client-kind.ts";
import { clientMetrics } from "./metrics.ts";

export interface ClientSeries extends Pick<ClientContext, "series" | "count"> {
  clear(): void;
  /** Counters have their values again after `clear`. */
  restoreCounts(): void;
  /** Ends all series. */
  release(): void;
}

/** One that makes up names takes nothing from the others: an observer has 10,000. The most that is told in earnest are 256 validators and 128 peers. */
export const clientSeriesMax = 5000;

/** What is given beyond that: nothing is to fail for it. */
const refused: HeldSeries = { set: () => undefined, clear: () => undefined, release: () => undefined };

/** What asking costs, and how it fails, is ours: it is known above all of a client that does not answer. */
const ours: ReadonlySet<Metric> = new Set([clientMetrics.requests, clientMetrics.requestTime, clientMetrics.requestFailures]);

interface Count {
  readonly series: HeldSeries;
  sum: number;
}

/** `onFull`: a series was not taken, because there are `clientSeriesMax` of them. */
export function openClientSeries(
  observe: Pick<ObserveContext, "series">,
  { name, simulated }: Pick<ClientTarget, "name" | "simulated">,
  onFull: () => void,
): ClientSeries {
  const held = new Map<string, HeldSeries>();
  /** Of those: what has no value while the client does not answer. */
  const told = new Set<HeldSeries>();
  const counts = new Map<string, Count>();
  let isEnded = false;
  const client = { "chain.client": name, simulated: simulated ? "true" : "" };

  const resolve = (key: string, metric: Metric, labels: LabelValues<Metric>): HeldSeries => {
    const known = held.get(key);
    if (known !== undefined) return known;
    if (held.size >= clientSeriesMax) {
      onFull();
      return refused;
    }
    const inner = observe.series(metric, { ...labels, ...client });
    const series: HeldSeries = {
      // A question that was on its way when the client was given up comes back later.
      set(value) {
        if (!isEnded) inner.set(value);
      },
      clear: () => inner.clear(),
      release() {
        held.delete(key);
        told.delete(series);
        counts.delete(key);
        inner.release();
      },
    };
    held.set(key, series);
    if (!ours.has(metric)) told.add(series);
    return series;
  };

  return {
    series: (metric, labels) => resolve(keyOf(metric, labels), metric, labels),
    count(metric, labels, by) {
      const key = keyOf(metric, labels);
      const count = counts.get(key) ?? { series: resolve(key, metric, labels), sum: 0 };
      if (held.has(key)) counts.set(key, count);
      count.series.set((count.sum += by));
    },
    clear() {
      for (const series of told) series.clear();
    },
    restoreCounts() {
      for (const { series, sum } of counts.values()) series.set(sum);
    },
    release() {
      isEnded = true;
      for (const series of held.values()) series.release();
    },
  };
}

/** Labels are written in the same order at each place that has them, and mostly each is written in one place: sorting is not worth it. */
function keyOf(metric: Metric, labels: Readonly<Record<string, string>>): string {
  return `${metric.name}${JSON.stringify(labels)}`;
}
