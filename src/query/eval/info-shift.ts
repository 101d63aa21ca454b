/**
 * How `offset` and `@` shift the samples that `info()` adds labels to: it looks for info at the same time.
 * Source: Prometheus 3.14, promql/info.go.
 */
import { type Expr, unwrapParens, type VectorSelector } from "../ast.ts";
import { typeOf } from "../parser/check.ts";
import type { EvalContext } from "./context.ts";
import { atTimeMs } from "./look-times.ts";

export type Shift = Pick<VectorSelector, "offsetMs" | "at">;

const unshifted: Shift = { offsetMs: 0, at: null };

/** The shift of all selectors that a vector comes from. Where they differ, or a part of it comes from none, there is no shift. */
export function commonShift(vector: Expr, context: EvalContext): Shift {
  const [first = unshifted, ...others] = shiftsOf(vector, unshifted);
  return others.every((shift) => isSame(shift, first, context)) ? first : unshifted;
}

/** `outer`: of the subqueries around the expression. */
function shiftsOf(expr: Expr, outer: Shift): readonly Shift[] {
  const node = unwrapParens(expr);
  const type = typeOf(node);
  if (type !== "instant vector" && type !== "range vector") return [];
  if (node.kind === "selector") return [within(outer, node)];
  if (node.kind === "range") return [within(outer, node.selector)];
  const inner = node.kind === "subquery" ? within(outer, node) : outer;
  const shifts = sourcesOf(node).flatMap((source) => shiftsOf(source, inner));
  return shifts.length > 0 ? shifts : [unshifted];
}

function sourcesOf(node: Expr): readonly Expr[] {
  if (node.kind === "binary") return [node.left, node.right];
  // The second argument of `info` is no vector: it says which labels are wanted.
  if (node.kind === "call") return node.name === "info" ? node.args.slice(0, 1) : node.args;
  return node.kind === "unary" || node.kind === "subquery" || node.kind === "aggregation" ? [node.expr] : [];
}

/** A fixed time is the same within whatever subquery. */
function within(outer: Shift, { offsetMs, at }: Shift): Shift {
  return at === null ? { offsetMs: offsetMs + outer.offsetMs, at: outer.at } : { offsetMs, at };
}

function isSame(a: Shift, b: Shift, context: EvalContext): boolean {
  if (a.at === null || b.at === null) return a.at === b.at && a.offsetMs === b.offsetMs;
  return atTimeMs(a.at, context) - a.offsetMs === atTimeMs(b.at, context) - b.offsetMs;
}
