/** What function calls need of `evaluate.ts`, handed to them so that the modules do not import each other in a circle. */
import type { Expr } from "../ast.ts";
import type { EvalContext } from "./context.ts";
import type { RangeVector, VectorSeries } from "./values.ts";

/** How arguments are evaluated; given by `evaluate.ts`. */
export interface ArgumentEvaluators {
  readonly scalar: (expr: Expr, context: EvalContext) => Float64Array;
  readonly vector: (expr: Expr, context: EvalContext) => readonly VectorSeries[];
  readonly range: (expr: Expr, context: EvalContext) => RangeVector;
  readonly string: (expr: Expr) => string;
}

/** One number per step for functions that return a scalar, series for all others. */
export type CallResult = Float64Array | readonly VectorSeries[];

/** An argument that the signature promises: the type checker has counted them. */
export function required(arg: Expr | undefined): Expr {
  if (arg === undefined) throw new TypeError("the type checker let a call pass with too few arguments");
  return arg;
}
