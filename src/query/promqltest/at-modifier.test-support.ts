/**
 * The same query at other times: with `@ <time>` behind each selector and subquery it must give what it gives at that time.
 * Source: Prometheus 3.14, promql/promqltest/test.go (atModifierTestCases).
 */
import { ChainPulseError } from "../../core/errors.ts";
import type { Expr } from "../ast.ts";
import { parseQuery } from "../parser/parser.ts";
import { printQuery } from "../printer.ts";

/** Functions whose result depends on when they are evaluated, whatever their arguments are. Source: promql/functions.go. */
const dependOnTime: ReadonlySet<string> = new Set([
  "days_in_month",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "hour",
  "minute",
  "month",
  "year",
  "predict_linear",
  "time",
  "timestamp",
  "start_timestamp",
  "start",
  "end",
  "step",
  "range",
]);

/** The query that looks at `timeMs` whenever it is evaluated; `null` where there is none. */
export function pinnedTo(text: string, timeMs: number): string | null {
  const expr = parseOrNull(text);
  return expr === null || dependsOnTime(expr) ? null : printQuery(pin(expr, timeMs));
}

/** What is no query has been judged before. */
function parseOrNull(text: string): Expr | null {
  try {
    return parseQuery(text);
  } catch (error) {
    if (error instanceof ChainPulseError) return null;
    throw error;
  }
}

/** Times at which the pinned query is evaluated. */
export function otherTimesMs(timeMs: number): readonly number[] {
  if (timeMs === 0) return [-1000, 1000];
  return [-10 * timeMs, 0, Math.trunc(timeMs / 5), timeMs, 10 * timeMs];
}

function dependsOnTime(expr: Expr): boolean {
  return (expr.kind === "call" && dependOnTime.has(expr.name)) || childrenOf(expr).some(dependsOnTime);
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "paren":
    case "unary":
    case "subquery":
      return [expr.expr];
    case "binary":
      return [expr.left, expr.right];
    case "aggregation":
      return expr.parameter === null ? [expr.expr] : [expr.parameter, expr.expr];
    case "call":
      return expr.args;
    default:
      return [];
  }
}

/** A time that is written out stays; what is inside a subquery looks back from its steps. */
function pin(expr: Expr, timeMs: number): Expr {
  const inner = (child: Expr): Expr => pin(child, timeMs);
  const at = { kind: "time", timeMs } as const;
  switch (expr.kind) {
    case "selector":
    case "subquery":
      return { ...expr, at: expr.at ?? at };
    case "range":
      return { ...expr, selector: { ...expr.selector, at: expr.selector.at ?? at } };
    case "paren":
    case "unary":
      return { ...expr, expr: inner(expr.expr) };
    case "binary":
      return { ...expr, left: inner(expr.left), right: inner(expr.right) };
    case "aggregation":
      return { ...expr, parameter: expr.parameter && inner(expr.parameter), expr: inner(expr.expr) };
    case "call":
      return { ...expr, args: expr.args.map(inner) };
    default:
      return expr;
  }
}
