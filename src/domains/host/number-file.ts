/** Files of sysfs that hold one number and feed one series: the form of most sensors and counters there. */
import type { CollectContext, Collector, SeriesHandle } from "../../core/collector.ts";
import type { LabelValues, Metric } from "../../core/metric.ts";
import { parseNumber } from "../../io/parse-text.ts";
import { setIfNumber } from "./handle-table.ts";
import { type Source, openSource } from "./source.ts";

/** One file and its series. */
export interface NumberFile {
  readonly source: Source;
  readonly handle: SeriesHandle;
  /** The series' value is the file's number times this: sysfs counts in milli and micro units. */
  readonly scale: number;
}

/** Nothing is read before the first tick; without the file the metric is reported absent. */
export function openNumberFile<M extends Metric>(
  context: CollectContext,
  path: string,
  series: { readonly metric: M; readonly labels: LabelValues<M>; readonly scale?: number },
): NumberFile {
  return {
    source: openSource(context, path, [series.metric]),
    handle: context.series(series.metric, series.labels),
    scale: series.scale ?? 1,
  };
}

/** A collector that reads all of them; a file without a number in it (`max`, `unknown`) gives no value. */
export function numberFilesCollector(files: readonly NumberFile[]): Collector {
  return {
    collect: () => {
      for (const { source, handle, scale } of files) {
        const text = source.read();
        if (text !== null) setIfNumber(handle, parseNumber(text) * scale);
      }
    },
    close: () => {
      for (const { source } of files) source.close();
    },
  };
}
