/** What follows an expression and binds tightest: `[5m]`, `[1h:1m]`, `offset 5m`, `@ 12`. */
import type { Expr, Span, Subquery, VectorSelector } from "../ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseAtModifier, parsePlainDuration, parseSignedDuration } from "./selector.ts";

/** Reads as many of them as there are behind `expr`. */
export function parsePostfix(cursor: TokenCursor, expr: Expr): Expr {
  let result = expr;
  for (;;) {
    const token = cursor.peek();
    if (cursor.isOperator("[")) result = parseBrackets(cursor, result);
    else if (cursor.isKeyword("offset")) result = parseOffset(cursor, result);
    else if (cursor.isOperator("@")) result = parseAt(cursor, result);
    else if (cursor.isKeyword("anchored") || cursor.isKeyword("smoothed")) {
      throw cursor.unsupported(token, `the selector modifier "${token.text.toLowerCase()}"`);
    } else return result;
  }
}

function parseBrackets(cursor: TokenCursor, expr: Expr): Expr {
  const bracket = cursor.next();
  const rangeMs = parseRange(cursor);
  if (cursor.acceptOperator(":")) {
    const stepMs = cursor.isOperator("]") ? null : parseRange(cursor);
    cursor.expectOperator("]", "subquery");
    return { kind: "subquery", expr, rangeMs, stepMs, offsetMs: 0, at: null, span: spanFrom(expr, cursor) };
  }
  cursor.expectOperator("]", "subquery or range");
  if (expr.kind !== "selector") throw cursor.error(bracket, "ranges only allowed for vector selectors");
  if (expr.offsetMs !== 0) throw cursor.error(bracket, "no offset modifiers allowed before range");
  if (expr.at !== null) throw cursor.error(bracket, "no @ modifiers allowed before range");
  return { kind: "range", selector: expr, rangeMs, span: spanFrom(expr, cursor) };
}

function parseRange(cursor: TokenCursor): number {
  refuseDurationExpression(cursor);
  const at = cursor.peek();
  const durationMs = parsePlainDuration(cursor, "subquery or range selector");
  refuseDurationExpression(cursor);
  if (durationMs <= 0) throw cursor.error(at, "duration must be greater than 0");
  return durationMs;
}

/** `[5m + 1m]`, `[step() * 2]`: Prometheus's experimental duration expressions. */
function refuseDurationExpression(cursor: TokenCursor): void {
  const token = cursor.peek();
  const isArithmetic = ["+", "-", "*", "/", "%", "^", "("].some((operator) => cursor.isOperator(operator));
  const isCall = ["step", "range", "min", "max", "min_of", "max_of"].some((word) => cursor.isKeyword(word));
  if (isArithmetic || isCall) throw cursor.unsupported(token, "an expression in place of a duration");
}

function parseOffset(cursor: TokenCursor, expr: Expr): Expr {
  cursor.next();
  if (cursor.isOperator("(")) refuseDurationExpression(cursor);
  const offsetMs = parseSignedDuration(cursor, "offset");
  const shifted = shift(expr, (target) => {
    if (target.offsetMs !== 0) throw cursor.error(expr.span, "offset may not be set multiple times");
    return { ...target, offsetMs };
  });
  if (shifted === null) {
    const wanted = "an instant vector selector or range vector selector or a subquery";
    throw cursor.error(expr.span, `offset modifier must be preceded by ${wanted}`);
  }
  return { ...shifted, span: spanFrom(expr, cursor) };
}

function parseAt(cursor: TokenCursor, expr: Expr): Expr {
  cursor.next();
  const at = parseAtModifier(cursor);
  const shifted = shift(expr, (target) => {
    if (target.at !== null) throw cursor.error(expr.span, "@ <timestamp> may not be set multiple times");
    return { ...target, at };
  });
  if (shifted === null) {
    const wanted = "an instant vector selector or range vector selector or a subquery";
    throw cursor.error(expr.span, `@ modifier must be preceded by ${wanted}`);
  }
  return { ...shifted, span: spanFrom(expr, cursor) };
}

/** Applies a time shift to what can carry one: the selector, the selector inside a range, a subquery. */
function shift(expr: Expr, apply: <T extends VectorSelector | Subquery>(target: T) => T): Expr | null {
  if (expr.kind === "selector" || expr.kind === "subquery") return apply(expr);
  return expr.kind === "range" ? { ...expr, selector: apply(expr.selector) } : null;
}

function spanFrom(expr: Expr, cursor: TokenCursor): Span {
  return { start: expr.span.start, end: cursor.previousEnd };
}
