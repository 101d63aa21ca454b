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
  trimOperators,
  type VectorSelector,
} from "../ast.ts";
import { checkTypes } from "./check.ts";
import { checkDepth } from "./depth.ts";
import { functionSignatures } from "../functions.ts";
import { functionKeywords } from "../lexer.ts";
import { beginsExpression } from "./begins-expression.ts";
import { TokenCursor } from "./cursor.ts";
import { quote } from "./literals.ts";
import { parseLabelList, parseMatching } from "./matching.ts";
import { parseNumberLiteral } from "./number.ts";
import { parsePostfix } from "./postfix.ts";
import { parseSelector, parseString } from "./selector.ts";

/** Precedence of each binary operator; more binds tighter. */
const precedences: ReadonlyMap<BinaryOperator, number> = new Map([
  ...level(["or"], 1),
  ...level(["and", "unless"], 2),
  ...level([...comparisonOperators, ...trimOperators], 3),
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

/** Text → checked syntax tree. Throws `QUERY_SYNTAX` with the position and what was expected, `QUERY_LIMIT` for too long a pattern. */
export function parseQuery(text: string): Expr {
  const cursor = new TokenCursor(text);
  if (cursor.peek().kind === "end") throw cursor.error({ start: 0, end: 0 }, "no expression found in input");
  const expr = parseExpression(cursor, 0);
  if (cursor.peek().kind !== "end") throw cursor.unexpected();
  checkDepth(expr, text);
  checkTypes(expr, text);
  return expr;
}

/** A selector alone, as in `match[]`. Throws `QUERY_SYNTAX` for anything else. */
export function parseMetricSelector(text: string): Expr & { readonly kind: "selector" } {
  const expr = parseQuery(text);
  if (expr.kind !== "selector" || isShifted(expr)) {
    throw new TokenCursor(text).error(expr.span, 'expected a series selector such as name{label="value"} and nothing else');
  }
  return expr;
}

function isShifted({ offsetMs, offsetExpr, at, extension }: VectorSelector): boolean {
  return offsetMs !== 0 || offsetExpr !== null || at !== null || extension !== null;
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
  if (kind !== "operator" && kind !== "keyword") return null;
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
  switch (token.kind) {
    case "number":
    case "duration":
      return parseNumberLiteral(cursor);
    case "string":
      return { kind: "string", value: parseString(cursor), span: { start: token.start, end: token.end } };
    case "identifier":
      return cursor.isOperator("(", 1) ? parseCall(cursor, token.text) : parseSelector(cursor, cursor.next());
    case "metric identifier":
      return parseSelector(cursor, cursor.next());
    case "keyword":
      return parseKeyword(cursor);
    default:
  }
  if (cursor.isOperator("{")) return parseSelector(cursor, null);
  if (!cursor.acceptOperator("(")) throw cursor.unexpected();
  const expr = parseExpression(cursor, 0);
  cursor.expectOperator(")", "");
  return { kind: "paren", expr, span: { start: token.start, end: cursor.previousEnd } };
}

/** An aggregation, a call, or a metric that has the name of a keyword. */
function parseKeyword(cursor: TokenCursor): Expr {
  const word = cursor.peek().text.toLowerCase();
  const operator = aggregationOperators.find((known) => known === word);
  if (operator !== undefined && (cursor.isOperator("(", 1) || cursor.isKeyword("by", 1) || cursor.isKeyword("without", 1))) {
    return parseAggregation(cursor, operator);
  }
  if (functionKeywords.has(word) && cursor.isOperator("(", 1)) return parseCall(cursor, word);
  if (!beginsExpression(cursor)) throw cursor.unexpected();
  return parseSelector(cursor, cursor.next());
}

interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

function parseGrouping(cursor: TokenCursor): Grouping | null {
  const without = cursor.acceptKeyword("without");
  return without || cursor.acceptKeyword("by") ? { without, labels: parseLabelList(cursor) } : null;
}

function parseAggregation(cursor: TokenCursor, operator: AggregationOperator): Aggregation {
  const { start } = cursor.next();
  const before = parseGrouping(cursor);
  const args = cursor.inAggregation(() => parseArguments(cursor));
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

function parseCall(cursor: TokenCursor, name: string): Call {
  const token = cursor.next();
  const args = parseArguments(cursor);
  if (!functionSignatures.has(name)) throw cursor.error(token, `unknown function with name ${quote(name)}`);
  return { kind: "call", name, args, span: { start: token.start, end: cursor.previousEnd } };
}

function parseArguments(cursor: TokenCursor): readonly Expr[] {
  cursor.expectOperator("(", "");
  const args: Expr[] = [];
  if (cursor.acceptOperator(")")) return args;
  for (;;) {
    args.push(parseExpression(cursor, 0));
    if (cursor.acceptOperator(")")) return args;
    const comma = cursor.expectOperator(",", "");
    if (beginsExpression(cursor)) continue;
    const isUnreadable = cursor.peek().kind === "error";
    throw isUnreadable ? cursor.unexpected() : cursor.error(comma, "trailing commas not allowed in function call args");
  }
}
