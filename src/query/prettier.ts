/**
 * Syntax tree → text over several lines, for `format_query`: what does not fit into a line is split at its operators and
 * parentheses. Source: Prometheus 3.14, promql/parser/prettier.go.
 */
import type { Expr } from "./ast.ts";
import { printAggregator, printOperator, printQuery, printSubquerySuffix } from "./printer.ts";

/** Bytes of an expression in one line, without what it is indented by. */
const lineLengthMax = 100;

/** The canonical spelling, with line breaks where an expression has more than 100 bytes. `parseQuery` of it gives the same tree. */
export function prettifyQuery(expr: Expr): string {
  return prettify(expr, 0);
}

function prettify(expr: Expr, level: number): string {
  const line = printQuery(expr);
  // Prometheus does not indent a subquery that fits.
  if (Buffer.byteLength(line) <= lineLengthMax) return expr.kind === "subquery" ? line : indent(level) + line;
  switch (expr.kind) {
    case "aggregation": {
      const args = expr.parameter === null ? [expr.expr] : [expr.parameter, expr.expr];
      return indent(level) + inParentheses(printAggregator(expr), args, level);
    }
    case "call":
      return indent(level) + inParentheses(expr.name, expr.args, level);
    case "paren":
      return indent(level) + inParentheses("", [expr.expr], level);
    case "binary": {
      const [left, right] = [prettify(expr.left, level + 1), prettify(expr.right, level + 1)];
      return `${left}\n${indent(level)}${printOperator(expr)}\n${right}`;
    }
    case "unary":
      return indent(level) + expr.operator + prettify(expr.expr, level).trimStart();
    case "subquery":
      return prettify(expr.expr, level) + printSubquerySuffix(expr);
    default:
      return indent(level) + line;
  }
}

function inParentheses(before: string, inner: readonly Expr[], level: number): string {
  const lines = inner.map((expr) => prettify(expr, level + 1)).join(",\n");
  return `${before}(\n${lines}\n${indent(level)})`;
}

function indent(level: number): string {
  return "  ".repeat(level);
}
