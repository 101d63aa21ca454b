/** Parses `name{a="b", "quoted name", c=~"d"}` and what may follow a selector: `offset 5m`, `@ 12`. */
import { ChainPulseError } from "../../core/errors.ts";
import { type LabelMatcher, type MatchOperator, metricNameLabel } from "../../core/labels.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import type { AtModifier, Span, VectorSelector } from "../ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseDuration, parseNumber, quote, unquote } from "./literals.ts";

const matchOperators: readonly MatchOperator[] = ["=", "!=", "=~", "!~"];

/** Reads a selector whose name (if any) was taken already; the cursor is at `{` or behind the name. */
export function parseSelector(cursor: TokenCursor, nameToken: (Span & { readonly text: string }) | null): VectorSelector {
  const start = nameToken?.start ?? cursor.peek().start;
  let name = nameToken?.text ?? null;
  const matchers: LabelMatcher[] = [];
  if (cursor.acceptOperator("{")) {
    const inBraces = parseMatchers(cursor);
    for (const quotedName of inBraces.names) {
      if (name !== null) {
        throw cursor.error({ start, end: start }, `metric name must not be set twice: ${quote(name)} or ${quote(quotedName)}`);
      }
      name = quotedName;
    }
    matchers.push(...inBraces.matchers);
  }
  const span = { start, end: cursor.previousEnd };
  checkSelector(cursor, name, matchers, span);
  return { kind: "selector", name, matchers, offsetMs: 0, at: null, span };
}

/** All conditions of a selector, the name among them. */
export function allMatchers(selector: VectorSelector): readonly LabelMatcher[] {
  if (selector.name === null) return selector.matchers;
  return [{ name: metricNameLabel, operator: "=", value: selector.name }, ...selector.matchers];
}

interface Braces {
  readonly names: readonly string[];
  readonly matchers: readonly LabelMatcher[];
}

function parseMatchers(cursor: TokenCursor): Braces {
  const names: string[] = [];
  const matchers: LabelMatcher[] = [];
  while (!cursor.acceptOperator("}")) {
    const labelToken = cursor.peek();
    if (labelToken.kind !== "identifier" && labelToken.kind !== "string") {
      throw cursor.unexpected("label matching", 'identifier or "}"');
    }
    const label = parseLabelName(cursor, "label matching");
    const operator = matchOperators.find((known) => cursor.isOperator(known));
    if (operator !== undefined) matchers.push(parseMatcher(cursor, label, operator));
    else if (labelToken.kind === "string") names.push(label);
    else throw cursor.unexpected("label matching", "label matching operator");
    if (!cursor.acceptOperator(",") && !cursor.isOperator("}")) throw cursor.unexpected("label matching", '"," or "}"');
  }
  return { names, matchers };
}

function parseMatcher(cursor: TokenCursor, name: string, operator: MatchOperator): LabelMatcher {
  cursor.next();
  if (cursor.peek().kind !== "string") throw cursor.unexpected("label matching", "string");
  const valueToken = cursor.peek();
  const matcher = { name, operator, value: parseString(cursor) };
  try {
    compileMatcher(matcher);
  } catch (error) {
    const isSyntax = error instanceof ChainPulseError && error.code === "QUERY_SYNTAX";
    throw isSyntax ? cursor.error(valueToken, error.message) : error;
  }
  return matcher;
}

/** A label name, bare or quoted. */
export function parseLabelName(cursor: TokenCursor, context: string): string {
  const token = cursor.peek();
  if (token.kind === "string") {
    const name = parseString(cursor);
    if (name === "" || !name.isWellFormed()) throw cursor.error(token, `invalid label name ${quote(name)}`);
    return name;
  }
  if (token.kind !== "identifier" || token.text.includes(":")) throw cursor.unexpected(context, "label");
  return cursor.next().text;
}

/** The value of the string token the cursor is at. */
export function parseString(cursor: TokenCursor): string {
  const token = cursor.next();
  const value = unquote(token.text);
  if (value === null) throw cursor.error(token, `invalid escape sequence in string ${token.text}`);
  return value;
}

function checkSelector(cursor: TokenCursor, name: string | null, matchers: readonly LabelMatcher[], span: Span): void {
  if (name !== null) {
    const again = matchers.find((matcher) => matcher.name === metricNameLabel);
    if (again !== undefined) {
      throw cursor.error(span, `metric name must not be set twice: ${quote(name)} or ${quote(again.value)}`);
    }
    if (name !== "") return;
  }
  if (!matchers.some((matcher) => !compileMatcher(matcher).matches(""))) {
    throw cursor.error(span, "vector selector must contain at least one non-empty matcher");
  }
}

/** `-5m`, `300`, `1.5` (seconds) → ms. */
export function parseSignedDuration(cursor: TokenCursor, context: string): number {
  const sign = cursor.acceptOperator("-") ? -1 : 1;
  if (sign === 1) cursor.acceptOperator("+");
  return sign * parsePlainDuration(cursor, context);
}

/** `5m` or a number of seconds → ms, rounded to the resolution of sample times. */
export function parsePlainDuration(cursor: TokenCursor, context: string): number {
  const token = cursor.peek();
  if (token.kind !== "duration" && token.kind !== "number") throw cursor.unexpected(context, "number or duration");
  cursor.next();
  const durationMs = token.kind === "duration" ? parseDuration(token.text) : secondsToMs(parseNumber(token.text));
  if (durationMs === null) throw cursor.error(token, `not a valid duration string: ${quote(token.text)}`);
  if (!Number.isFinite(durationMs) || durationMs > 2 ** 53) throw cursor.error(token, "duration out of range");
  return durationMs;
}

function secondsToMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000);
}

/** What follows `@`: a time in seconds, `start()` or `end()`. */
export function parseAtModifier(cursor: TokenCursor): AtModifier {
  for (const kind of ["start", "end"] as const) {
    if (cursor.isKeyword(kind) && cursor.isOperator("(", 1)) {
      cursor.next();
      cursor.next();
      cursor.expectOperator(")", "@");
      return { kind };
    }
  }
  const token = cursor.peek();
  const sign = cursor.acceptOperator("-") ? -1 : 1;
  if (sign === 1) cursor.acceptOperator("+");
  const number = cursor.peek();
  const seconds = number.kind === "number" || number.kind === "identifier" ? parseNumber(number.text) : null;
  if (seconds === null) throw cursor.unexpected("@", "timestamp");
  cursor.next();
  const timeMs = sign * Math.round(seconds * 1000);
  if (!Number.isSafeInteger(timeMs)) throw cursor.error(token, `timestamp out of bounds for @ modifier: ${sign * seconds}`);
  return { kind: "time", timeMs };
}
