/** Parses `name{a="b", "quoted name", c=~"d"}`. Source: Prometheus 3, promql/parser/generated_parser.y (vector_selector). */
import { ChainPulseError } from "../../core/errors.ts";
import { type LabelMatcher, type MatchOperator, metricNameLabel } from "../../core/labels.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import type { Span, VectorSelector } from "../ast.ts";
import type { Token } from "../lexer.ts";
import type { TokenCursor } from "./cursor.ts";
import { quote, unquote } from "./literals.ts";

const matchOperators: readonly MatchOperator[] = ["=", "!=", "=~", "!~"];

/** Reads a selector whose name (if any) was taken already; the cursor is at `{` or behind the name. */
export function parseSelector(cursor: TokenCursor, nameToken: (Span & { readonly text: string }) | null): VectorSelector {
  const start = nameToken?.start ?? cursor.peek().start;
  const matchers = cursor.acceptOperator("{") ? parseMatchers(cursor) : [];
  const span = { start, end: cursor.previousEnd };
  const name = nameToken?.text ?? null;
  return { kind: "selector", name, matchers, extension: null, offsetMs: 0, offsetExpr: null, at: null, span };
}

/** All conditions of a selector, the name among them. */
export function allMatchers(selector: VectorSelector): readonly LabelMatcher[] {
  if (selector.name === null) return selector.matchers;
  return [nameMatcher(selector.name), ...selector.matchers];
}

function nameMatcher(value: string): LabelMatcher {
  return { name: metricNameLabel, operator: "=", value };
}

function parseMatchers(cursor: TokenCursor): readonly LabelMatcher[] {
  const matchers: LabelMatcher[] = [];
  while (!cursor.acceptOperator("}")) {
    matchers.push(parseMatcher(cursor));
    if (!cursor.acceptOperator(",") && !cursor.isOperator("}")) throw cursor.unexpected("label matching", '"," or "}"');
  }
  return matchers;
}

/** `a="b"`, or a quoted metric name alone. */
function parseMatcher(cursor: TokenCursor): LabelMatcher {
  const token = cursor.peek();
  if (token.kind !== "identifier" && token.kind !== "string") {
    throw cursor.unexpected("label matching", 'identifier or "}"');
  }
  const name = token.kind === "string" ? parseString(cursor) : cursor.next().text;
  const operator = matchOperators.find((known) => cursor.isOperator(known));
  if (operator === undefined) {
    if (token.kind === "string") return nameMatcher(name);
    throw cursor.unexpected("label matching", "label matching operator");
  }
  cursor.next();
  if (cursor.peek().kind !== "string") throw cursor.unexpected("label matching", "string");
  return checked({ name, operator, value: parseString(cursor) }, token, cursor);
}

/** Throws for a regular expression that is none. */
function checked(matcher: LabelMatcher, token: Token, cursor: TokenCursor): LabelMatcher {
  try {
    compileMatcher(matcher);
  } catch (error) {
    const isSyntax = error instanceof ChainPulseError && error.code === "QUERY_SYNTAX";
    throw isSyntax ? cursor.error(token, error.message) : error;
  }
  return matcher;
}

/** The value of the string token the cursor is at. */
export function parseString(cursor: TokenCursor): string {
  const token = cursor.next();
  const value = unquote(token.text);
  if (value === null) throw cursor.error(token, `error unquoting string ${quote(token.text)}: invalid syntax`);
  return value;
}
