import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compileMatcher } from "./matcher.ts";
import { simplePattern } from "./pattern.ts";

function matches(pattern: string, value: string): boolean {
  return compileMatcher({ name: "l", operator: "=~", value: pattern }).matches(value);
}

describe("compileMatcher", () => {
  it("matches as Prometheus does", () => {
    // A selector would take in series it must not, and every figure made of it would be wrong.
    const cases: readonly (readonly [pattern: string, value: string, expected: boolean])[] = [
      ["cpu", "cpu", true],
      ["cpu", "cpu0", false],
      ["", "", true],
      ["", "x", false],
      ["a|b", "b", true],
      ["a|b", "ab", false],
      ["a|", "", true],
      ["(a|b)", "b", true],
      ["a\\.b", "a.b", true],
      ["a\\.b", "axb", false],
      ["a.b", "axb", true],
      ["\\d+", "42", true],
      ["\\d+", "d", false],
      [".*", "", true],
      [".+", "", false],
      [".+", "x", true],
      ["a.*", "a\nb", true],
      ["x?", "", true],
      ["[[:alpha:]]+", "abc", true],
      ["(?i)ABC", "abc", true],
      ["a{2}", "aa", true],
      ["^a$", "a", true],
      ["ü|ö", "ö", true],
    ];
    for (const [pattern, value, expected] of cases) {
      assert.equal(matches(pattern, value), expected, `${JSON.stringify(pattern)} on ${JSON.stringify(value)}`);
      const negated = compileMatcher({ name: "l", operator: "!~", value: pattern });
      assert.equal(negated.matches(value), !expected, `not ${JSON.stringify(pattern)} on ${JSON.stringify(value)}`);
    }
  });

  it("takes the short way to the same answer as the engine", () => {
    // The fast path for literals would disagree with the slow one, depending on how a pattern happens to be written.
    const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "/", "|", "\\", "ü"), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), text, (literals, value) => {
        const pattern = literals.map((literal) => literal.replaceAll(/[\\^$.|?*+()[\]{}/-]/g, "\\$&")).join("|");
        assert.equal(matches(pattern, value), matches(`(?:${pattern})`, value));
        assert.equal(matches(pattern, value), literals.includes(value));
      }),
    );
  });

  it("finds prefixes, suffixes and parts as the engine does", () => {
    // The same for the fast path for `.*` and `.+`; a gap that may not be empty is where it is easily wrong.
    const piece = fc.constantFrom("a", "b", "ab", "\\.", "", "ü", "😀", "\n");
    const gap = fc.constantFrom(".*", ".+", "|");
    const pattern = fc
      .array(fc.tuple(piece, gap), { minLength: 1, maxLength: 4 })
      .chain((parts) => fc.tuple(fc.constant(parts.flat().join("")), piece, fc.constantFrom("", "(", "(?:")))
      .map(([text, last, open]) => `${open}${text}${last}${open === "" ? "" : ")"}`);
    const value = fc.string({ unit: fc.constantFrom("a", "b", ".", "ü", "😀", "\n"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, value, (one, text) => {
        assert.notEqual(simplePattern(one), null, one);
        // An empty group at the end makes it a pattern for the engine.
        assert.equal(matches(one, text), matches(`(?:${one})()`, text));
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves to the engine what only looks simple", () => {
    // A pattern with a meaning of its own would be taken literally.
    for (const pattern of [
      "a.*?",
      ".*+",
      ".+{2}",
      "(a)|(b)",
      "(a|b",
      "(a\\)",
      "\\",
      "a\\d.*",
      "(?i)a.*",
      "^a.*",
      "\ud800.*",
      "a.b",
    ]) {
      assert.equal(simplePattern(pattern), null, pattern);
    }
  });

  it("refuses patterns that are not RE2, by name", () => {
    // The user would see a stack trace, or a pattern that hangs the thread.
    for (const pattern of ["(", "a(?=b)", "\\1", "[z-a]", "a{1001}"]) {
      assert.throws(() => matches(pattern, "a"), { code: "QUERY_SYNTAX", message: /regular expression/ }, pattern);
    }
    assert.throws(() => matches("a".repeat(70_000), "a"), { code: "QUERY_LIMIT" });
  });

  it("answers on patterns that hang backtracking engines, with values of 50 kB", () => {
    // One query could stop all charts.
    const long = "a".repeat(50_000);
    for (const pattern of [
      "(a+)+$",
      "(a*)*b",
      "(a|aa)+$",
      "(a|a?)+b",
      "([a-z]+)*[0-9]",
      "(.*a){20}b",
      "(x+x+)+y",
      "(.*)(.*)(.*)[0-9]x",
    ]) {
      assert.equal(matches(pattern, long), pattern.endsWith("$"), pattern);
      assert.equal(matches(pattern, `${long}!`), false, pattern);
    }
  });

  it("refuses what linear time is not short for: thousands of instructions for each of many characters", () => {
    // One pattern would hold the thread for half a second for each value.
    for (const pattern of ["(a?){1000}b", "(.*a){500}", "((a{1,30}){1,30})"]) {
      assert.throws(() => matches(pattern, "a".repeat(50_000)), { code: "QUERY_LIMIT", message: /too costly/ }, pattern);
      assert.equal(typeof matches(pattern, "a".repeat(1000)), "boolean");
    }
  });

  it("S13: keeps what was compiled last, within a bound on the length of patterns", () => {
    // Whoever sends different long patterns would fill the thread's memory; or every tick compiles all patterns again.
    const compiled = (value: string): unknown => compileMatcher({ name: "bound", operator: "=~", value });
    const long = (start: string): string => `${start}${"[ab]".repeat(15_000)}`;
    const kept = compiled("[a-f]+");
    const dropped = compiled(long("0"));
    for (const start of "12345") {
      assert.equal(compiled("[a-f]+"), kept);
      compiled(long(start));
    }
    assert.equal(compiled("[a-f]+"), kept);
    assert.notEqual(compiled(long("0")), dropped);
  });
});
