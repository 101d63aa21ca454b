/**
 * The functions of PromQL as the type checker sees them. What they compute is in `eval/`.
 * Source: Prometheus 3.14, promql/parser/functions.go.
 */
import type { ValueType } from "./ast.ts";

/** What a function takes and gives. */
export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** How many there may be in place of the last argument, or none; 0: it is there once. */
  readonly optional: number;
  readonly returns: ValueType;
  /** Behind Prometheus's feature flag `promql-experimental-functions`. */
  readonly experimental: boolean;
}

const vector = "instant vector";
const matrix = "range vector";

function signature(args: readonly ValueType[], returns: ValueType = vector, optional = 0): FunctionSignature {
  return { args, optional, returns, experimental: false };
}

function experimental(args: readonly ValueType[], returns: ValueType = vector, optional = 0): FunctionSignature {
  return { args, optional, returns, experimental: true };
}

function all(names: readonly string[], of: FunctionSignature): readonly (readonly [string, FunctionSignature])[] {
  return names.map((name) => [name, of]);
}

const trigonometric = [
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "deg",
  "rad",
];
const overTime = ["avg", "count", "first", "last", "max", "min", "present", "stddev", "stdvar", "sum", "absent"].map(
  (name) => `${name}_over_time`,
);
const dates = ["day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year"];
const nativeHistogram = ["histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar"];

/** Every function of Prometheus 3.14 by name, also those that cannot be evaluated yet: they are told apart from typing errors. */
export const functionSignatures: ReadonlyMap<string, FunctionSignature> = new Map([
  ...all(
    ["abs", "absent", "ceil", "exp", "floor", "ln", "log10", "log2", "sgn", "sort", "sort_desc", "sqrt", "timestamp"],
    signature([vector]),
  ),
  ...all(trigonometric, signature([vector])),
  ...all(nativeHistogram, signature([vector])),
  ...all(dates, signature([vector], vector, 1)),
  ...all(["changes", "delta", "deriv", "idelta", "increase", "irate", "rate", "resets"], signature([matrix])),
  ...all(overTime, signature([matrix])),
  ["clamp", signature([vector, "scalar", "scalar"])],
  ["clamp_max", signature([vector, "scalar"])],
  ["clamp_min", signature([vector, "scalar"])],
  ["histogram_fraction", signature(["scalar", "scalar", vector])],
  ["histogram_quantile", signature(["scalar", vector])],
  ["label_join", signature([vector, "string", "string", "string"], vector, Number.POSITIVE_INFINITY)],
  ["label_replace", signature([vector, "string", "string", "string", "string"])],
  ["pi", signature([], "scalar")],
  ["predict_linear", signature([matrix, "scalar"])],
  ["quantile_over_time", signature(["scalar", matrix])],
  ["round", signature([vector, "scalar"], vector, 1)],
  ["scalar", signature([vector], "scalar")],
  ["time", signature([], "scalar")],
  ["vector", signature(["scalar"])],
  ["mad_over_time", experimental([matrix])],
  ...all(
    ["ts_of_first_over_time", "ts_of_last_over_time", "ts_of_max_over_time", "ts_of_min_over_time"],
    experimental([matrix]),
  ),
  ...all(["start", "end", "step", "range"], experimental([], "scalar")),
  ...all(["min_of", "max_of"], experimental(["scalar", "scalar"], "scalar")),
  ["double_exponential_smoothing", experimental([matrix, "scalar", "scalar"])],
  ["start_timestamp", experimental([vector])],
  ["histogram_quantiles", experimental([vector, "string", "scalar", "scalar"], vector, 9)],
  ["info", experimental([vector, vector], vector, 1)],
  ...all(["sort_by_label", "sort_by_label_desc"], experimental([vector, "string"], vector, Number.POSITIVE_INFINITY)),
]);
