/**
 * Computes the expressions that stand in place of durations, before anything is evaluated: `[5m + step()]`, `offset (1h / 2)`.
 * Source: Prometheus 3.14, promql/durations.go.
 */
import type { DurationBinary, DurationExpr, Expr, Subquery, VectorSelector } from "../ast.ts";
import { positiveDurationError, secondsMax } from "../parser/duration.ts";
import { syntaxError } from "../parser/syntax-error.ts";
import type { QueryTimes } from "./context.ts";
import { goMax, goMin, goPow } from "./go-math.ts";

/** The tree with every duration in its number of ms; the same tree when it has no such expressions. Throws `QUERY_SYNTAX`. */
export function resolveDurations(expr: Expr, query: QueryTimes, text: string): Expr {
  const resolve = <T extends Expr>(inner: T): Expr => resolveDurations(inner, query, text);
  switch (expr.kind) {
    case "number":
    case "string":
      return expr;
    case "selector":
      return withOffset(expr, query, text);
    case "range": {
      const selector = withOffset(expr.selector, query, text);
      const rangeMs = positiveMs(expr.rangeMs, expr.rangeExpr, query, text);
      return selector === expr.selector && rangeMs === expr.rangeMs ? expr : { ...expr, selector, rangeMs };
    }
    case "subquery":
      return resolveSubquery(expr, resolve(expr.expr), query, text);
    case "paren":
    case "unary": {
      const inner = resolve(expr.expr);
      return inner === expr.expr ? expr : { ...expr, expr: inner };
    }
    case "binary": {
      const [left, right] = [resolve(expr.left), resolve(expr.right)];
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
    }
    case "aggregation": {
      const inner = resolve(expr.expr);
      const parameter = expr.parameter && resolve(expr.parameter);
      return inner === expr.expr && parameter === expr.parameter ? expr : { ...expr, expr: inner, parameter };
    }
    case "call": {
      const args = expr.args.map(resolve);
      return args.every((arg, index) => arg === expr.args[index]) ? expr : { ...expr, args };
    }
  }
}

function resolveSubquery(expr: Subquery, inner: Expr, query: QueryTimes, text: string): Subquery {
  const shifted = withOffset(expr, query, text);
  const rangeMs = positiveMs(expr.rangeMs, expr.rangeExpr, query, text);
  const stepMs = expr.stepMs === null ? null : positiveMs(expr.stepMs, expr.stepExpr, query, text);
  const isSame = shifted === expr && inner === expr.expr && rangeMs === expr.rangeMs && stepMs === expr.stepMs;
  return isSame ? expr : { ...shifted, expr: inner, rangeMs, stepMs };
}

function withOffset<T extends VectorSelector | Subquery>(target: T, query: QueryTimes, text: string): T {
  if (target.offsetExpr === null) return target;
  return { ...target, offsetMs: toMs(secondsOf(target.offsetExpr, query, text), target.offsetExpr, text) };
}

function positiveMs(literalMs: number, expr: DurationExpr | null, query: QueryTimes, text: string): number {
  if (expr === null) return literalMs;
  const seconds = secondsOf(expr, query, text);
  const problem = positiveDurationError(seconds);
  if (problem !== null) throw syntaxError(text, expr.span.start, problem);
  return toMs(seconds, expr, text);
}

/** Whole milliseconds, the rest cut off; never −0. */
function toMs(seconds: number, expr: DurationExpr, text: string): number {
  // Also NaN, of which nothing is true.
  const isInRange = Math.abs(seconds) <= secondsMax;
  if (!isInRange) throw syntaxError(text, expr.span.start, "duration is out of range");
  return Math.trunc(seconds * 1000) + 0;
}

function secondsOf(expr: DurationExpr, query: QueryTimes, text: string): number {
  switch (expr.kind) {
    case "number":
      return expr.value;
    case "duration call":
      return (expr.name === "step" ? query.stepMs : query.endMs - query.startMs) / 1000;
    case "duration negation":
      return -secondsOf(expr.expr, query, text);
    case "duration paren":
      return secondsOf(expr.expr, query, text);
    case "duration binary":
      return compute(expr, secondsOf(expr.left, query, text), secondsOf(expr.right, query, text), text);
  }
}

function compute({ operator, span }: DurationBinary, left: number, right: number, text: string): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0) throw syntaxError(text, span.start, "division by zero");
      return left / right;
    case "%":
      if (right === 0) throw syntaxError(text, span.start, "modulo by zero");
      return left % right;
    case "^":
      return goPow(left, right);
    case "min_of":
      return goMin(left, right);
    case "max_of":
      return goMax(left, right);
  }
}
