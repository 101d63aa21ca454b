/**
 * Binary operators where native histograms take part. What an operator does not know how to do with two elements has no result, and
 * an info says so. The same for numbers only is in `binary.ts`.
 * Source: Prometheus 3.14, promql/engine.go (vectorElemBinop, VectorscalarBinop, handleVectorBinopError).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { type Binary, isComparison, isTrim } from "../ast.ts";
import { added, type CombinedHistogram, divided, multiplied, subtracted } from "../histogram/arithmetic.ts";
import { compacted } from "../histogram/buckets.ts";
import { equalHistograms } from "../histogram/equality.ts";
import { trimmed } from "../histogram/trim.ts";
import { numberOperator, type VectorScalarOptions } from "./binary.ts";
import type { QueryNotes } from "./context.ts";
import { histogramInfos, histogramWarnings } from "./histogram-messages.ts";
import { type Element, elementAt, newMixedSeries, setElement, settled } from "./mixed-values.ts";
import type { VectorSeries } from "./values.ts";

/** An element, for a comparison whether it holds; `undefined`: nothing, which has been noted. */
export type ElementOperator = (left: Element, right: Element) => Element | boolean | undefined;

type Operation = Pick<Binary, "operator" | "span">;

/** What the operator does with two elements of any kind. */
export function elementOperator(operation: Operation, notes: QueryNotes): ElementOperator {
  const { operator, span } = operation;
  const ofNumbers = isTrim(operator) ? undefined : numberOperator(operator);
  const ofHistograms = histogramOperators[operator];
  const ofBoth = scalingOperators[operator];
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number" && ofNumbers !== undefined) return ofNumbers(left, right);
    if (typeof left === "object" && typeof right === "object" && ofHistograms !== undefined) {
      return told(ofHistograms(left, right), operation, notes);
    }
    if (typeof left === "object" && typeof right === "number" && ofBoth !== undefined) return ofBoth(left, right);
    if (typeof left === "number" && typeof right === "object" && operator === "*") return scaled(right, left);
    notes.inform(histogramInfos.incompatibleTypes(nameOf(left), operator, nameOf(right)), span);
    return undefined;
  };
}

type Operators<Computed, Right> = Readonly<Record<string, (left: NativeHistogram, right: Right) => Computed>>;

const histogramOperators: Operators<CombinedHistogram | boolean, NativeHistogram> = {
  "+": added,
  "-": subtracted,
  "==": equalHistograms,
  "!=": (left, right) => !equalHistograms(left, right),
};

const scalingOperators: Operators<NativeHistogram, number> = {
  "*": scaled,
  "/": (histogram, number) => compacted(divided(histogram, number)),
  "</": (histogram, number) => trimmed(histogram, number, "below"),
  ">/": (histogram, number) => trimmed(histogram, number, "above"),
};

function scaled(histogram: NativeHistogram, factor: number): NativeHistogram {
  return compacted(multiplied(histogram, factor));
}

function nameOf(element: Element): string {
  return typeof element === "number" ? "float" : "histogram";
}

/** Notes what there is to be told of a sum or a difference. A difference may go either way, whatever its operands were. */
function told(
  computed: CombinedHistogram | boolean,
  { operator, span }: Operation,
  notes: QueryNotes,
): NativeHistogram | boolean | undefined {
  if (typeof computed === "boolean") return computed;
  if (!computed.compatible) {
    notes.warn(histogramWarnings.incompatibleLayout(operator), span);
    return undefined;
  }
  const operation = operator === "+" ? "addition" : "subtraction";
  if (computed.conflictingResets) notes.warn(histogramWarnings.conflictingResets(operation), span);
  if (computed.reconciledBounds) notes.inform(histogramInfos.reconciledBounds(operation), span);
  return operator === "+" ? computed.histogram : { ...computed.histogram, counterReset: "gauge" };
}

/** Between a vector and a scalar, as `vectorScalarBinary`. */
export function vectorScalarMixed(
  vector: readonly VectorSeries[],
  scalar: Float64Array,
  { operator, returnBool, scalarIsLeft }: VectorScalarOptions,
  compute: ElementOperator,
): readonly VectorSeries[] {
  const filters = isComparison(operator) && !returnBool;
  const keepsName = filters || isTrim(operator);
  return vector.map((series) => {
    const result = newMixedSeries(series.labels, series.dropName || !keepsName, series.values.length);
    for (let i = 0; i < series.values.length; i++) {
      const element = elementAt(series, i);
      if (element === undefined) continue;
      const other = scalar[i] ?? Number.NaN;
      const computed = scalarIsLeft ? compute(other, element) : compute(element, other);
      if (computed === undefined || (filters && computed === false)) continue;
      setElement(result, i, filters ? element : typeof computed === "boolean" ? Number(computed) : computed);
    }
    return settled(result);
  });
}
