/** What a trace's operations cost, one line each. */
import type { PathPiece } from "../../../core/trace/critical-path.ts";
import type { TraceModel } from "./trace-model.ts";

export interface OperationStat {
  /** Number of the operation in the columns. */
  readonly operation: number;
  readonly service: string;
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  /** Sums over the spans, ms; those at the same time are added up. */
  readonly totalMs: number;
  readonly selfMs: number;
  /** Of the durations, nearest rank. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Share of the critical path, 0–1; `null` while it is not known, and where the path has no length. */
  readonly pathShare: number | null;
}

/** Every operation that has a span, the greatest self time first. `path`: `null` while it is not known. */
export function operationStats(model: TraceModel, path: readonly PathPiece[] | null): readonly OperationStat[] {
  const { columns } = model;
  const selfMs = model.selfMs();
  const rows = rowsByOperation(columns.operation, columns.operations.length);
  const onPath = pathByOperation(model, path ?? []);
  const pathMs = onPath.reduce((sum, ms) => sum + ms, 0);
  const stats = columns.operations.flatMap(({ service, name }, operation): OperationStat[] => {
    const own = rows[operation] ?? new Int32Array();
    if (own.length === 0) return [];
    const durations = Float64Array.from(own, (row) => columns.durationMs[row] ?? 0).sort();
    const sum = (values: Float64Array): number => own.reduce((total, row) => total + Math.max(0, values[row] ?? 0), 0);
    return [
      {
        operation,
        service,
        name,
        count: own.length,
        errors: own.reduce((count, row) => count + model.failed(row), 0),
        totalMs: sum(columns.durationMs),
        selfMs: sum(selfMs),
        p50Ms: nearestRank(durations, 0.5),
        p95Ms: nearestRank(durations, 0.95),
        maxMs: durations.at(-1) ?? 0,
        pathShare: path === null || pathMs === 0 ? null : (onPath[operation] ?? 0) / pathMs,
      },
    ];
  });
  return stats.sort((a, b) => b.selfMs - a.selfMs || a.operation - b.operation);
}

/** The smallest of sorted values that at least this share of them does not exceed; 0 of none. */
export function nearestRank(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function rowsByOperation(operation: Uint32Array, operations: number): readonly Int32Array[] {
  const counts = new Uint32Array(operations);
  for (const one of operation) counts[one] = (counts[one] ?? 0) + 1;
  const rows = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (const [row, one] of operation.entries()) {
    const list = rows[one];
    const at = counts[one] ?? 0;
    if (list !== undefined) list[at] = row;
    counts[one] = at + 1;
  }
  return rows;
}

function pathByOperation({ columns }: TraceModel, path: readonly PathPiece[]): Float64Array {
  const ms = new Float64Array(columns.operations.length);
  for (const { row, fromMs, toMs } of path) {
    const operation = columns.operation[row] ?? 0;
    ms[operation] = (ms[operation] ?? 0) + toMs - fromMs;
  }
  return ms;
}
