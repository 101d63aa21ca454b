/** An instant vector from a selector: by samples, or by summaries where those say the same. */
import type { VectorSelector } from "../ast.ts";
import type { EvalContext } from "./context.ts";
import { newestFromSummaries } from "./newest-from-summaries.ts";
import { newestSamples, type SamplePart } from "./read-samples.ts";
import { evaluateByResolution, windowAt } from "./resolution.ts";
import type { VectorSeries } from "./values.ts";

/** The newest sample in the look-back window of each step, unless it is a stale marker. */
export function evaluateSelector(selector: VectorSelector, context: EvalContext, part: SamplePart): readonly VectorSeries[] {
  const { lookbackMs } = context;
  return evaluateByResolution(selector, lookbackMs, context, (steps, resolution) => {
    const found = resolution === 0 ? newestFromSummaries(selector, steps, part) : null;
    return found ?? newestSamples(selector, windowAt(resolution, lookbackMs), steps, part);
  });
}
