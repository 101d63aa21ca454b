/** Writing samples by metric and labels, for collectors whose few series come and go. */
import type { CollectContext, SeriesHandle } from "../../core/collector.ts";
import type { LabelValues, Metric } from "../../core/metric.ts";

export type Write = <M extends Metric>(metric: M, labels: LabelValues<M>, value: number) => void;

/** Keeps handles by metric and labels: threads and collectors come and go, but they are few. */
export function createWrite(context: CollectContext): Write {
  const handles = new Map<string, SeriesHandle>();
  return (metric, labels, value) => {
    const key = `${metric.name} ${Object.values(labels).join(" ")}`;
    let handle = handles.get(key);
    if (handle === undefined) {
      handle = context.series(metric, labels);
      handles.set(key, handle);
    }
    handle.set(value);
  };
}
