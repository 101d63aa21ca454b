/** The expressions inside an expression, for what walks a tree without caring what its nodes are. */
import type { Expr } from "../ast.ts";

/** In the order they are written, without the selector of a range and the durations. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "number":
    case "string":
    case "selector":
    case "range":
      return [];
    case "paren":
    case "unary":
    case "subquery":
      return [expr.expr];
    case "binary":
      return [expr.left, expr.right];
    case "aggregation":
      return expr.parameter === null ? [expr.expr] : [expr.parameter, expr.expr];
    case "call":
      return expr.args;
  }
}
