/** Asks for the traces that a chart's values lead to. */
import { expandQuery } from "../../core/promql-text.ts";
import { examplesIn, type ExampleTrace, type ExemplarAnswer } from "./flow-examples.ts";
import { getJson } from "./http.ts";
import { instantContext } from "./prometheus.ts";

/** Of all series that the expressions look at, in a window of ms since the epoch. */
export async function askExamples(
  exprs: readonly string[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  { most, signal }: { readonly most: number; readonly signal: AbortSignal },
): Promise<readonly ExampleTrace[]> {
  const range = { start: String(fromMs / 1000), end: String(toMs / 1000) };
  const asked = exprs.map((expr) => {
    const query = new URLSearchParams({ query: expandQuery(expr, instantContext()), ...range });
    return getJson<ExemplarAnswer>(`/api/v1/query_exemplars?${query.toString()}`, signal);
  });
  return examplesIn(await Promise.all(asked), most);
}
