/**
 * Tokens → syntax tree, by precedence climbing. Types are checked afterwards by `check.ts`; `parseQuery` does both.
 * Source of the grammar and of the precedences: Prometheus 3, promql/parser/generated_parser.y.
 */
import {
  aggregationOperators,
  type Aggregation,
  type AggregationOperator,
  type Binary,
  type BinaryOperator,
  type Call,
  comparisonOperators,
  type Expr,
  parametrizedAggregations,
  type VectorMatching,
} from "../ast.ts";
import { checkTypes } from "./check.ts";
import { checkDepth } from "./depth.ts";
import { TokenCursor } from "./cursor.ts";
import { parseDuration, parseNumber, quote } from "./literals.ts";
import { parseLabelName, parseSelector, parseString } from "./selector.ts";
import { parsePostfix } from "./postfix.ts";

/** Precedence of each binary operator; more binds tighter. */
const precedences: ReadonlyMap<BinaryOperator, number> = new Map([
  ...level(["or"], 1),
  ...level(["and", "unless"], 2),
  ...level(comparisonOperators, 3),
  ...level(["+", "-"], 4),
  ...level(["*", "/", "%", "atan2"], 5),
  ...level(["^"], 6),
]);

function level(operators: readonly BinaryOperator[], precedence: number): readonly (readonly [BinaryOperator, number])[] {
  return operators.map((operator) => [operator, precedence]);
}

const operatorsByWord: ReadonlyMap<string, BinaryOperator> = new Map(
  [...precedences.keys()].map((operator) => [operator, operator]),
);

const powerPrecedence = precedenceOf("^");

function precedenceOf(operator: BinaryOperator): number {
  return precedences.get(operator) ?? 0;
}

/** Words that the grammar needs elsewhere and that can therefore not be metric names. */
const reservedWords: ReadonlySet<string> = new Set(["bool", "on", "ignoring", "group_left", "group_right", "atan2"]);

/** Text → checked syntax tree. Throws `QUERY_SYNTAX` with the position and what was expected, `QUERY_UNSUPPORTED` for known gaps. */
export function parseQuery(text: string): Expr {
  const cursor = new TokenCursor(text);
  if (cursor.peek().kind === "end") throw cursor.error(cursor.peek(), "no expression found in input");
  const expr = parseExpression(cursor, 0);
  if (cursor.peek().kind !== "end") throw cursor.unexpected("");
  checkDepth(expr, text);
  checkTypes(expr, text);
  return expr;
}

/** A selector alone, as in `match[]`. Throws `QUERY_SYNTAX` for anything else. */
export function parseMetricSelector(text: string): Expr & { readonly kind: "selector" } {
  const expr = parseQuery(text);
  if (expr.kind !== "selector" || expr.offsetMs !== 0 || expr.at !== null) {
    throw new TokenCursor(text).error(expr.span, 'expected a series selector such as name{label="value"} and nothing else');
  }
  return expr;
}

function parseExpression(cursor: TokenCursor, precedenceMin: number): Expr {
  return cursor.nested(() => {
    let left = parseUnary(cursor);
    for (;;) {
      const operator = peekBinaryOperator(cursor);
      if (operator === null || precedenceOf(operator) < precedenceMin) return left;
      left = parseBinary(cursor, left, operator);
    }
  });
}

function peekBinaryOperator(cursor: TokenCursor): BinaryOperator | null {
  const { kind, text } = cursor.peek();
  if (kind !== "operator" && kind !== "identifier") return null;
  return operatorsByWord.get(text.toLowerCase()) ?? null;
}

function parseBinary(cursor: TokenCursor, left: Expr, operator: BinaryOperator): Binary {
  const { start, end } = cursor.next();
  const returnBool = cursor.acceptKeyword("bool");
  const matching = parseMatching(cursor);
  const precedence = precedenceOf(operator);
  // `^` binds to the right, everything else to the left.
  const right = parseExpression(cursor, precedence === powerPrecedence ? precedence : precedence + 1);
  const span = { start: left.span.start, end: right.span.end };
  return { kind: "binary", operator, operatorSpan: { start, end }, left, right, returnBool, matching, span };
}

function parseMatching(cursor: TokenCursor): VectorMatching | null {
  const on = cursor.isKeyword("on");
  if (!on && !cursor.isKeyword("ignoring")) return refuseFill(cursor, null);
  cursor.next();
  const labels = parseLabelList(cursor, "grouping opts");
  const group = cursor.acceptKeyword("group_left") ? "left" : cursor.acceptKeyword("group_right") ? "right" : "none";
  const include = group !== "none" && cursor.isOperator("(") ? parseLabelList(cursor, "grouping opts") : [];
  return refuseFill(cursor, { group, on, labels, include });
}

function refuseFill<T>(cursor: TokenCursor, parsed: T): T {
  const fill = ["fill", "fill_left", "fill_right"].find((word) => cursor.isKeyword(word) && cursor.isOperator("(", 1));
  if (fill !== undefined) throw cursor.unsupported(cursor.peek(), `the binary modifier ${quote(fill)}`);
  return parsed;
}

function parseLabelList(cursor: TokenCursor, context: string): readonly string[] {
  cursor.expectOperator("(", context);
  const labels: string[] = [];
  while (!cursor.acceptOperator(")")) {
    labels.push(parseLabelName(cursor, context));
    if (!cursor.acceptOperator(",") && !cursor.isOperator(")")) throw cursor.unexpected(context, '"," or ")"');
  }
  return labels;
}

