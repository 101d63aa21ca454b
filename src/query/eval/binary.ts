/**
 * Binary operators on numbers, and between a vector and a scalar. Vector matching is in `vector-matching.ts`.
 * Source: Prometheus 3, promql/engine.go (scalarBinop, vectorElemBinop, VectorscalarBinop).
 */
import { type BinaryOperator, isComparison } from "../ast.ts";
import { goPow } from "./go-math.ts";
import { freshMemory } from "./value-memory.ts";
import type { VectorSeries } from "./values.ts";

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
  const operate = numberOperator(operator);
  const compute: NumberOperator = scalarIsLeft ? (value, other) => operate(other, value) : operate;
  if (isComparison(operator) && !returnBool) return vector.map((series) => filterBy(compute, series, scalar));
  const memory = freshMemory(scalar.length);
  return vector.map(({ labels, values, present }) => {
    const computed = memory();
    for (let i = 0; i < values.length; i++) {
      if (present[i] !== 0) computed[i] = Number(compute(values[i] ?? Number.NaN, scalar[i] ?? Number.NaN));
    }
    return { labels, dropName: true, values: computed, present, histograms: null };
  });
}

/** The elements for which the comparison holds. */
function filterBy(holds: NumberOperator, series: VectorSeries, scalar: Float64Array): VectorSeries {
  const { values } = series;
  const present = series.present.map((kind, i) =>
    kind !== 0 && holds(values[i] ?? Number.NaN, scalar[i] ?? Number.NaN) === true ? 1 : 0,
  );
  return { ...series, present };
}
