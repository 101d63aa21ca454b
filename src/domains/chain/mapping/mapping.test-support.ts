/** A client's series in memory, for tests of what mappings write. */
import type { Metric } from "../../../core/metric.ts";
import type { HeldSeries } from "../../../core/observer.ts";
import type { ClientContext } from "../client/client-kind.ts";

export interface SeriesLab extends Pick<ClientContext, "series" | "count"> {
  /** `name{label="value"}` → value, of those that have one, sorted. */
  values(): Readonly<Record<string, number>>;
}

export function openSeriesLab(): SeriesLab {
  const values = new Map<string, number>();
  /** Of what is added up; kept while it has no value. */
  const totals = new Map<string, number>();
  const keyOf = (metric: Metric, labels: Readonly<Record<string, string>>): string => {
    for (const [name, value] of Object.entries(labels)) {
      const allowed = metric.labels[name];
      if (allowed === undefined || (allowed !== null && !allowed.includes(value)))
        throw new Error(`${metric.name} has no label ${name}="${value}"`);
    }
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return pairs.length === 0 ? metric.name : `${metric.name}{${pairs.join(",")}}`;
  };
  const series = (metric: Metric, labels: Readonly<Record<string, string>>): HeldSeries => {
    const key = keyOf(metric, labels);
    const end = (): void => void values.delete(key);
    return {
      set(value) {
        if (!Number.isFinite(value)) throw new Error(`${key} is set to ${value}`);
        values.set(key, value);
      },
      clear: end,
      release: end,
    };
  };
  return {
    series,
    count(metric, labels, by) {
      if (by < 0) throw new Error(`${metric.name} falls by ${by}`);
      const key = keyOf(metric, labels);
      const total = (totals.get(key) ?? 0) + by;
      totals.set(key, total);
      values.set(key, total);
    },
    values: () => Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
