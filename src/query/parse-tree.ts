/**
 * The syntax tree as `/api/v1/parse_query` gives it, for editors and tree views: Prometheus's names and its shapes.
 * Source: Prometheus 3.14, web/api/v1/translate_ast.go.
 */
import { type LabelMatcher, metricNameLabel } from "../core/labels.ts";
import { type AtModifier, type Binary, type Expr, isSetOperator, type ValueType, type VectorSelector } from "./ast.ts";
import { functionSignatures } from "./functions.ts";
import { typeOf } from "./parser/check.ts";
import { formatNumber } from "./parser/literals.ts";

/** Plain data. Times and durations in ms; a duration that is an expression is 0. */
export type ParseTree = Readonly<Record<string, unknown>> & { readonly type: string };

/** The tree of a checked expression. */
export function parseTree(expr: Expr): ParseTree {
  switch (expr.kind) {
    case "number":
      return { type: "numberLiteral", val: formatNumber(expr.value) };
    case "string":
      return { type: "stringLiteral", val: expr.value };
    case "selector":
      return { type: "vectorSelector", ...selectorFields(expr) };
    case "range":
      return { type: "matrixSelector", ...selectorFields(expr.selector), range: expr.rangeMs };
    case "subquery": {
      const { rangeMs: range, offsetMs: offset, stepMs } = expr;
      return { type: "subquery", expr: parseTree(expr.expr), range, offset, step: stepMs ?? 0, ...atFields(expr.at) };
    }
    case "paren":
      return { type: "parenExpr", expr: parseTree(expr.expr) };
    case "unary":
      return { type: "unaryExpr", op: expr.operator, expr: parseTree(expr.expr) };
    case "binary":
      return binaryTree(expr);
    case "aggregation": {
      const { operator: op, grouping, without, parameter } = expr;
      const param = parameter && parseTree(parameter);
      return { type: "aggregation", op, expr: parseTree(expr.expr), param, grouping, without };
    }
    case "call":
      return { type: "call", func: functionFields(expr.name), args: expr.args.map(parseTree) };
  }
}

function binaryTree(expr: Binary): ParseTree {
  const { operator: op, returnBool } = expr;
  const [lhs, rhs] = [parseTree(expr.left), parseTree(expr.right)];
  return { type: "binaryExpr", op, lhs, rhs, matching: matchingFields(expr), bool: returnBool };
}

/** `null` unless both operands are vectors. */
function matchingFields({ operator, left, right, matching }: Binary): unknown {
  if (typeOf(left) === "scalar" || typeOf(right) === "scalar") return null;
  const { group = "none", on = false, labels = [], include = [], fillLeft = null, fillRight = null } = matching ?? {};
  const cards = { none: "one-to-one", left: "many-to-one", right: "one-to-many" } as const;
  const card = isSetOperator(operator) ? "many-to-many" : cards[group];
  return { card, labels, on, include, fillValues: { lhs: fillLeft, rhs: fillRight } };
}

function selectorFields({ name, matchers, offsetMs, at, extension }: VectorSelector): Readonly<Record<string, unknown>> {
  const named: readonly LabelMatcher[] = name === null ? [] : [{ name: metricNameLabel, operator: "=", value: name }];
  return {
    name: name ?? "",
    offset: offsetMs,
    matchers: [...matchers, ...named].map((matcher) => ({ name: matcher.name, value: matcher.value, type: matcher.operator })),
    ...atFields(at),
    anchored: extension === "anchored",
    smoothed: extension === "smoothed",
  };
}

function atFields(at: AtModifier | null): { readonly timestamp: number | null; readonly startOrEnd: string | null } {
  if (at === null) return { timestamp: null, startOrEnd: null };
  return at.kind === "time" ? { timestamp: at.timeMs, startOrEnd: null } : { timestamp: null, startOrEnd: at.kind };
}

/** Prometheus's names of the types. */
const typeNames: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  string: "string",
  "instant vector": "vector",
  "range vector": "matrix",
};

function functionFields(name: string): Readonly<Record<string, unknown>> {
  const signature = functionSignatures.get(name);
  if (signature === undefined) throw new TypeError(`the parser let the unknown function ${name} pass`);
  const { args, optional, returns } = signature;
  return {
    name,
    argTypes: args.map((type) => typeNames[type]),
    // Any number of them is −1 there.
    variadic: Number.isFinite(optional) ? optional : -1,
    returnType: typeNames[returns],
  };
}
