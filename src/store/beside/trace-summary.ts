/** What a list shows of a trace, from the rows of its spans. */
import type { Operation, ReadAllowance, TraceSummary } from "../../core/telemetry-reader.ts";
import type { SpanFacts } from "./trace-rows.ts";

/** Rows between two looks at the clock. */
const rowsPerCheck = 1024;

/**
 * `files`: the rows of each file, newest first: of a span that is in several, the newest file's counts. `null` where there are no rows.
 */
export function summarise(
  traceId: string,
  files: readonly Iterable<SpanFacts>[],
  allowance: ReadAllowance,
): TraceSummary | null {
  const services = new Map<string, { spans: number; errors: number }>();
  let [spans, errors] = [0, 0];
  let first: SpanFacts | null = null;
  let root: SpanFacts | null = null;
  let endNs: bigint | null = null;
  for (const span of distinct(files)) {
    if (spans++ % rowsPerCheck === 0) allowance.check();
    if (first === null || isBefore(span, first)) first = span;
    if (span.isRoot && (root === null || isBefore(span, root))) root = span;
    if (endNs === null || span.endNs > endNs) endNs = span.endNs;
    const service = services.get(span.service) ?? { spans: 0, errors: 0 };
    services.set(span.service, service);
    service.spans++;
    if (!span.isError) continue;
    errors++;
    service.errors++;
  }
  if (first === null || endNs === null) return null;
  return {
    traceId,
    startNs: first.startNs,
    endNs,
    spans,
    errors,
    root: root === null ? null : operationOf(root),
    first: operationOf(first),
    services: Array.from(services, ([service, counts]) => ({ service, ...counts })).sort(
      (a, b) => b.spans - a.spans || (a.service < b.service ? -1 : 1),
    ),
  };
}

/** One per span id and start, of the first list that has it. */
export function* distinct<T extends { readonly spanId: string; readonly startNs: bigint }>(
  lists: readonly Iterable<T>[],
): Generator<T> {
  const seen = new Set<string>();
  for (const [index, list] of lists.entries()) {
    for (const item of list) {
      // Within one file they are distinct already.
      if (lists.length > 1) {
        const key = `${item.spanId}.${item.startNs}`;
        if (index > 0 && seen.has(key)) continue;
        seen.add(key);
      }
      yield item;
    }
  }
}

/** By start, then by id: the same whatever the order in which spans came. */
export function isBefore(a: Pick<SpanFacts, "startNs" | "spanId">, b: Pick<SpanFacts, "startNs" | "spanId">): boolean {
  return a.startNs === b.startNs ? a.spanId < b.spanId : a.startNs < b.startNs;
}

function operationOf({ service, name }: SpanFacts): Operation {
  return { service, name };
}
