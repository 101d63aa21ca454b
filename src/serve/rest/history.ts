/** Range queries, shaped for charts: every series' values on one common grid of times. */
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
  readonly error?: { readonly code: string; readonly detail: string };
}

/** An answer of more values than this is refused: ≈ 20 MB of JSON. */
const valuesMax = 1_000_000;

/** Evaluates expressions (with variables) on the grid. A result that would pass the bound on values is an error of its own. */
export async function queryGrid(services: Services, exprs: readonly string[], grid: Grid): Promise<readonly GridResult[]> {
  const context = {
    node: services.nodeId,
    stepMs: grid.stepMs,
    samplingIntervalMs: services.config().sampling_interval_ms,
  };
  const outcomes = await services.query.batchRange(
    exprs.map((expr) => expandQuery(expr, context)),
    grid.startMs,
    grid.endMs,
    grid.stepMs,
  );
  let values = 0;
  return outcomes.map((outcome) => {
    if (!isFailure(outcome) && outcome.type === "matrix") values += outcome.series.length * grid.points;
    if (values > valuesMax) return tooMuch;
    return toGrid(outcome, grid);
  });
}

const tooMuch: GridResult = {
  series: [],
  warnings: [],
  error: { code: "QUERY_LIMIT", detail: `the answer has more than ${valuesMax} values; aggregate, or ask for fewer points` },
};

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
