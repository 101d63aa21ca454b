/** An instant vector from a selector: by samples, or by summaries where those say the same. */
import type { VectorSelector } from "../ast.ts";
import type { EvalContext } from "./context.ts";
import { newestFromSummaries } from "./newest-from-summaries.ts";
import { newestSamples, type SamplePart } from "./read-samples.ts";
import { evaluateByResolution, windowAt } from "./resolution.ts";
import { evaluateSmoothed } from "./smoothed-selector.ts";
import { freshMemory, type MakeMemory } from "./value-memory.ts";
import type { VectorSeries } from "./values.ts";

/** The newest sample in the look-back window of each step, unless it is a stale marker. */
export function evaluateSelector(selector: VectorSelector, context: EvalContext, part: SamplePart): readonly VectorSeries[] {
  return [...selectEach(selector, context, part, freshMemory)];
}

/** The same series by series, as they are asked for. */
export function selectEach(
  selector: VectorSelector,
  context: EvalContext,
  part: SamplePart,
  memory: MakeMemory,
): Iterable<VectorSeries> {
  const { lookbackMs } = context;
  if (selector.extension === "smoothed" && part === "value") return evaluateSmoothed(selector, context);
  return evaluateByResolution(selector, lookbackMs, context, (steps, resolution) => {
    const found = resolution === 0 && part !== "start" ? newestFromSummaries(selector, steps, part) : null;
    return found ?? newestSamples(selector, windowAt(resolution, lookbackMs), steps, part, memory);
  });
}
