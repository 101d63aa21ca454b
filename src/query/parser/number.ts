/** Number literals: numbers, and durations that stand for their seconds. Source: Prometheus 3, promql/parser/parse.go (number, parseDuration). */
import type { NumberLiteral } from "../ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseDuration } from "../../core/duration.ts";
import { durationError, parseNumber, quote } from "./literals.ts";

/** The cursor is at a number or a duration. Throws `QUERY_SYNTAX` where it has no value. */
export function parseNumberLiteral(cursor: TokenCursor): NumberLiteral {
  const token = cursor.next();
  const span = { start: token.start, end: token.end };
  if (token.kind === "duration") {
    const problem = durationError(token.text);
    if (problem !== null) throw cursor.error(token, problem);
    return { kind: "number", value: (parseDuration(token.text) ?? 0) / 1000, isDuration: true, span };
  }
  const value = parseNumber(token.text);
  const isTooLarge = value === Number.POSITIVE_INFINITY && /\d/.test(token.text);
  if (value === null || isTooLarge) {
    const reason = value === null ? "invalid syntax" : "value out of range";
    throw cursor.error(token, `error parsing number: strconv.ParseFloat: parsing ${quote(token.text)}: ${reason}`);
  }
  return { kind: "number", value, isDuration: false, span };
}

/** `+5`, `-1m`: its value; `null`, with the cursor at what is there instead, where there is none. */
export function parseSignedNumber(cursor: TokenCursor): number | null {
  const sign = cursor.acceptOperator("-") ? -1 : 1;
  if (sign === 1) cursor.acceptOperator("+");
  const { kind } = cursor.peek();
  return kind === "number" || kind === "duration" ? sign * parseNumberLiteral(cursor).value : null;
}