/** Unary operators bind like `*`: `-a ^ b` is `-(a ^ b)`, `-a * b` is `(-a) * b`. */
function parseUnary(cursor: TokenCursor): Expr {
  const operator = cursor.isOperator("-") ? "-" : cursor.isOperator("+") ? "+" : null;
  if (operator === null) return parsePostfix(cursor, parsePrimary(cursor));
  const { start } = cursor.next();
  const expr = parseExpression(cursor, powerPrecedence);
  // A signed number is one literal, as in Prometheus: it prints and matches as one.
  if (expr.kind === "number") {
    const value = operator === "-" ? -expr.value : expr.value;
    return { ...expr, value, span: { start, end: expr.span.end } };
  }
  return { kind: "unary", operator, expr, span: { start, end: expr.span.end } };
}

function parsePrimary(cursor: TokenCursor): Expr {
  const token = cursor.peek();
  if (token.kind === "number" || token.kind === "duration") return parseNumberLiteral(cursor);
  if (token.kind === "string") {
    return { kind: "string", value: parseString(cursor), span: { start: token.start, end: token.end } };
  }
  if (token.kind === "identifier") return parseWord(cursor);
  if (cursor.isOperator("{")) return parseSelector(cursor, null);
  if (!cursor.acceptOperator("(")) throw cursor.unexpected("", "");
  const expr = parseExpression(cursor, 0);
  cursor.expectOperator(")", "paren expression");
  return { kind: "paren", expr, span: { start: token.start, end: cursor.previousEnd } };
}

function parseNumberLiteral(cursor: TokenCursor): Expr {
  const token = cursor.next();
  const isDuration = token.kind === "duration";
  const durationMs = isDuration ? parseDuration(token.text) : null;
  const value = isDuration ? (durationMs === null ? null : durationMs / 1000) : parseNumber(token.text);
  if (value === null || (isDuration && !Number.isFinite(value))) {
    throw cursor.error(token, `bad number or duration syntax: ${quote(token.text)}`);
  }
  return { kind: "number", value, isDuration, span: { start: token.start, end: token.end } };
}

/** Something that begins with a word: `inf`, an aggregation, a function call or a metric name. */
function parseWord(cursor: TokenCursor): Expr {
  const token = cursor.peek();
  const word = token.text.toLowerCase();
  if (word === "inf" || word === "nan") return parseNumberLiteral(cursor);
  const operator = aggregationOperators.find((known) => known === word);
  if (operator !== undefined && (cursor.isOperator("(", 1) || cursor.isKeyword("by", 1) || cursor.isKeyword("without", 1))) {
    return parseAggregation(cursor, operator);
  }
  if (cursor.isOperator("(", 1)) return parseCall(cursor);
  if (reservedWords.has(word)) throw cursor.unexpected("");
  return parseSelector(cursor, cursor.next());
}

interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

function parseGrouping(cursor: TokenCursor): Grouping | null {
  const without = cursor.isKeyword("without");
  if (!without && !cursor.isKeyword("by")) return null;
  cursor.next();
  return { without, labels: parseLabelList(cursor, "grouping opts") };
}

function parseAggregation(cursor: TokenCursor, operator: AggregationOperator): Aggregation {
  const { start } = cursor.next();
  const before = parseGrouping(cursor);
  const args = parseArguments(cursor, "aggregation");
  const grouping = before ?? parseGrouping(cursor) ?? { without: false, labels: [] };
  const wanted = parametrizedAggregations.has(operator) ? 2 : 1;
  const span = { start, end: cursor.previousEnd };
  if (args.length === 0) throw cursor.error(span, "no arguments for aggregate expression provided");
  const expr = args[wanted - 1];
  if (expr === undefined || args.length > wanted) {
    const counts = `expected ${wanted}, got ${args.length}`;
    throw cursor.error(span, `wrong number of arguments for aggregate expression provided, ${counts}`);
  }
  const parameter = wanted === 2 ? (args[0] ?? null) : null;
  return { kind: "aggregation", operator, parameter, expr, without: grouping.without, grouping: grouping.labels, span };
}

function parseCall(cursor: TokenCursor): Call {
  const token = cursor.next();
  const args = parseArguments(cursor, "function call");
  // `Start()` and `STEP()` are keywords in Prometheus and may be written in any case; other functions may not.
  const lower = token.text.toLowerCase();
  const name = ["start", "end", "step", "range"].includes(lower) ? lower : token.text;
  return { kind: "call", name, args, span: { start: token.start, end: cursor.previousEnd } };
}

function parseArguments(cursor: TokenCursor, context: string): readonly Expr[] {
  cursor.expectOperator("(", context);
  const args: Expr[] = [];
  if (cursor.acceptOperator(")")) return args;
  for (;;) {
    args.push(parseExpression(cursor, 0));
    if (cursor.acceptOperator(")")) return args;
    if (!cursor.acceptOperator(",")) throw cursor.unexpected(context, '"," or ")"');
    // Prometheus refuses a trailing comma in arguments with a message of its own.
    if (cursor.isOperator(")")) throw cursor.error(cursor.peek(), `trailing commas not allowed in ${context} args`);
  }
}
