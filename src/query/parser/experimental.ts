/**
 * What Prometheus has behind its flags `promql-experimental-functions`, `promql-extended-range-selectors` and
 * `promql-binop-fill-modifiers`, and ChainPulse behind one switch. The parser reads it in any case, so that it is told apart from typing
 * errors. Duration expressions are no experiment since Prometheus 3.14.
 */
import { ChainPulseError } from "../../core/errors.ts";
import type { Expr } from "../ast.ts";
import { functionSignatures } from "../functions.ts";
import { childrenOf } from "./children.ts";
import { quote } from "./literals.ts";
import { positionOf } from "./syntax-error.ts";

/** Throws `QUERY_UNSUPPORTED` at the first of them; called where they are switched off. */
export function refuseExperimental(expr: Expr, text: string): void {
  const found = experimentIn(expr);
  if (found !== null) {
    throw new ChainPulseError(
      "QUERY_UNSUPPORTED",
      `${positionOf(text, expr.span.start)}: ${found} is experimental and not enabled`,
      { fix: "Set query.experimental_functions to true in the configuration." },
    );
  }
  for (const child of childrenOf(expr)) refuseExperimental(child, text);
}

function experimentIn(expr: Expr): string | null {
  switch (expr.kind) {
    case "call":
      return functionSignatures.get(expr.name)?.experimental === true ? `the function ${quote(expr.name)}` : null;
    case "aggregation":
      return expr.operator === "limitk" || expr.operator === "limit_ratio" ? `the aggregation ${quote(expr.operator)}` : null;
    case "binary": {
      const { fillLeft = null, fillRight = null } = expr.matching ?? {};
      return fillLeft === null && fillRight === null ? null : "filling in missing series";
    }
    case "selector":
      return expr.extension === null ? null : `the modifier ${quote(expr.extension)}`;
    case "range":
      return experimentIn(expr.selector);
    default:
      return null;
  }
}
