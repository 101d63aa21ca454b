/**
 * Binary operators on numbers, and between a vector and a scalar. Vector matching is in `vector-matching.ts`.
 * Source: Prometheus 3, promql/engine.go (scalarBinop, vectorElemBinop, VectorscalarBinop).
 */
import { type BinaryOperator, isComparison } from "../ast.ts";
import { goPow } from "./go-math.ts";
import { newSeries, type VectorSeries } from "./values.ts";

/** Arithmetic gives the number, a comparison whether it holds. */
type NumberOperator = (left: number, right: number) => number | boolean;

const numberOperators: Readonly<Record<string, NumberOperator>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  // Go's math.Mod has the sign of the dividend, as JavaScript's remainder.
  "%": (left, right) => left % right,
  "^": goPow,
  atan2: Math.atan2,
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  ">": (left, right) => left > right,
  "<": (left, right) => left < right,
  ">=": (left, right) => left >= right,
  "<=": (left, right) => left <= right,
};

/** What an arithmetic or comparison operator does with two numbers. */
export function numberOperator(operator: BinaryOperator): NumberOperator {
  const found = numberOperators[operator];
  if (found === undefined) throw new TypeError(`the set operator ${operator} does not work on numbers`);
  return found;
}

/** Between two scalars; a comparison gives 0 or 1. */
export function scalarBinary(operator: BinaryOperator, left: Float64Array, right: Float64Array): Float64Array {
  const compute = numberOperator(operator);
  return left.map((value, index) => Number(compute(value, right[index] ?? Number.NaN)));
}

/** The operator and on which side the scalar stands. */
export interface VectorScalarOptions {
  readonly operator: BinaryOperator;
  readonly returnBool: boolean;
  /** The scalar is the left operand. */
  readonly scalarIsLeft: boolean;
}

/** A comparison without `bool` keeps the vector's elements for which it holds. */
export function vectorScalarBinary(
  vector: readonly VectorSeries[],
  scalar: Float64Array,
  { operator, returnBool, scalarIsLeft }: VectorScalarOptions,
): readonly VectorSeries[] {
  const compute = numberOperator(operator);
  const filters = isComparison(operator) && !returnBool;
  return vector.map(({ labels, dropName, values, present }) => {
    const result = newSeries(labels, dropName || !filters, values.length);
    for (let i = 0; i < values.length; i++) {
      if (present[i] === 0) continue;
      const value = values[i] ?? Number.NaN;
      const other = scalar[i] ?? Number.NaN;
      const computed = scalarIsLeft ? compute(other, value) : compute(value, other);
      if (filters && computed === false) continue;
      result.values[i] = filters ? value : Number(computed);
      result.present[i] = 1;
    }
    return result;
  });
}
