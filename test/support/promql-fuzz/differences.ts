/**
 * Where a Prometheus 2.42 answers otherwise than the Prometheus 3 that our engine follows. The fuzzer takes a difference for known
 * only if one of these rules says so; everything else is a bug of ours. Numbers are of pull requests of prometheus/prometheus.
 *
 * What no rule could tell from a bug is never asked (`data-set.ts`, `queries.ts`):
 * - Window edges. Ranges and look-back are half open since 3.0 (#13904): samples and steps of subqueries lie on no edge.
 * - Ties. Which of equal elements topk and bottomk take is nowhere written: they get elements with distinct values.
 * - Deviations of what is no number. stddev and stdvar give NaN for NaN and infinities since 3.0 (#14941): they get finite values.
 * - Dates of no time. Go's conversion of what 64 bits do not hold depends on the processor: dates are of finite numbers.
 * - Empty subqueries. One that is shorter than its step may have no step; 2.42 evaluates constants behind its end then.
 * - Rounding. count_values makes labels of values, where compensated summation, added bit by bit since, would show: it gets stored ones.
 */
import { buckets, counters } from "./data-set.ts";
import type { FuzzQuery } from "./queries.ts";

export interface KnownDifference {
  readonly id: string;
  /** What has changed, and where. */
  readonly reason: string;
  /** Whether a difference, as `compare.ts` words it, may come from there. */
  explains(query: FuzzQuery, difference: string): boolean;
}

/** In a range or in a subquery. */
function severalSteps({ expr, range }: Pick<FuzzQuery, "expr" | "range">): boolean {
  return range !== null || /\[\w+:/.test(expr);
}

const rateOfOther = new RegExp(`\\b(rate|increase)\\((?!(${[...counters, buckets].join("|")})\\b)`);

const known: readonly KnownDifference[] = [
  {
    id: "name after atan2",
    reason: "atan2 keeps the metric's name until #12595 (2.47).",
    explains: ({ expr }, difference) => /\batan2\b/.test(expr) && /only (ours|theirs) (has|fails)/.test(difference),
  },
  {
    id: "matches of filtered elements",
    reason: "Since #17668 (3.9) a comparison looks for ambiguous matches before it filters.",
    explains: ({ expr }, difference) =>
      /[<>=!]=?/.test(expr) && /only ours fails: .*multiple matches for labels/.test(difference),
  },
  {
    id: "names dropped late",
    reason:
      "Metric names are dropped at the end of the query (#14477, 3.0): fewer elements meet with the same labels on the way.",
    explains: (_, difference) =>
      /only theirs fails: .*(same labelset|grouping labels must ensure unique matches)/.test(difference),
  },
  {
    id: "k below 1",
    reason: "topk and bottomk of a k below 1 are empty, however small it is, since #16404 (3.5); -Inf was refused.",
    explains: ({ expr }, difference) =>
      /\b(top|bottom)k\b/.test(expr) && /only theirs fails: .*overflows int64/.test(difference),
  },
  {
    id: "durations are numbers",
    reason: "Since 3.0 a duration may be a number of seconds, and a number may be written as a duration.",
    explains: (_, difference) =>
      /only theirs fails: .*parse error: (missing unit character|unexpected (number|duration))/.test(difference),
  },
  {
    id: "amplified rounding",
    reason:
      "pow, exp and compensated averages differ in the last digit; a remainder, or the sine of a large number, brings it to the front.",
    explains: ({ expr }, difference) =>
      / is .* here and .* there/.test(difference) &&
      /%|\b(sin|cos|tan)\(/.test(expr) &&
      /\^|\b(exp|sinh|cosh|avg|avg_over_time)\b/.test(expr),
  },
  {
    id: "count_values at several steps",
    reason: "In 2.42 each step of count_values by () appends its label to the list of the others, and overwrites one of them.",
    explains: ({ expr, range }) => /\bcount_values by\b/i.test(expr) && severalSteps({ expr, range }),
  },
  {
    id: "start() in a parameter",
    reason: "No Prometheus so far resolves start() and end() in the parameter of an aggregation; ours does it everywhere.",
    explains: ({ expr }) => /\b(topk|bottomk|quantile|limitk)\b.*@ (start|end)\(\)/i.test(expr),
  },
  {
    id: "timestamp with @ and offset",
    reason: "timestamp() forgets the offset beside an @ in every Prometheus so far; ours looks where it is told to.",
    explains: ({ expr }) => /\btimestamp\(.*(@.*offset|offset.*@)/i.test(expr),
  },
  {
    id: "@ within @ within a subquery",
    reason: "Prometheus finds nothing there, although both say where to look; one level less gives the same answer as ours.",
    explains: ({ expr }, difference) =>
      expr.split("@").length > 2 && /(\[\w+:.*){2}/.test(expr) && /only ours has/.test(difference),
  },
  {
    id: "windows held by @",
    reason: "In 2.42 the window of a function that takes a scalar too moves from step to step, although @ holds it.",
    explains: ({ expr, range }) => /\b(predict_linear|quantile_over_time)\(.*@/.test(expr) && severalSteps({ expr, range }),
  },
  {
    id: "rate near zero",
    reason:
      "rate and increase of a series that begins in the window reach back half an interval at most before the zero point is looked for (#13725, 2.52).",
    // The counters begin far from zero.
    explains: ({ expr }, difference) => / is .* here and .* there/.test(difference) && rateOfOther.test(expr),
  },
];

/** The rule that explains a difference, `null` where none does. */
export function knownDifference(query: FuzzQuery, difference: string): KnownDifference | null {
  return known.find((rule) => rule.explains(query, difference)) ?? null;
}
