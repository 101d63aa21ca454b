/**
 * The syntax tree of PromQL, as plain data. `parser/` makes it, `printer.ts` writes it back, `eval/` evaluates it.
 * Source: Prometheus 3, promql/parser/ast.go and generated_parser.y.
 */
import type { LabelMatcher } from "../core/labels.ts";

/** UTF-16 offsets into the query text; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The types of PromQL, named as in its messages. */
export type ValueType = "scalar" | "string" | "instant vector" | "range vector";

/** `@ 1609746000`, `@ start()`, `@ end()`: the time a selector looks at, whatever step is evaluated. */
export type AtModifier =
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" };

/**
 * Shifts the time a selector or a subquery looks at. A positive offset looks back. Where an expression is written in place of a
 * duration (`offset (1h / 2)`), here and below, the number beside it is 0 until `resolveDurations` has computed it.
 */
interface TimeShift {
  readonly offsetMs: number;
  readonly offsetExpr: DurationExpr | null;
  readonly at: AtModifier | null;
}

/** `step()` and `range()` of the query, as durations. */
export interface DurationCall {
  readonly kind: "duration call";
  readonly name: "step" | "range";
  readonly span: Span;
}

/** `-step()`; signed literals are literals, and a plus sign is left out. */
export interface DurationNegation {
  readonly kind: "duration negation";
  readonly expr: DurationExpr;
  readonly span: Span;
}

/** `5m + 1m`, `min_of(5m, step())`. */
export interface DurationBinary {
  readonly kind: "duration binary";
  readonly operator: "+" | "-" | "*" | "/" | "%" | "^" | "min_of" | "max_of";
  readonly left: DurationExpr;
  readonly right: DurationExpr;
  readonly span: Span;
}

/** Kept in the tree, so that an expression prints as it was written. */
export interface DurationParen {
  readonly kind: "duration paren";
  readonly expr: DurationExpr;
  readonly span: Span;
}

/** What may stand in place of a duration; its value is in seconds. */
export type DurationExpr = NumberLiteral | DurationCall | DurationNegation | DurationBinary | DurationParen;

/** How a selector treats the edges of what it covers. Source: Prometheus proposal PROM-52, extended range selectors. */
export type SelectorExtension = "anchored" | "smoothed";

export interface NumberLiteral {
  readonly kind: "number";
  readonly value: number;
  /** Written as a duration (`1h`); `value` is its seconds. */
  readonly isDuration: boolean;
  readonly span: Span;
}

/** `value` is unquoted. */
export interface StringLiteral {
  readonly kind: "string";
  readonly value: string;
  readonly span: Span;
}

/** `name{label="value"}`. */
export interface VectorSelector extends TimeShift {
  readonly kind: "selector";
  /** The metric name in front of the braces; one inside them is a matcher like the others. */
  readonly name: string | null;
  /** As written, without the one that `name` stands for. */
  readonly matchers: readonly LabelMatcher[];
  readonly extension: SelectorExtension | null;
  readonly span: Span;
}

/** `selector[5m]`; a shift behind the brackets belongs to the selector. */
export interface RangeSelector {
  readonly kind: "range";
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpr: DurationExpr | null;
  readonly span: Span;
}

/** `expr[1h:1m]`. */
export interface Subquery extends TimeShift {
  readonly kind: "subquery";
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr: DurationExpr | null;
  /** `null`: the engine's default step, where there is no `stepExpr` either. */
  readonly stepMs: number | null;
  readonly stepExpr: DurationExpr | null;
  readonly span: Span;
}

/** Kept in the tree, so that a query prints as it was written. */
export interface Paren {
  readonly kind: "paren";
  readonly expr: Expr;
  readonly span: Span;
}

/** `-expr`; signed numbers are literals. */
export interface Unary {
  readonly kind: "unary";
  readonly operator: "+" | "-";
  readonly expr: Expr;
  readonly span: Span;
}

export const arithmeticOperators = ["+", "-", "*", "/", "%", "^", "atan2"] as const;
export const comparisonOperators = ["==", "!=", ">", "<", ">=", "<="] as const;
export const setOperators = ["and", "or", "unless"] as const;
/** They cut native histograms off above (`</`) or below (`>/`) a bound. */
export const trimOperators = ["</", ">/"] as const;

export type ArithmeticOperator = (typeof arithmeticOperators)[number];
export type ComparisonOperator = (typeof comparisonOperators)[number];
export type SetOperator = (typeof setOperators)[number];
export type TrimOperator = (typeof trimOperators)[number];
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator | TrimOperator;

/** `on (…)` or `ignoring (…)`, and what follows it; `fill(…)` may stand alone. */
export interface VectorMatching {
  /** `left`: many elements on the left may match one on the right (`group_left`), and the reverse. */
  readonly group: "none" | "left" | "right";
  /** `on`: only `labels` are compared; otherwise all but `labels` and the metric name are. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels copied from the "one" side. */
  readonly include: readonly string[];
  /** What an element that is missing on this side counts as; `null`: then there is no result. */
  readonly fillLeft: number | null;
  readonly fillRight: number | null;
}

/** `left operator right` with its modifiers. */
export interface Binary {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
  readonly operatorSpan: Span;
  /** A comparison that gives 0 or 1 instead of filtering. */
  readonly returnBool: boolean;
  /** `null` when nothing was written: match on all labels, one to one. */
  readonly matching: VectorMatching | null;
  readonly span: Span;
}

export const aggregationOperators = [
  "sum",
  "avg",
  "min",
  "max",
  "count",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "quantile",
  "count_values",
  "limitk",
  "limit_ratio",
] as const;

export type AggregationOperator = (typeof aggregationOperators)[number];

/** Aggregations whose first argument is a parameter. */
export const parametrizedAggregations: ReadonlySet<AggregationOperator> = new Set([
  "topk",
  "bottomk",
  "quantile",
  "count_values",
  "limitk",
  "limit_ratio",
]);

/** `sum by (job) (expr)`, `topk(3, expr)`. */
export interface Aggregation {
  readonly kind: "aggregation";
  readonly operator: AggregationOperator;
  readonly parameter: Expr | null;
  readonly expr: Expr;
  readonly without: boolean;
  readonly grouping: readonly string[];
  readonly span: Span;
}

/** `name(args)`; that the function exists and takes them is checked by `parser/check.ts`. */
export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expr[];
  readonly span: Span;
}

/** Any expression; `kind` tells which. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeSelector
  | Subquery
  | Paren
  | Unary
  | Binary
  | Aggregation
  | Call;

/** Whether the operator compares: it filters, or gives 0 and 1 with `bool`. */
export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return comparisonOperators.some((known) => known === operator);
}

/** Whether the operator cuts native histograms. */
export function isTrim(operator: BinaryOperator): operator is TrimOperator {
  return trimOperators.some((known) => known === operator);
}

/** Whether the operator works on which elements are there, not on their values. */
export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return setOperators.some((known) => known === operator);
}

/** The expression inside any number of parentheses. */
export function unwrapParens(expr: Expr): Exclude<Expr, Paren> {
  let inner = expr;
  while (inner.kind === "paren") inner = inner.expr;
  return inner;
}
