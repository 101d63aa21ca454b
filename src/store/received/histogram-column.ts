/** Native histograms as samples of a column. */
import type { TimedHistogram } from "./histogram-run.ts";
import type { ReceivedColumn } from "./received-column.ts";

/** Their values are NaN, without a meaning. */
export function columnOfRun(samples: readonly TimedHistogram[]): ReceivedColumn {
  return {
    timestampsMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    values: new Float64Array(samples.length).fill(Number.NaN),
    histograms: samples.map(({ histogram }) => histogram),
  };
}
