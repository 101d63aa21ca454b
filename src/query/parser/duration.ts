/**
 * Durations in brackets and behind `offset`: a literal, or an expression of durations and numbers of seconds.
 * Source: Prometheus 3.14, promql/parser/generated_parser.y (duration_expr, offset_duration_expr).
 */
import type { ChainPulseError } from "../../core/errors.ts";
import type { DurationBinary, DurationCall, DurationExpr, NumberLiteral } from "../ast.ts";
import { type TokenCursor, nestingDepthMax } from "./cursor.ts";
import { parseNumberLiteral } from "./number.ts";

/** What Prometheus says that it wants where there is no duration. */
export const durationExpected = "number, duration, step(), or range()";

/** Longest duration in seconds: Prometheus holds nanoseconds in 63 bits. */
export const secondsMax = 2 ** 63 / 1e9;

/** Why so many seconds are no range or step; `null` where they are. Samples have milliseconds, so a shorter step would never end. */
export function positiveDurationError(seconds: number): string | null {
  if (seconds >= 0.001) return null;
  return seconds > 0 ? "duration must be at least 1ms" : "duration must be greater than 0";
}

/** Makes the error for a token that does not fit. */
type Unexpected = () => ChainPulseError;

const precedences: ReadonlyMap<string, number> = new Map([
  ["+", 1],
  ["-", 1],
  ["*", 2],
  ["/", 2],
  ["%", 2],
  ["^", 3],
]);
const powerPrecedence = 3;

/** The duration of a range or step: a literal must be greater than 0, an expression is checked when it is computed. */
export function parsePositiveDuration(cursor: TokenCursor, unexpected: Unexpected): DurationExpr {
  const duration = parseOperations(cursor, unexpected, 1);
  const problem = duration.kind === "number" ? positiveDurationError(duration.value) : null;
  if (problem !== null) throw cursor.error(duration.span, problem);
  return duration;
}

/** Behind `offset` an expression stands in parentheses; what follows it is not part of it: `x offset 5m + 2` adds 2 to `x`. */
export function parseOffsetDuration(cursor: TokenCursor): DurationExpr {
  return parseSigned(cursor, () => cursor.unexpected("offset", durationExpected), parsePrimary);
}

function parseOperations(cursor: TokenCursor, unexpected: Unexpected, precedenceMin: number): DurationExpr {
  return cursor.nested(() => {
    let left = parseSigned(cursor, unexpected, parsePower);
    for (let operations = 0; ; operations++) {
      const operator = peekOperator(cursor);
      const precedence = operator === null ? 0 : (precedences.get(operator) ?? 0);
      if (operator === null || precedence < precedenceMin) return left;
      if (operations > nestingDepthMax)
        throw cursor.error(cursor.peek(), `more than ${nestingDepthMax} operations in a duration`);
      const token = cursor.next();
      const right = parseOperations(cursor, unexpected, operator === "^" ? precedence : precedence + 1);
      if (right.kind === "number" && right.value === 0 && (operator === "/" || operator === "%")) {
        throw cursor.error(token, operator === "/" ? "division by zero" : "modulo by zero");
      }
      const span = { start: left.span.start, end: right.span.end };
      left = { kind: "duration binary", operator, left, right, span };
    }
  });
}

function peekOperator(cursor: TokenCursor): "+" | "-" | "*" | "/" | "%" | "^" | null {
  for (const operator of ["+", "-", "*", "/", "%", "^"] as const) if (cursor.isOperator(operator)) return operator;
  return null;
}

type ParseOperand = (cursor: TokenCursor, unexpected: Unexpected) => DurationExpr;

/** A sign binds like `*`: `-2 ^ 2` is `-(2 ^ 2)`. */
function parsePower(cursor: TokenCursor, unexpected: Unexpected): DurationExpr {
  return parseOperations(cursor, unexpected, powerPrecedence);
}

function parseSigned(cursor: TokenCursor, unexpected: Unexpected, parseOperand: ParseOperand): DurationExpr {
  const isNegative = cursor.isOperator("-");
  if (!isNegative && !cursor.isOperator("+")) return parsePrimary(cursor, unexpected);
  const { start } = cursor.next();
  const expr = parseOperand(cursor, unexpected);
  if (expr.kind === "number") {
    return { ...expr, value: isNegative ? -expr.value : expr.value, span: { start, end: expr.span.end } };
  }
  return isNegative ? { kind: "duration negation", expr, span: { start, end: expr.span.end } } : expr;
}

function parsePrimary(cursor: TokenCursor, unexpected: Unexpected): DurationExpr {
  const { kind, start } = cursor.peek();
  if (kind === "number" || kind === "duration") return parseLiteral(cursor);
  for (const name of ["step", "range"] as const)
    if (cursor.acceptKeyword(name)) return parseCall(cursor, unexpected, name, start);
  for (const name of ["min_of", "max_of"] as const) {
    if (cursor.acceptKeyword(name)) return parseExtreme(cursor, unexpected, name, start);
  }
  if (!cursor.acceptOperator("(")) throw unexpected();
  const expr = parseOperations(cursor, unexpected, 1);
  if (!cursor.acceptOperator(")")) throw unexpected();
  return { kind: "duration paren", expr, span: { start, end: cursor.previousEnd } };
}

function parseLiteral(cursor: TokenCursor): NumberLiteral {
  const literal = parseNumberLiteral(cursor);
  if (Math.abs(literal.value) > secondsMax) throw cursor.error(literal.span, "duration out of range");
  return literal;
}

function parseCall(cursor: TokenCursor, unexpected: Unexpected, name: DurationCall["name"], start: number): DurationCall {
  if (!cursor.acceptOperator("(") || !cursor.acceptOperator(")")) throw unexpected();
  return { kind: "duration call", name, span: { start, end: cursor.previousEnd } };
}

function parseExtreme(
  cursor: TokenCursor,
  unexpected: Unexpected,
  operator: "min_of" | "max_of",
  start: number,
): DurationBinary {
  if (!cursor.acceptOperator("(")) throw unexpected();
  const left = parseOperations(cursor, unexpected, 1);
  if (!cursor.acceptOperator(",")) throw unexpected();
  const right = parseOperations(cursor, unexpected, 1);
  if (!cursor.acceptOperator(")")) throw unexpected();
  return { kind: "duration binary", operator, left, right, span: { start, end: cursor.previousEnd } };
}
