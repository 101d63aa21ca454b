import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../core/errors.ts";
import { functionSignatures } from "../functions.ts";
import { nestingDepthMax } from "./cursor.ts";
import { treeDepthMax } from "./depth.ts";
import { parseMetricSelector, parseQuery } from "./parser.ts";
import { allMatchers } from "./selector.ts";

function failureOf(text: string): string {
  try {
    parseQuery(text);
  } catch (error) {
    if (error instanceof ChainPulseError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "accepted";
}

// When this fails, somebody with a typo in a query is told the wrong place or the wrong reason, or gets numbers for nonsense.
describe("what is no PromQL is refused at its place", () => {
  const cases: Readonly<Record<string, string>> = {
    "": "1:1: parse error: no expression found in input",
    "  # nothing": "1:12: parse error: no expression found in input",
    "1 +": "1:4: parse error: unexpected end of input",
    "sum(up": "1:7: parse error: unclosed left parenthesis",
    "up[5m": "1:6: parse error: unclosed left bracket",
    'up{a="b"': "1:9: parse error: unexpected end of input inside braces",
    "sum(up by": "1:10: parse error: unclosed left parenthesis",
    "sum(up by)": '1:8: parse error: unexpected <by> in aggregation, expected "," or ")"',
    "up + * 2": "1:6: parse error: unexpected <op:*>",
    "up sum": "1:4: parse error: unexpected <aggr:sum>",
    "a + up[5m]": "1:5: parse error: binary expression must contain only scalar and instant vector types",
    "up[5m][1h:]": "1:1: parse error: subquery is only allowed on instant vector, got matrix instead",
    "a\n+ )": "2:3: parse error: unexpected right parenthesis ')'",
    "up up": '1:4: parse error: unexpected identifier "up"',
    "up{job}": '1:7: parse error: unexpected "}" in label matching, expected label matching operator',
    "up{job=}": '1:8: parse error: unexpected "}" in label matching, expected string',
    'up{job="a" b="c"}': '1:12: parse error: unexpected identifier "b" in label matching, expected "," or "}"',
    "{}": "1:1: parse error: vector selector must contain at least one non-empty matcher",
    '{job=~".*"}': "1:1: parse error: vector selector must contain at least one non-empty matcher",
    'foo{__name__="bar"}': '1:1: parse error: metric name must not be set twice: "foo" or "bar"',
    'foo{"bar"}': '1:1: parse error: metric name must not be set twice: "foo" or "bar"',
    '"open': "1:1: parse error: unterminated quoted string",
    "up[5]]": "1:6: parse error: unexpected right bracket ']'",
    "up[0s]": "1:4: parse error: duration must be greater than 0",
    "up[5x]": '1:4: parse error: bad number or duration syntax: "5x"',
    "sum(up)[5m]": "1:8: parse error: ranges only allowed for vector selectors",
    "up offset 5m [5m]": "1:14: parse error: no offset modifiers allowed before range",
    "1 offset 5m":
      "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
    "up offset 1m offset 2m": "1:1: parse error: offset may not be set multiple times",
    "up @ 1 @ 2": "1:1: parse error: @ <timestamp> may not be set multiple times",
    "rate(up)": '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
    "rate(up[5m], 1)": '1:1: parse error: expected 1 argument(s) in call to "rate", got 2',
    "round()": '1:1: parse error: expected at least 1 argument(s) in call to "round", got 0',
    "nope(up)": '1:1: parse error: unknown function with name "nope"',
    "topk(up)": "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1",
    "sum()": "1:1: parse error: no arguments for aggregate expression provided",
    "1 == 2": "1:3: parse error: comparisons between scalars must use BOOL modifier",
    "up + bool up": "1:4: parse error: bool modifier can only be used on comparison operators",
    "1 and up": '1:1: parse error: set operator "and" not allowed in binary scalar expression',
    "1 + on(a) up": "1:1: parse error: vector matching only allowed between instant vectors",
    "a and on(b) group_left c": '1:1: parse error: no grouping allowed for "and" operation',
    "a + on(b) group_left(b) c": '1:3: parse error: label "b" must not occur in ON and GROUP clause at once',
    'up + "a"': "1:6: parse error: binary expression must contain only scalar and instant vector types",
    '-"a"': '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    "sum(1)": "1:5: parse error: expected type instant vector in aggregation expression, got scalar",
    "1[5m:]": "1:1: parse error: subquery is only allowed on instant vector, got scalar instead",
    "foo ? bar": "1:5: parse error: unexpected character: '?'",
    "rate(up[5m],)": "1:13: parse error: trailing commas not allowed in function call args",
  };
  for (const [text, message] of Object.entries(cases)) {
    test(JSON.stringify(text), () => assert.equal(failureOf(text), `QUERY_SYNTAX ${message}`));
  }

  test("an invalid regular expression", () => {
    assert.match(failureOf('up{a=~"("}'), /^QUERY_SYNTAX 1:7: parse error: .*regular expression/);
  });

  test("nesting beyond the limit", () => {
    const nested = (depth: number): string => `${"(".repeat(depth)}1${")".repeat(depth)}`;
    assert.equal(failureOf(nested(nestingDepthMax - 1)), "accepted");
    assert.match(failureOf(nested(nestingDepthMax)), /nested deeper than/);
    assert.match(failureOf("-".repeat(100_000)), /nested deeper than/);
    const chain = (terms: number): string => Array.from({ length: terms }, () => "1").join("+");
    assert.equal(failureOf(chain(treeDepthMax)), "accepted");
    assert.match(failureOf(chain(treeDepthMax + 1)), /nested deeper than 1000 levels/);
    assert.match(failureOf(chain(20_000)), /nested deeper than 1000 levels/);
  });

  test("megabytes of one thing", () => {
    for (const text of [`"${"a".repeat(999_990)}"`, " ".repeat(999_990) + "1", "#\n".repeat(400_000) + "1"]) {
      assert.equal(failureOf(text), "accepted");
    }
    assert.match(failureOf("1".repeat(1_000_001)), /more than 1000000/);
  });
});

// When this fails, a query that Prometheus knows is called a typo instead of a gap.
test("known gaps are told apart from errors", () => {
  for (const text of ["up anchored", "up[5m + 1m]", "up offset (1m)", "a + fill(0) b", "up[step()]"]) {
    assert.match(failureOf(text), /^QUERY_UNSUPPORTED 1:\d+: /, text);
  }
});

// When this fails, operators bind differently than in Prometheus and every formula with two of them is wrong.
test("precedence and associativity", () => {
  const same = (text: string, withParens: string): void => {
    const shape = (query: string): unknown =>
      JSON.parse(
        JSON.stringify(parseQuery(query), (key, value) => (key.toLowerCase().endsWith("span") ? undefined : unwrap(value))),
      );
    assert.deepEqual(shape(text), shape(withParens), text);
  };
  same("a + b * c", "a + (b * c)");
  same("a - b - c", "(a - b) - c");
  same("a ^ b ^ c", "a ^ (b ^ c)");
  same("-a ^ b", "-(a ^ b)");
  same("-a * b", "(-a) * b");
  same("a or b and c unless d", "a or ((b and c) unless d)");
  same("a == b + c > d", "(a == (b + c)) > d");
  same("a % b atan2 c", "(a % b) atan2 c");
  same("-a offset 5m", "-(a offset 5m)");
});

function unwrap(value: unknown): unknown {
  const isParen = typeof value === "object" && value !== null && "kind" in value && value.kind === "paren" && "expr" in value;
  return isParen ? unwrap(value.expr) : value;
}

// When this fails, a metric with an unusual name cannot be asked for.
test("names: keywords, quoted UTF-8, colons, any case of aggregations", () => {
  assert.deepEqual(allMatchers(parseMetricSelector('{"my.metric", "a b"="c"}')), [
    { name: "__name__", operator: "=", value: "my.metric" },
    { name: "a b", operator: "=", value: "c" },
  ]);
  for (const name of ["sum", "by", "offset", "and", "start", "job:rate:sum"]) {
    const expr = parseQuery(`${name}{a="b"}`);
    assert.equal(expr.kind === "selector" ? expr.name : null, name);
  }
  assert.equal(parseQuery("SUM BY (job) (up)").kind, "aggregation");
  assert.throws(() => parseMetricSelector("up offset 5m"), { code: "QUERY_SYNTAX" });
});

// When this fails, some text crashes the query thread instead of being refused.
test("no text makes the parser throw anything but a ChainPulseError", () => {
  const words = [
    ...Array.from("()[]{}+-*/%^=!<>~@,:\"'`\\ \n#.059ahmsxe_"),
    "sum",
    "by",
    "on",
    "offset",
    "bool",
    "group_left",
    "5m",
    "inf",
    "rate",
    "up",
    "=~",
  ];
  const noise = fc
    .array(fc.oneof(fc.constantFrom(...words, ...functionSignatures.keys()), fc.string({ unit: "binary" })))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(noise, fc.string({ unit: "binary" })), (text) => {
      failureOf(text);
    }),
    { numRuns: 3000 },
  );
});
