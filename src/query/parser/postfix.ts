/** What follows an expression and binds tightest: `[5m]`, `[1h:1m]`, `offset 5m`, `@ 12`, `anchored`. */
import type {
  AtModifier,
  DurationExpr,
  Expr,
  NumberLiteral,
  SelectorExtension,
  Span,
  Subquery,
  VectorSelector,
} from "../ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { durationExpected, parseOffsetDuration, parsePositiveDuration } from "./duration.ts";
import { formatFixed } from "./literals.ts";
import { parseSignedNumber } from "./number.ts";

const shiftable = "an instant vector selector or range vector selector or a subquery";

/** Reads as many of them as there are behind `expr`. */
export function parsePostfix(cursor: TokenCursor, expr: Expr): Expr {
  let result = expr;
  for (;;) {
    if (cursor.isOperator("[")) result = parseBrackets(cursor, result);
    else if (cursor.acceptKeyword("offset")) result = parseOffset(cursor, result);
    else if (cursor.acceptOperator("@")) result = parseAt(cursor, result);
    else if (cursor.acceptKeyword("anchored")) result = extend(cursor, result, "anchored");
    else if (cursor.acceptKeyword("smoothed")) result = extend(cursor, result, "smoothed");
    else return result;
  }
}

function parseBrackets(cursor: TokenCursor, expr: Expr): Expr {
  const bracket = cursor.next();
  const range = parsePositiveDuration(cursor, () => cursor.unexpected("subquery or range selector", durationExpected));
  if (cursor.acceptOperator(":")) return parseSubquery(cursor, expr, range);
  cursor.expectOperator("]", "subquery or range", '":" or "]"');
  if (expr.kind !== "selector") throw cursor.error(bracket, "ranges only allowed for vector selectors");
  if (hasOffset(expr)) throw cursor.error(bracket, "no offset modifiers allowed before range");
  if (expr.at !== null) throw cursor.error(bracket, "no @ modifiers allowed before range");
  const { ms: rangeMs, expr: rangeExpr } = settle(range);
  return { kind: "range", selector: expr, rangeMs, rangeExpr, span: spanFrom(expr, cursor) };
}

function parseSubquery(cursor: TokenCursor, expr: Expr, range: DurationExpr): Subquery {
  const context = "subquery selector";
  const expected = 'number, duration, step(), range(), or "]"';
  const step = cursor.isOperator("]") ? null : parsePositiveDuration(cursor, () => cursor.unexpected(context, expected));
  cursor.expectOperator("]", context, '"]"');
  const { ms: rangeMs, expr: rangeExpr } = settle(range);
  const { ms: stepMs, expr: stepExpr } = step === null ? { ms: null, expr: null } : settle(step);
  const shift = { offsetMs: 0, offsetExpr: null, at: null };
  return { kind: "subquery", expr, rangeMs, rangeExpr, stepMs, stepExpr, ...shift, span: spanFrom(expr, cursor) };
}

/** A literal has its value at once; an expression only when the query's step and range are known. */
function settle(duration: DurationExpr): { readonly ms: number; readonly expr: DurationExpr | null } {
  return duration.kind === "number" ? { ms: literalMs(duration), expr: null } : { ms: 0, expr: duration };
}

/** Whole milliseconds, never −0; what a number of seconds has beyond them is cut off, as in Prometheus, which counts nanoseconds. */
function literalMs({ value, isDuration }: NumberLiteral): number {
  return (isDuration ? Math.round(value * 1000) : Math.trunc(Math.round(value * 1e9) / 1e6)) + 0;
}

function hasOffset({ offsetMs, offsetExpr }: VectorSelector | Subquery): boolean {
  return offsetMs !== 0 || offsetExpr !== null;
}

function parseOffset(cursor: TokenCursor, expr: Expr): Expr {
  const { ms: offsetMs, expr: offsetExpr } = settle(parseOffsetDuration(cursor));
  const shifted = shift(expr, (target) => {
    if (hasOffset(target)) throw cursor.error(expr.span, "offset may not be set multiple times");
    return { ...target, offsetMs, offsetExpr };
  });
  if (shifted === null) throw cursor.error(expr.span, `offset modifier must be preceded by ${shiftable}`);
  return { ...shifted, span: spanFrom(expr, cursor) };
}

function parseAt(cursor: TokenCursor, expr: Expr): Expr {
  const at = parseAtModifier(cursor, expr);
  const shifted = shift(expr, (target) => {
    if (target.at !== null) throw cursor.error(expr.span, "@ <timestamp> may not be set multiple times");
    return { ...target, at };
  });
  if (shifted === null) throw cursor.error(expr.span, `@ modifier must be preceded by ${shiftable}`);
  return { ...shifted, span: spanFrom(expr, cursor) };
}

/** What follows `@`: a time in seconds, `start()` or `end()`. */
function parseAtModifier(cursor: TokenCursor, expr: Expr): AtModifier {
  for (const kind of ["start", "end"] as const) {
    if (!cursor.acceptKeyword(kind)) continue;
    cursor.expectOperator("(", "@", "timestamp");
    cursor.expectOperator(")", "@", "timestamp");
    return { kind };
  }
  const seconds = parseSignedNumber(cursor);
  if (seconds === null) throw cursor.unexpected("@", "timestamp");
  // Rounded away from zero, as Go does.
  const timeMs = seconds < 0 ? -Math.round(-seconds * 1000) : Math.round(seconds * 1000);
  if (!Number.isSafeInteger(timeMs)) {
    throw cursor.error(expr.span, `timestamp out of bounds for @ modifier: ${formatFixed(seconds, 6)}`);
  }
  return { kind: "time", timeMs };
}

function extend(cursor: TokenCursor, expr: Expr, extension: SelectorExtension): Expr {
  const selector = expr.kind === "range" ? expr.selector : expr;
  if (selector.kind === "subquery") throw cursor.error(expr.span, `${extension} modifier is not supported for subqueries`);
  if (selector.kind !== "selector") throw cursor.error(expr.span, `${extension} modifier not implemented`);
  if (selector.extension !== null && selector.extension !== extension) {
    throw cursor.error(expr.span, "anchored and smoothed modifiers cannot be used together");
  }
  const extended = { ...selector, extension };
  return expr.kind === "range" ? { ...expr, selector: extended } : extended;
}

/** Applies a time shift to what can carry one: the selector, the selector inside a range, a subquery. */
function shift(expr: Expr, apply: <T extends VectorSelector | Subquery>(target: T) => T): Expr | null {
  if (expr.kind === "selector" || expr.kind === "subquery") return apply(expr);
  return expr.kind === "range" ? { ...expr, selector: apply(expr.selector) } : null;
}

function spanFrom(expr: Expr, cursor: TokenCursor): Span {
  return { start: expr.span.start, end: cursor.previousEnd };
}
