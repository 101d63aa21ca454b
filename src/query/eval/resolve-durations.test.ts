import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseQuery } from "../parser/parser.ts";
import { resolveDurations } from "./resolve-durations.ts";

// When these fail, a range or an offset that is written as an expression covers another time than it says.

const query = { startMs: 50_000, endMs: 60_000, stepMs: 5000 };

function rangeMs(duration: string): number {
  const expr = resolveDurations(parseQuery(`x[${duration}]`), query, `x[${duration}]`);
  assert.equal(expr.kind, "range");
  return expr.kind === "range" ? expr.rangeMs : Number.NaN;
}

test("expressions of durations and seconds", () => {
  const cases = {
    "26m+4m": 1_800_000,
    "60*30": 1_800_000,
    "24m+((1.5*2m)+2m)": 1_740_000,
    "-5m+35m": 1_800_000,
    "1h30m % 1h": 1_800_000,
    "30m1s-30m1s % 1m": 1_800_000,
    "2 ^ 3 ^ 1s": 8000,
    "-(10s-5s)+20s": 15_000,
    "step()": 5000,
    "1+(STep()-4)*2": 3000,
    "range()": 10_000,
    "max_of(min_of(step()+1,1h),1ms)": 6000,
    "1.0015 * 1": 1001,
  };
  for (const [duration, wantedMs] of Object.entries(cases)) assert.equal(rangeMs(duration), wantedMs, duration);
});

test("behind offset, an expression is one in parentheses or one call", () => {
  const offsetMs = (text: string): number | null => {
    const expr = resolveDurations(parseQuery(text), query, text);
    return expr.kind === "selector" || expr.kind === "subquery" ? expr.offsetMs : null;
  };
  assert.equal(offsetMs("x offset (1h / 2)"), 1_800_000);
  assert.equal(offsetMs("x offset -(2 ^ 2)"), -4000);
  assert.equal(offsetMs("x offset -step()"), -5000);
  assert.equal(offsetMs("x[1m + 1m:5s * 2] offset -min_of(step(), 2s)"), -2000);
  // What follows a literal or a call is arithmetic with the selector.
  for (const text of ["x offset 5s-8", "x offset -1^1", "x offset step()*0", "x offset min_of(step(), 1s)+8"]) {
    assert.equal(parseQuery(text).kind, "binary", text);
  }
});

test("inside other expressions, and the same tree where there is nothing to do", () => {
  const text = "sum by (a) (-rate(x[step() * 2]) + (y offset (1m))) / topk(2, z)";
  const printed = JSON.stringify(resolveDurations(parseQuery(text), query, text));
  assert.match(printed, /"rangeMs":10000/);
  assert.match(printed, /"offsetMs":60000/);
  const plain = parseQuery("sum by (a) (rate(x[5m])) / topk(2, max_over_time(z[1h:5m] offset 1m))");
  assert.equal(resolveDurations(plain, query, ""), plain);
});

test("what is no duration is refused at its place", () => {
  const refused = {
    "x[step() - 5]": /1:3: parse error: duration must be greater than 0/,
    "x[1s * 0.0001]": /1:3: parse error: duration must be at least 1ms/,
    "x offset (1d / (step() - 5))": /1:11: parse error: division by zero/,
    "x[1d % (step() - 5)]": /1:3: parse error: modulo by zero/,
    "x[1y ^ 9]": /1:3: parse error: duration is out of range/,
    "x[(0 - 1) ^ 0.5]": /1:3: parse error: duration/,
  };
  for (const [text, message] of Object.entries(refused)) {
    assert.throws(() => resolveDurations(parseQuery(text), query, text), { code: "QUERY_SYNTAX", message }, text);
  }
});

test("any arithmetic gives whole milliseconds or an error", () => {
  const operand = fc.oneof(
    fc.nat(1000).map(String),
    fc.nat(1000).map((n) => `${n}ms`),
    fc.constantFrom("step()", "range()"),
  );
  const { duration } = fc.letrec<{ duration: string }>((tie) => ({
    duration: fc.oneof(
      { maxDepth: 3 },
      operand,
      fc.tuple(tie("duration"), fc.constantFrom("+", "-", "*", "/", "%", "^"), tie("duration")).map((parts) => parts.join(" ")),
      tie("duration").map((inner) => `(${inner})`),
      tie("duration").map((inner) => `-(${inner})`),
      fc.tuple(tie("duration"), tie("duration")).map(([a, b]) => `min_of(${a}, ${b})`),
    ),
  }));
  fc.assert(
    fc.property(duration, (text) => {
      try {
        assert.ok(Number.isSafeInteger(rangeMs(text)) || rangeMs(text) > 2 ** 52, text);
      } catch (error) {
        assert.match(String(error), /parse error: (?:duration|division|modulo)/, text);
      }
    }),
  );
});
