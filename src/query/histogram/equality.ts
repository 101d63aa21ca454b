/** Equality of native histograms. Source: Prometheus model/histogram/float_histogram.go (Equals). */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { numberedCounts } from "./buckets.ts";
import { equalBounds } from "./custom-bounds.ts";

/** The same data: NaN equals NaN, a bucket that counts 0 is not one that is missing; what is known of resets does not matter. */
export function equalHistograms(a: NativeHistogram, b: NativeHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    equalNumbers([a.count, a.sum, a.zeroCount], [b.count, b.sum, b.zeroCount]) &&
    equalBounds(a.customValues, b.customValues) &&
    equalSides(a, b, "positive") &&
    equalSides(a, b, "negative")
  );
}

function equalSides(a: NativeHistogram, b: NativeHistogram, side: "positive" | "negative"): boolean {
  const left = numberedCounts(a[`${side}Spans`], a[`${side}Buckets`]);
  const right = numberedCounts(b[`${side}Spans`], b[`${side}Buckets`]);
  return equalNumbers(left.indexes, right.indexes) && equalNumbers(left.counts, right.counts);
}

function equalNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, i) => Object.is(number, b[i]));
}
