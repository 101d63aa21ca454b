/**
 * What Prometheus's storage remembers of whether a histogram was reset: the first one of a chunk has no hint, whatever it was
 * appended with, those behind it have not been reset, and a reset begins a new chunk. Scripts are written for that.
 * Source: Prometheus tsdb/chunkenc/float_histogram.go (appendable), histogram_meta.go (counterResetHint).
 */
import type { CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import { isCounterReset } from "../histogram/counter-reset.ts";
import { equalBounds } from "../histogram/custom-bounds.ts";

/** `samples` are all of one series, in time order; what is no histogram ends a chunk. */
export function withStoredHints(samples: readonly (NativeHistogram | undefined)[]): readonly (NativeHistogram | undefined)[] {
  return samples.map((histogram, i) => {
    if (histogram === undefined) return undefined;
    return { ...histogram, counterReset: storedHint(histogram, samples[i - 1]) };
  });
}

function storedHint(current: NativeHistogram, before: NativeHistogram | undefined): CounterResetHint {
  if (current.counterReset === "gauge") return "gauge";
  return before !== undefined && sharesChunk(current, before) ? "not_reset" : "unknown";
}

function sharesChunk(current: NativeHistogram, before: NativeHistogram): boolean {
  return (
    current.counterReset !== "reset" &&
    before.counterReset !== "gauge" &&
    current.schema === before.schema &&
    current.zeroThreshold === before.zeroThreshold &&
    equalBounds(current.customValues, before.customValues) &&
    !isCounterReset({ ...current, counterReset: "unknown" }, before)
  );
}
