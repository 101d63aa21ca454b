import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../test/support/any-character.ts";
import {
  aggregationOperators,
  arithmeticOperators,
  comparisonOperators,
  type DurationExpr,
  type Expr,
  parametrizedAggregations,
  setOperators,
  trimOperators,
  type VectorMatching,
  type VectorSelector,
} from "./ast.ts";
import { parseQuery } from "./parser/parser.ts";
import { printQuery } from "./printer.ts";

const span = { start: 0, end: 0 };
const label = fc.oneof(
  fc.constantFrom("job", "le", "on", "sum", "step", "fill", "a b", "é"),
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/),
);
const reserved = ["inf", "nan", "bool", "on", "ignoring", "group_left", "group_right", "atan2"];
const name = fc
  .oneof(
    fc.constantFrom("up", "job:x", "offset", "step", "max_of", "fill"),
    fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,5}$/),
  )
  .filter((text) => !reserved.includes(text.toLowerCase()));
const durationMs = fc.integer({ min: 1, max: 1e10 });
const seconds = fc.oneof(
  durationMs.map((ms): DurationExpr => ({ kind: "number", value: ms / 1000, isDuration: true, span })),
  fc
    .double({ min: 0.001, max: 1e6, noNaN: true })
    .map((value): DurationExpr => ({ kind: "number", value, isDuration: false, span })),
);

/** In parentheses, so that it does not depend on precedence, and is an expression and no literal. */
const { expression: durationExpr } = fc.letrec<{ expression: DurationExpr; operand: DurationExpr }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3 },
    seconds,
    fc
      .constantFrom("step" as const, "range" as const)
      .map((call): DurationExpr => ({ kind: "duration call", name: call, span })),
    tie("expression"),
  ),
  expression: fc.oneof(
    fc
      .tuple(fc.constantFrom("+", "-", "*", "/", "%", "^"), tie("operand"), tie("operand"))
      .map(([operator, left, right]): DurationExpr => ({ kind: "duration binary", operator, left, right, span }))
      .map((expr): DurationExpr => ({ kind: "duration paren", expr, span })),
    fc
      .tuple(fc.constantFrom("min_of", "max_of"), tie("operand"), tie("operand"))
      .map(([operator, left, right]): DurationExpr => ({ kind: "duration binary", operator, left, right, span })),
    tie("expression").map((expr): DurationExpr => ({ kind: "duration paren", expr: negation(expr), span })),
  ),
}));

function negation(expr: DurationExpr): DurationExpr {
  return { kind: "duration negation", expr, span };
}

const shift = fc
  .record({
    offset: fc.oneof(
      fc.constant(0),
      durationMs,
      durationMs.map((ms) => -ms),
      durationExpr,
      durationExpr.map(negation),
    ),
    at: fc.oneof(
      fc.constant(null),
      fc.constantFrom({ kind: "start" as const }, { kind: "end" as const }),
      fc.integer({ min: -1e12, max: 1e12 }).map((timeMs) => ({ kind: "time" as const, timeMs })),
    ),
  })
  .map(({ offset, at }) =>
    typeof offset === "number" ? { offsetMs: offset, offsetExpr: null, at } : { offsetMs: 0, offsetExpr: offset, at },
  );
const range = fc
  .oneof(durationMs, durationExpr, durationExpr.map(negation))
  .map((value) => (typeof value === "number" ? { rangeMs: value, rangeExpr: null } : { rangeMs: 0, rangeExpr: value }));
const step = fc
  .option(fc.oneof(durationMs, durationExpr))
  .map((value) =>
    value === null || typeof value === "number" ? { stepMs: value, stepExpr: null } : { stepMs: 0, stepExpr: value },
  );

const matcher = fc.record({
  name: label,
  operator: fc.constantFrom("=" as const, "!=" as const),
  value: fc.string({ unit: anyCharacter }),
});
const extension = fc.constantFrom(null, "anchored" as const, "smoothed" as const);

/** With a name, or with a matcher that keeps it from being empty. */
const selector: fc.Arbitrary<VectorSelector> = fc
  .tuple(fc.option(name), fc.array(matcher, { maxLength: 3 }), extension, shift)
  .map(([metric, matchers, extended, shifted]) => {
    const named = { name: "__name__", operator: "=" as const, value: "some.metric" };
    const written = metric === null ? [named, ...matchers] : matchers;
    return { kind: "selector", name: metric, matchers: written.toSorted(byText), extension: extended, ...shifted, span };
  });

type Matcher = VectorSelector["matchers"][number];

