/** What a list shows of a trace, from the rows of its spans. */
import { spanStatuses } from "../../core/span.ts";
import type { Operation, TraceSummary } from "../../core/telemetry-reader.ts";
import { compareExactly, rowAt, type RowFacts, type TraceRows } from "./trace-rows.ts";

const failed = spanStatuses.indexOf("error");

/** `null` where there are no rows. Throws `DamagedFileError`. */
export function summarise(traceId: string, rows: TraceRows): TraceSummary | null {
  const services = new Map<string, { spans: number; errors: number }>();
  let errors = 0;
  let first: RowFacts | null = null;
  let root: RowFacts | null = null;
  let endNs: bigint | null = null;
  for (let row = 0; row < rows.count; row++) {
    const at = rowAt(rows, row);
    const { facts, times } = at.part;
    if (first === null || compareExactly(at, first) < 0) first = at;
    if (facts.isRootAt(at.place) && (root === null || compareExactly(at, root) < 0)) root = at;
    const end = times.endNs[at.place] ?? 0n;
    if (endNs === null || end > endNs) endNs = end;
    const { service } = operationOf(at);
    const counts = services.get(service) ?? { spans: 0, errors: 0 };
    services.set(service, counts);
    counts.spans++;
    if (facts.statusAt(at.place) !== failed) continue;
    errors++;
    counts.errors++;
  }
  if (first === null || endNs === null) return null;
  return {
    traceId,
    startNs: first.part.times.startNs[first.place] ?? 0n,
    endNs,
    spans: rows.count,
    errors,
    root: root === null ? null : operationOf(root),
    first: operationOf(first),
    services: Array.from(services, ([service, counts]) => ({ service, ...counts })).sort(
      (a, b) => b.spans - a.spans || (a.service < b.service ? -1 : 1),
    ),
  };
}

function operationOf({ part: { file, facts }, place }: RowFacts): Operation {
  return file.operationOf(facts.operations[place] ?? 0);
}
