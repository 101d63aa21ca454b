/** The series that an expression looks at. Source: Prometheus, promql/parser/ast.go, ExtractSelectors. */
import type { LabelMatcher } from "../../core/labels.ts";
import type { Expr } from "../ast.ts";
import { childrenOf } from "../parser/children.ts";
import { allMatchers } from "../parser/selector.ts";

/** The conditions of each selector, in the order of the text. */
export function selectorsOf(expr: Expr): readonly (readonly LabelMatcher[])[] {
  if (expr.kind === "selector") return [allMatchers(expr)];
  if (expr.kind === "range") return [allMatchers(expr.selector)];
  return childrenOf(expr).flatMap(selectorsOf);
}
