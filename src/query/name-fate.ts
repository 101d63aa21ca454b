/**
 * Whether the elements of an expression have their metric's name, as far as the expression tells. In a range a series whose elements
 * come from two operands has its name or not as its first step says, so that a part of the range may say otherwise.
 * Source: Prometheus 3.14, promql/engine.go (rangeEval).
 */
import { type Binary, type Expr, isComparison, isSetOperator, unwrapParens } from "./ast.ts";
import { typeOf } from "./parser/check.ts";

/** `none`: there never was one; `mixed`: some elements may have it. */
export type NameFate = "kept" | "dropped" | "none" | "mixed";

const elementsStay: ReadonlySet<string> = new Set(
  "topk bottomk limitk limit_ratio sort sort_desc sort_by_label sort_by_label_desc last_over_time first_over_time".split(" "),
);
const nameless: ReadonlySet<string> = new Set(["vector", "absent", "absent_over_time"]);
/** They may give a name to some elements only. */
const renaming: ReadonlySet<string> = new Set(["label_replace", "label_join", "info"]);

/** Of an expression that is a vector. Aggregations `by (__name__)` are the caller's business. */
export function nameFateOf(expr: Expr): NameFate {
  const inner = unwrapParens(expr);
  switch (inner.kind) {
    case "selector":
    case "range":
      return "kept";
    case "subquery":
      return nameFateOf(inner.expr);
    case "unary":
      return inner.operator === "-" ? withoutName(nameFateOf(inner.expr)) : nameFateOf(inner.expr);
    case "binary":
      return ofBinary(inner);
    case "aggregation":
      return elementsStay.has(inner.operator) ? nameFateOf(inner.expr) : "none";
    case "call": {
      const [arg] = inner.args;
      if (arg === undefined || nameless.has(inner.name)) return "none";
      if (renaming.has(inner.name)) return "mixed";
      return elementsStay.has(inner.name) ? nameFateOf(arg) : "dropped";
    }
    default:
      return "none";
  }
}

function ofBinary({ operator, left, right, matching, returnBool }: Binary): NameFate {
  if (operator === "or") return joined(nameFateOf(left), nameFateOf(right));
  const isRight = typeOf(left) === "scalar" || matching?.group === "right";
  const fate = nameFateOf(isRight ? right : left);
  const stays = isSetOperator(operator) || (isComparison(operator) && !returnBool);
  return stays ? fate : withoutName(fate);
}

function withoutName(fate: NameFate): NameFate {
  return fate === "none" ? "none" : "dropped";
}

/** Elements without a name never meet those that have one, dropped or not: their labels differ. */
function joined(left: NameFate, right: NameFate): NameFate {
  if (left === "none" || left === right) return right;
  return right === "none" ? left : "mixed";
}
