/**
 * Syntax tree → text, in Prometheus's canonical spelling; `parseQuery` of the text gives the same tree.
 * Source: Prometheus 3.14, promql/parser/printer.go.
 */
import type {
  Aggregation,
  AtModifier,
  Binary,
  DurationExpr,
  Expr,
  NumberLiteral,
  RangeSelector,
  Subquery,
  VectorSelector,
} from "./ast.ts";
import { formatDuration } from "../core/duration.ts";
import { formatFixed, formatNumber, quote } from "./parser/literals.ts";

/** Writes any tree that the parser can make. */
export function printQuery(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return printNumber(expr);
    case "string":
      return quote(expr.value);
    case "selector":
      return printConditions(expr) + printAt(expr) + printExtension(expr) + printOffset(expr);
    case "range":
      return printRange(expr);
    case "subquery":
      return printQuery(expr.expr) + printSubquerySuffix(expr);
    case "paren":
      return `(${printQuery(expr.expr)})`;
    case "unary":
      return `${expr.operator}${printQuery(expr.expr)}`;
    case "binary":
      return `${printQuery(expr.left)} ${printOperator(expr)} ${printQuery(expr.right)}`;
    case "aggregation": {
      const parameter = expr.parameter === null ? "" : `${printQuery(expr.parameter)}, `;
      return `${printAggregator(expr)}(${parameter}${printQuery(expr.expr)})`;
    }
    case "call":
      return `${expr.name}(${expr.args.map(printQuery).join(", ")})`;
  }
}

/** The operator of an aggregation with its grouping: `sum by (job) `. */
export function printAggregator({ operator, without, grouping }: Aggregation): string {
  if (without) return `${operator} without (${labelList(grouping)}) `;
  return grouping.length > 0 ? `${operator} by (${labelList(grouping)}) ` : operator;
}

/** A binary operator with all that modifies it: `== bool on (job) fill (0)`. */
export function printOperator({ operator, returnBool, matching }: Binary): string {
  let written = returnBool ? `${operator} bool` : operator;
  if (matching === null) return written;
  const { group, on, labels, include, fillLeft, fillRight } = matching;
  if (on || labels.length > 0 || group !== "none") written += ` ${on ? "on" : "ignoring"} (${labelList(labels)})`;
  if (group !== "none") written += ` group_${group} (${labelList(include)})`;
  if (fillLeft !== null && Object.is(fillLeft, fillRight)) return `${written} fill (${formatNumber(fillLeft)})`;
  if (fillLeft !== null) written += ` fill_left (${formatNumber(fillLeft)})`;
  if (fillRight !== null) written += ` fill_right (${formatNumber(fillRight)})`;
  return written;
}

/** What makes a subquery of an expression: `[1h:5m] @ 0.000 offset 1m`. */
export function printSubquerySuffix(expr: Subquery): string {
  const step = expr.stepMs === null ? "" : printDuration(expr.stepMs, expr.stepExpr);
  return `[${printDuration(expr.rangeMs, expr.rangeExpr)}:${step}]${printAt(expr)}${printOffset(expr)}`;
}

function printRange({ selector, rangeMs, rangeExpr }: RangeSelector): string {
  const range = `[${printDuration(rangeMs, rangeExpr)}]`;
  return printConditions(selector) + range + printExtension(selector) + printAt(selector) + printOffset(selector);
}

/** The conditions in the order of their text, as in Prometheus. */
function printConditions({ name, matchers }: VectorSelector): string {
  const conditions = matchers.map(({ name: label, operator, value }) => `${printLabel(label)}${operator}${quote(value)}`);
  if (conditions.length === 0) return name ?? "{}";
  return `${name ?? ""}{${conditions.sort().join(",")}}`;
}

function printExtension({ extension }: VectorSelector): string {
  return extension === null ? "" : ` ${extension}`;
}

function printAt({ at }: { readonly at: AtModifier | null }): string {
  if (at === null) return "";
  return at.kind === "time" ? ` @ ${formatFixed(at.timeMs / 1000, 3)}` : ` @ ${at.kind}()`;
}

function printOffset({ offsetMs, offsetExpr }: VectorSelector | Subquery): string {
  return offsetMs === 0 && offsetExpr === null ? "" : ` offset ${printDuration(offsetMs, offsetExpr)}`;
}

function printDuration(durationMs: number, expr: DurationExpr | null): string {
  return expr === null ? formatDuration(durationMs) : printDurationExpr(expr);
}

function printDurationExpr(expr: DurationExpr): string {
  switch (expr.kind) {
    case "number":
      return printNumber(expr);
    case "duration call":
      return `${expr.name}()`;
    case "duration negation":
      return `-${printDurationExpr(expr.expr)}`;
    case "duration paren":
      return `(${printDurationExpr(expr.expr)})`;
    case "duration binary": {
      const { operator, left, right } = expr;
      const isCall = operator === "min_of" || operator === "max_of";
      const [first, second] = [printDurationExpr(left), printDurationExpr(right)];
      return isCall ? `${operator}(${first}, ${second})` : `${first} ${operator} ${second}`;
    }
  }
}

function printNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration ? formatDuration(Math.round(value * 1000)) : formatNumber(value);
}

function labelList(labels: readonly string[]): string {
  return labels.map(printLabel).join(", ");
}

function printLabel(label: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) ? label : quote(label);
}
