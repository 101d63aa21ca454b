import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../test/support/any-character.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { functionSignatures } from "../functions.ts";
import { nestingDepthMax } from "./cursor.ts";
import { treeDepthMax } from "./depth.ts";
import { refuseExperimental } from "./experimental.ts";
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

// When this fails, a query that is too much for the parser takes the query thread down. Refusals of what is no PromQL: refusals.test.ts.
describe("limits of the parser", () => {
  test("an invalid regular expression", () => {
    assert.match(failureOf('up{a=~"("}'), /^QUERY_SYNTAX 1:4: parse error: .*regular expression/);
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

// When this fails, a query that is switched off is called a typo, or runs although it is switched off.
test("experiments are read, and told apart from errors where they are switched off", () => {
  const experiments = [
    "up anchored",
    "rate(up[5m] smoothed)",
    "a + fill(0) b",
    "1 + sum(mad_over_time(up[5m]))",
    "limit_ratio(0.5, up)",
    "limitk(1, up)",
    "info(up)",
  ];
  for (const text of experiments) {
    const expr = parseQuery(text);
    assert.throws(
      () => refuseExperimental(expr, text),
      { code: "QUERY_UNSUPPORTED", message: /experimental and not enabled$/ },
      text,
    );
  }
  for (const text of ["rate(up[5m + step()] offset -(1m))", "a + on(b) group_left(c) d", "topk(1, up) </ 2"]) {
    refuseExperimental(parseQuery(text), text);
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
  same("a ^ -b * c", "(a ^ (-b)) * c");
  same("a </ b + c == d", "(a </ (b + c)) == d");
  same("a offset 2 ^ 2", "(a offset 2) ^ 2");
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
  for (const name of ["sum", "by", "offset", "and", "start", "step", "max_of", "fill", "anchored", "job:rate:sum"]) {
    const expr = parseQuery(`${name}{a="b"}`);
    assert.equal(expr.kind === "selector" ? expr.name : null, name);
  }
  assert.equal(parseQuery("SUM BY (job) (up)").kind, "aggregation");
  assert.equal(parseQuery("Step()").kind, "call");
  assert.equal(parseQuery("fill + fill").kind, "binary");
  assert.equal(parseQuery("sum by (on, bool, anchored, a:b, 'a b') (x)").kind, "aggregation");
  // The name inside the braces is a matcher like others.
  const inside = parseMetricSelector('{"my.metric", __name__!="b"}');
  assert.deepEqual([inside.name, inside.matchers.length], [null, 2]);
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
    "[5m + ",
    "step()",
    "fill(1)",
    "anchored",
    "</",
    "@",
  ];
  const noise = fc
    .array(fc.oneof(fc.constantFrom(...words, ...functionSignatures.keys()), fc.string({ unit: anyCharacter })))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(noise, fc.string({ unit: anyCharacter })), (text) => {
      failureOf(text);
    }),
    { numRuns: 3000 },
  );
});

// When this fails, a typing error in a long query crashes the query thread, or one of its errors points beyond the text.
test("a query with a character too many, too few or another one is read or refused in place", () => {
  const queries = [
    'sum by (job, "a b") (rate(up{job=~"a|b",x!="c"}[5m] offset -(2 * step()))) / on(job) group_left(x) fill(-1) topk(2, b)',
    "histogram_quantile(0.9, sum without(le) (x[1h:min_of(1m, 5s)] @ end()) and 'a\\x41' or -1.5e-3 ^ 0x1F </ smoothed",
    'info(a anchored @ 1_0 offset 1h30m, {b!~`c`}) >= bool Inf # note\n% NaN atan2 label_join(a, "b", "\u00e9", "c")',
  ];
  const mutation = fc
    .tuple(fc.constantFrom(...queries), fc.nat(), fc.nat(3), fc.constantFrom(...Array.from("()[]{}\"'`,:@#-<>=~!5mx_. \\é")))
    .map(([text, position, removed, added]) => {
      const at = position % (text.length + 1);
      return `${text.slice(0, at)}${added}${text.slice(at + removed)}`;
    });
  fc.assert(
    fc.property(mutation, (text) => {
      const [, line = "1", column = "1"] = /^QUERY_SYNTAX (\d+):(\d+): parse error: ./.exec(failureOf(text)) ?? [];
      const lines = text.split("\n");
      assert.ok(Number(line) <= lines.length);
      assert.ok(Number(column) <= Buffer.byteLength(lines[Number(line) - 1] ?? "") + 1);
    }),
    { numRuns: 1500 },
  );
});