/** The order of the printed text, so that the tree comes back as it was. */
function byText(a: Matcher, b: Matcher): number {
  const [left, right] = [a, b].map((one) =>
    printQuery({
      kind: "selector",
      name: null,
      matchers: [one],
      extension: null,
      offsetMs: 0,
      offsetExpr: null,
      at: null,
      span,
    }).slice(1, -1),
  );
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

const scalar: fc.Arbitrary<Expr> = fc.oneof(
  fc.double().map((value) => ({ kind: "number" as const, value, isDuration: false, span })),
  durationMs.map((ms) => ({ kind: "number" as const, value: ms / 1000, isDuration: true, span })),
);

const fillValue = fc.option(fc.double({ noNaN: true }));
const matching: fc.Arbitrary<VectorMatching> = fc
  .record({
    group: fc.constantFrom("none" as const, "left" as const, "right" as const),
    on: fc.boolean(),
    labels: fc.array(label, { maxLength: 2 }),
    fillLeft: fillValue,
    fillRight: fillValue,
  })
  .map((parts) => ({ ...parts, include: parts.group === "none" ? [] : ["copied"] }));

/** Operands in parentheses, so that the tree does not depend on precedence. */
const { vector } = fc.letrec<{ vector: Expr; range: Expr; paren: Expr }>((tie) => ({
  paren: tie("vector").map((expr) => ({ kind: "paren", expr, span })),
  range: fc.oneof(
    fc
      .tuple(selector.map(unshifted), range, shift)
      .map(([inner, length, shifted]): Expr => ({ kind: "range", selector: { ...inner, ...shifted }, ...length, span })),
    fc
      .tuple(tie("paren"), range, step, shift)
      .map(([expr, length, grid, shifted]): Expr => ({ kind: "subquery", expr, ...length, ...grid, ...shifted, span })),
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
      .tuple(tie("vector"), fc.string({ unit: anyCharacter }))
      .map(([arg, text]): Expr => ({ kind: "call", name: "label_join", args: [arg, ...["a", text].map(literal)], span })),
    fc
      .tuple(fc.constantFrom(...aggregationOperators), scalar, tie("vector"), fc.boolean(), fc.array(label, { maxLength: 2 }))
      .map(aggregation),
    fc
      .tuple(
        fc.constantFrom(...arithmeticOperators, ...comparisonOperators, ...setOperators, ...trimOperators),
        tie("paren"),
        tie("paren"),
        fc.option(matching),
      )
      .map(binary),
  ),
}));

/** What stands behind the brackets belongs to the selector before them. */
function unshifted(expr: VectorSelector): VectorSelector {
  return { ...expr, offsetMs: 0, offsetExpr: null, at: null };
}

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

function binary([operator, left, right, modifiers]: readonly [
  (Expr & { readonly kind: "binary" })["operator"],
  Expr,
  Expr,
  VectorMatching | null,
]): Expr {
  const isSet = setOperators.some((known) => known === operator);
  const allowed =
    isSet && modifiers !== null
      ? { ...modifiers, group: "none" as const, include: [], fillLeft: null, fillRight: null }
      : modifiers;
  const isDefault = allowed !== null && !allowed.on && allowed.labels.length === 0 && allowed.group === "none";
  return {
    kind: "binary",
    operator,
    left,
    right,
    operatorSpan: span,
    returnBool: comparisonOperators.some((known) => known === operator),
    matching: isDefault && allowed.fillLeft === null && allowed.fillRight === null ? null : allowed,
    span,
  };
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
    'sum(rate(x{b="c",a!~"d"}[5m]))by(job)': 'sum by (job) (rate(x{a!~"d",b="c"}[5m]))',
    "sum by() (x)": "sum(x)",
    "sum without()(x)": "sum without () (x)",
    "a+on(x)group_left(y)b": "a + on (x) group_left (y) b",
    "a - on(b) group_left c": "a - on (b) group_left () c",
    "a - ignoring() c": "a - c",
    "a - on() c": "a - on () c",
    "x[1h:5m] @ start() offset -1m": "x[1h:5m] @ start() offset -1m",
    "x offset 1m @ 12.5": "x @ 12.500 offset 1m",
    "topk(3,a) > bool 2": "topk(3, a) > bool 2",
    '{"a.b",c="d"}': '{__name__="a.b",c="d"}',
    '{c="d","odd name"!="e"}': '{"odd name"!="e",c="d"}',
    'sum by ("a.b", c) (x)': 'sum by ("a.b", c) (x)',
    "x anchored offset 1m @ end()": "x @ end() anchored offset 1m",
    "x[5m] smoothed @ 3": "x[5m] smoothed @ 3.000",
    "x[5m+step()] offset -(2*1m)": "x[5m + step()] offset -(2 * 1m)",
    "x[range():min_of(5,step( ))]": "x[range():min_of(5, step())]",
    "a+fill_right(2)fill_left(-Inf)b": "a + fill_left (-Inf) fill_right (2) b",
    "a == bool on(x) fill(0.50) b": "a == bool on (x) fill (0.5) b",
    "a</2": "a </ 2",
    "-1^2": "-1 ^ 2",
    "90s + 1_000 + 0x1F": "1m30s + 1000 + 31",
  };
  for (const [text, printed] of Object.entries(cases)) assert.equal(printQuery(parseQuery(text)), printed);
});
