/**
 * `target_info`: what is known of the sender, as labels of a series that is always 1.
 * Source: prometheus/prometheus storage/remote/otlptranslator/prometheusremotewrite/helper.go, addResourceTargetInfo.
 */
import type { PointContext } from "./point-context.ts";
import type { ResourceEntry } from "./stream-table.ts";

/** Half of the look-back: a sample of the series is found at each time between the first and the last one. */
const intervalMs = 150_000;

/** Samples for the time of the resource's data points in this request. */
export function addTargetInfo(context: PointContext, { targetInfo: set, labels }: ResourceEntry): void {
  const { batch, earliestMs, latestMs } = context;
  if (set === null || labels.targetInfo === null || earliestMs > latestMs) return;
  if (set.refs === null && !batch.alsoNeeds(set)) batch.need(set, [labels.targetInfo]);
  for (let timeMs = earliestMs; timeMs < latestMs; timeMs += intervalMs) batch.add(set, 0, timeMs, 1);
  batch.add(set, 0, latestMs, 1);
}
