/** What a caller may ask beside the answer itself: fewer series of it, and what it has cost. */
import type { Clock } from "../core/clock.ts";
import type { QueryOptions, QueryResult } from "./api.ts";
import type { QueryEngine } from "./engine.ts";
import type { CallBudget } from "./limits.ts";

/** Prometheus's warning where an answer was cut (web/api/v1/api.go, `truncateResults`). */
export const truncated = "results truncated due to limit";

/** The first `limit` series; all where it is 0 or left out. */
export function cutToLimit(result: QueryResult, limit: number | undefined): QueryResult {
  if (limit === undefined || limit === 0) return result;
  const warnings = [...result.warnings, truncated];
  if (result.type === "vector" && result.samples.length > limit) {
    return { ...result, samples: result.samples.slice(0, limit), warnings };
  }
  if (result.type === "matrix" && result.series.length > limit) {
    return { ...result, series: result.series.slice(0, limit), warnings };
  }
  return result;
}

/** Evaluates, and says what that has cost. Parsing comes first and is kept, so that its time can be told from the evaluation's. */
export function withStats(
  options: QueryOptions,
  { engine, clock, call, expr }: { engine: QueryEngine; clock: Clock; call: CallBudget; expr: string },
  evaluate: () => QueryResult,
): QueryResult {
  const queuedMs = clock.nowMs() - (options.askedAtMs ?? Number.NaN);
  const beganMs = clock.monotonicMs();
  engine.parse(expr);
  const parsedMs = clock.monotonicMs();
  const result = evaluate();
  const stats = {
    ...(queuedMs >= 0 ? { queuedSeconds: queuedMs / 1000 } : {}),
    parseSeconds: (parsedMs - beganMs) / 1000,
    evaluationSeconds: (clock.monotonicMs() - parsedMs) / 1000,
    samplesRead: call.samplesRead,
    samples: call.samples,
  };
  return { ...result, stats };
}
