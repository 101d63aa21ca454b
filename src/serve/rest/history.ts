/** Range queries, shaped for charts: every series' values on one common grid of times. */
import type { ErrorCode } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import { expandQuery } from "../../core/promql-text.ts";
import type { QueryFailure, QueryResult } from "../../query/api.ts";
import type { Services } from "../services.ts";
import { isFailure } from "../views/tick-values.ts";
import type { Grid } from "./time-range.ts";

/** One series on the grid. */
export interface GridSeries {
  readonly labels: Labels;
  /** One per point of the grid; `null` where the series has no finite value. */
  readonly values: readonly (number | null)[];
}

/** One expression's answer. */
export interface GridResult {
  readonly series: readonly GridSeries[];
  readonly warnings: readonly string[];
  readonly error?: { readonly code: ErrorCode; readonly detail: string };
}

/** How many values an answer may have; what is read is taken off. */
export interface ValueAllowance {
  readonly max: number;
  left: number;
}

/** An answer of more values than this is refused: ≈ 20 MB of JSON. */
const valuesMax = 1_000_000;

/** An allowance that nothing has been taken off. */
export function allow(max: number): ValueAllowance {
  return { max, left: max };
}

/** What an answer is made within. */
export interface GridOptions {
  readonly allowance?: ValueAllowance;
  /** Whose values; default: this node's. */
  readonly node?: string;
  /** Aborted when nobody waits for the answer. */
  readonly signal?: AbortSignal | null;
}

/** Evaluates expressions (with variables) on the grid. A result that would pass the bound on values is an error of its own. */
export async function queryGrid(
  services: Services,
  exprs: readonly string[],
  grid: Grid,
  { allowance = allow(valuesMax), node = services.nodeId, signal }: GridOptions = {},
): Promise<readonly GridResult[]> {
  const context = {
    node,
    stepMs: grid.stepMs,
    samplingIntervalMs: services.config().sampling_interval_ms,
  };
  const outcomes = await services.query.batchRange(
    exprs.map((expr) => expandQuery(expr, context)),
    grid.startMs,
    grid.endMs,
    grid.stepMs,
    signal ?? undefined,
  );
  return outcomes.map((outcome) => {
    const values = !isFailure(outcome) && outcome.type === "matrix" ? outcome.series.length * grid.points : 0;
    if (values > allowance.left) return tooMuch(allowance.max);
    allowance.left -= values;
    return toGrid(outcome, grid);
  });
}

function tooMuch(max: number): GridResult {
  const detail = `the answer has more than ${max} values; aggregate, or ask for fewer points`;
  return { series: [], warnings: [], error: { code: "QUERY_LIMIT", detail } };
}

function toGrid(outcome: QueryResult | QueryFailure, grid: Grid): GridResult {
  if (isFailure(outcome)) return { series: [], warnings: [], error: { code: outcome.code, detail: outcome.message } };
  const warnings = [...outcome.warnings, ...outcome.infos];
  if (outcome.type !== "matrix") {
    return { series: [], warnings, error: { code: "QUERY_FAILED", detail: `a ${outcome.type} has no points over time` } };
  }
  return {
    series: outcome.series.map(({ labels, timestampsMs, values }) => ({ labels, values: place(timestampsMs, values, grid) })),
    warnings,
  };
}

function place(timestampsMs: Float64Array, values: Float64Array, grid: Grid): readonly (number | null)[] {
  const placed = Array.from<unknown, number | null>({ length: grid.points }, () => null);
  for (const [index, timeMs] of timestampsMs.entries()) {
    const value = values[index] ?? Number.NaN;
    // JSON has no NaN and no infinity; a chart draws neither.
    if (Number.isFinite(value)) placed[Math.round((timeMs - grid.startMs) / grid.stepMs)] = value;
  }
  return placed;
}
