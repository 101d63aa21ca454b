/**
 * The type checker: every node gets operands of the types it takes. Source: Prometheus 3, promql/parser/parse.go, `checkAST`,
 * whose messages are kept word for word.
 */
import { metricNameLabel } from "../../core/labels.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import {
  type Aggregation,
  type Binary,
  type Call,
  type Expr,
  isComparison,
  isSetOperator,
  isTrim,
  type Span,
  type ValueType,
  type VectorSelector,
} from "../ast.ts";
import { functionSignatures, type FunctionSignature } from "../functions.ts";
import { quote } from "./literals.ts";
import { syntaxError } from "./syntax-error.ts";

/** The type of a checked expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
    case "aggregation":
      return "instant vector";
    case "range":
    case "subquery":
      return "range vector";
    case "paren":
    case "unary":
      return typeOf(expr.expr);
    case "binary":
      return typeOf(expr.left) === "scalar" && typeOf(expr.right) === "scalar" ? "scalar" : "instant vector";
    case "call":
      return functionSignatures.get(expr.name)?.returns ?? "instant vector";
  }
}

/** Throws `QUERY_SYNTAX` at the first node whose operands have the wrong type. */
export function checkTypes(expr: Expr, text: string): void {
  switch (expr.kind) {
    case "number":
    case "string":
      return;
    case "selector":
      return checkSelector(expr, text);
    case "range":
      return checkSelector(expr.selector, text);
    case "paren":
      return checkTypes(expr.expr, text);
    case "subquery":
      checkTypes(expr.expr, text);
      if (typeOf(expr.expr) === "instant vector") return;
      throw syntaxError(
        text,
        expr.span.start,
        `subquery is only allowed on instant vector, got ${shortName(expr.expr)} instead`,
      );
    case "unary": {
      checkTypes(expr.expr, text);
      const type = typeOf(expr.expr);
      if (type === "scalar" || type === "instant vector") return;
      const message = `unary expression only allowed on expressions of type scalar or instant vector, got ${quote(type)}`;
      throw syntaxError(text, expr.span.start, message);
    }
    case "binary":
      return checkBinary(expr, text);
    case "aggregation":
      return checkAggregation(expr, text);
    case "call":
      return checkCall(expr, text);
  }
}

/** The name of the type that this one message uses. */
function shortName(expr: Expr): string {
  const type = typeOf(expr);
  return type === "range vector" ? "matrix" : type;
}

function checkBinary(expr: Binary, text: string): void {
  checkTypes(expr.left, text);
  checkTypes(expr.right, text);
  const { left, right, operator, operatorSpan, returnBool, matching, span } = expr;
  const scalars = [left, right].filter((side) => typeOf(side) === "scalar").length;
  const fail = (at: Span, message: string): never => {
    throw syntaxError(text, at.start, message);
  };
  if (returnBool && !isComparison(operator)) fail(operatorSpan, "bool modifier can only be used on comparison operators");
  if (scalars === 2 && isComparison(operator) && !returnBool) {
    fail(operatorSpan, "comparisons between scalars must use BOOL modifier");
  }
  const twice = matching?.on === true ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (twice !== undefined) fail(operatorSpan, `label ${quote(twice)} must not occur in ON and GROUP clause at once`);
  for (const side of [left, right]) {
    const type = typeOf(side);
    if (type === "scalar" || type === "instant vector") continue;
    fail(side.span, "binary expression must contain only scalar and instant vector types");
  }
  if (scalars > 0 && matching !== null && matching.labels.length > 0) {
    fail(span, "vector matching only allowed between instant vectors");
  }
  const fills = matching !== null && (matching.fillLeft !== null || matching.fillRight !== null);
  if (scalars > 0 && fills) fail(span, "filling in missing series only allowed between instant vectors");
  if (scalars === 2 && isTrim(operator)) fail(operatorSpan, `operator ${quote(operator)} not allowed for Scalar operations`);
  if (!isSetOperator(operator)) return;
  if (scalars > 0) fail(span, `set operator ${quote(operator)} not allowed in binary scalar expression`);
  if (matching !== null && matching.group !== "none") fail(span, `no grouping allowed for ${quote(operator)} operation`);
  if (fills) fail(span, "filling in missing series not allowed for set operators");
}

function checkAggregation(expr: Aggregation, text: string): void {
  checkTypes(expr.expr, text);
  expectType(expr.expr, "instant vector", "aggregation expression", text);
  if (expr.parameter === null) return;
  checkTypes(expr.parameter, text);
  expectType(expr.parameter, expr.operator === "count_values" ? "string" : "scalar", "aggregation parameter", text);
}

function checkCall(expr: Call, text: string): void {
  const signature = functionSignatures.get(expr.name);
  if (signature === undefined) throw new TypeError(`the parser let the unknown function ${quote(expr.name)} pass`);
  checkArgumentCount(expr, signature, text);
  const isInfo = expr.name === "info";
  expr.args.forEach((arg, index) => {
    if (isInfo && index === 1) return checkInfoSelector(arg, text);
    const type = signature.args[Math.min(index, signature.args.length - 1)];
    checkTypes(arg, text);
    if (type !== undefined) expectType(arg, type, `call to function ${quote(expr.name)}`, text);
  });
}

/** The second argument of `info` selects labels: any matchers will do, but no metric. */
function checkInfoSelector(arg: Expr, text: string): void {
  const fail = (message: string): never => {
    throw syntaxError(text, arg.span.start, message);
  };
  const type = typeOf(arg);
  if (type !== "instant vector") fail(`expected type instant vector in call to function "info", got ${type}`);
  if (arg.kind !== "selector") fail("expected label selectors only");
  else if (arg.name !== null) fail("expected label selectors only, got vector selector instead");
}

/** One metric, and something that keeps the selector from meaning all series there are. */
function checkSelector({ name, matchers, span }: VectorSelector, text: string): void {
  if (name !== null) {
    const again = matchers.find((matcher) => matcher.name === metricNameLabel);
    if (again === undefined) return;
    throw syntaxError(text, span.start, `metric name must not be set twice: ${quote(name)} or ${quote(again.value)}`);
  }
  if (matchers.some((matcher) => !compileMatcher(matcher).matches(""))) return;
  throw syntaxError(text, span.start, "vector selector must contain at least one non-empty matcher");
}

function checkArgumentCount(expr: Call, { args, optional }: FunctionSignature, text: string): void {
  const got = expr.args.length;
  const least = optional === 0 ? args.length : args.length - 1;
  const most = optional === 0 ? args.length : least + optional;
  const bound = optional === 0 ? "" : got < least ? "at least " : "at most ";
  if (got >= least && got <= most) return;
  const wanted = got < least ? least : most;
  throw syntaxError(text, expr.span.start, `expected ${bound}${wanted} argument(s) in call to ${quote(expr.name)}, got ${got}`);
}

function expectType(expr: Expr, wanted: ValueType, context: string, text: string): void {
  const got = typeOf(expr);
  if (got !== wanted) throw syntaxError(text, expr.span.start, `expected type ${wanted} in ${context}, got ${got}`);
}
