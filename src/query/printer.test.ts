import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  aggregationOperators,
  arithmeticOperators,
  comparisonOperators,
  type Expr,
  parametrizedAggregations,
  type VectorSelector,
} from "./ast.ts";
import { parseQuery } from "./parser/parser.ts";
import { printQuery } from "./printer.ts";

const span = { start: 0, end: 0 };
const label = fc.oneof(fc.constantFrom("job", "le", "on", "sum", "a b", "é"), fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/));
const name = fc.oneof(
  fc.constantFrom("up", "job:x", "inf", "bool", "my.metric", "é"),
  fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,5}$/),
);
const durationMs = fc.integer({ min: 1, max: 1e10 });
const shift = fc.record({
  offsetMs: fc.oneof(
    fc.constant(0),
    durationMs,
    durationMs.map((ms) => -ms),
  ),
  at: fc.oneof(
    fc.constant(null),
    fc.constantFrom({ kind: "start" as const }, { kind: "end" as const }),
    fc.integer({ min: -1e12, max: 1e12 }).map((timeMs) => ({ kind: "time" as const, timeMs })),
  ),
});
const matcher = fc.record({
  name: label.filter((text) => text !== "__name__"),
  operator: fc.constantFrom("=" as const, "!=" as const),
  value: fc.string({ unit: "binary" }),
});

const selector: fc.Arbitrary<VectorSelector> = fc
  .tuple(name, fc.array(matcher, { maxLength: 3 }), shift)
  .map(([metric, matchers, shifted]) => ({ kind: "selector", name: metric, matchers, ...shifted, span }));

const scalar: fc.Arbitrary<Expr> = fc.oneof(
  fc.double().map((value) => ({ kind: "number" as const, value, isDuration: false, span })),
  durationMs.map((ms) => ({ kind: "number" as const, value: ms / 1000, isDuration: true, span })),
);

/** Operands in parentheses, so that the tree does not depend on precedence. */
const { vector } = fc.letrec<{ vector: Expr; range: Expr; paren: Expr }>((tie) => ({
  paren: tie("vector").map((expr) => ({ kind: "paren", expr, span })),
  range: fc.oneof(
    fc.tuple(selector, durationMs).map(([inner, rangeMs]): Expr => ({ kind: "range", selector: inner, rangeMs, span })),
    fc
      .tuple(tie("paren"), durationMs, fc.option(durationMs), shift)
      .map(([expr, rangeMs, stepMs, shifted]): Expr => ({ kind: "subquery", expr, rangeMs, stepMs, ...shifted, span })),
  ),
  vector: fc.oneof(
    { maxDepth: 4 },
    selector,
    tie("paren"),
    tie("paren").map((expr): Expr => ({ kind: "unary", operator: "-", expr, span })),
    tie("range").map((arg): Expr => ({ kind: "call", name: "rate", args: [arg], span })),
    fc
      .tuple(scalar, tie("range"))
      .map(([q, arg]): Expr => ({ kind: "call", name: "quantile_over_time", args: [q, arg], span })),
    fc
      .tuple(tie("vector"), fc.string({ unit: "binary" }))
      .map(([arg, text]): Expr => ({ kind: "call", name: "label_join", args: [arg, ...["a", text].map(literal)], span })),
    fc
      .tuple(fc.constantFrom(...aggregationOperators), scalar, tie("vector"), fc.boolean(), fc.array(label, { maxLength: 2 }))
      .map(aggregation),
    fc
      .tuple(
        fc.constantFrom(...arithmeticOperators, ...comparisonOperators),
        tie("paren"),
        tie("paren"),
        fc.option(
          fc.record({
            group: fc.constantFrom("none" as const, "left" as const),
            on: fc.boolean(),
            labels: fc.array(label, { maxLength: 2 }),
          }),
        ),
      )
      .map(([operator, left, right, matching]): Expr => {
        const isComparison = comparisonOperators.some((known) => known === operator);
        return {
          kind: "binary",
          operator,
          left,
          right,
          operatorSpan: span,
          returnBool: isComparison,
          matching: matching === null ? null : { ...matching, include: matching.group === "left" ? ["copied"] : [] },
          span,
        };
      }),
  ),
}));

function literal(value: string): Expr {
  return { kind: "string", value, span };
}

function aggregation([operator, number, expr, without, grouping]: readonly [
  (typeof aggregationOperators)[number],
  Expr,
  Expr,
  boolean,
  readonly string[],
]): Expr {
  const parameter = operator === "count_values" ? literal("value") : parametrizedAggregations.has(operator) ? number : null;
  return { kind: "aggregation", operator, parameter, expr, without, grouping, span };
}

function withoutSpans(expr: Expr): unknown {
  const plain = (key: string, value: unknown): unknown => {
    if (key === "span" || key === "operatorSpan") return undefined;
    return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${Object.is(value, -0) ? "-0" : value}`
      : value;
  };
  return JSON.parse(JSON.stringify(expr, plain));
}

// When this fails, "copy as PromQL", format_query or a stored rule changes what it asks for.
test("every tree comes back from its text", () => {
  fc.assert(
    fc.property(vector, (expr) => {
      assert.deepEqual(withoutSpans(parseQuery(printQuery(expr))), withoutSpans(expr), printQuery(expr));
    }),
    { numRuns: 500 },
  );
});

// When this fails, the canonical spelling is another than Prometheus's, and texts of the two do not compare equal.
test("the spelling is Prometheus's", () => {
  const cases = {
    'sum(rate(x{b="c",a!~"d"}[5m]))by(job)': 'sum by (job) (rate(x{b="c",a!~"d"}[5m]))',
    "a+on(x)group_left(y)b": "a + on (x) group_left (y) b",
    "x[1h:5m] @ start() offset -1m": "x[1h:5m] @ start() offset -1m",
    "topk(3,a) > bool 2": "topk(3, a) > bool 2",
    "x @ 12.5": "x @ 12.500",
    '{"a.b",c="d"}': '{"a.b",c="d"}',
    "sum without()(x)": "sum without () (x)",
  };
  for (const [text, printed] of Object.entries(cases)) assert.equal(printQuery(parseQuery(text)), printed);
});
