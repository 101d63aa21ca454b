import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../test/support/any-character.ts";
import { formatDuration, parseDuration } from "../../core/duration.ts";
import { formatNumber, parseNumber, quote, unquote } from "./literals.ts";

// When these fail, a label value with an escape, or a range such as 1h30m, means something else than in Prometheus.

test("strings have Go's escapes", () => {
  assert.equal(unquote('"a\\n\\t\\\\\\"\\x41\\101\\u00e9\\U0001F600"'), 'a\n\t\\"AA\u00e9\u{1F600}');
  assert.equal(unquote("'it\\'s'"), "it's");
  assert.equal(unquote("`raw\\n`"), "raw\\n");
  assert.equal(unquote('"\\xc3\\xa9"'), "é");
  for (const invalid of ['"\\q"', '"\\x4"', '"\\\'"', '"\\ud800"', '"\\U00110000"', '"\\400"'])
    assert.equal(unquote(invalid), null);
});

test("bytes that are no UTF-8 survive, and show that the text is not well-formed", () => {
  const text = unquote('"a\\xc5z"') ?? "";
  assert.equal(text.isWellFormed(), false);
  assert.equal(quote(text), '"a\\xc5z"');
});

test("every text comes back from its quoted form", () => {
  fc.assert(fc.property(fc.string({ unit: anyCharacter }), (text) => assert.equal(unquote(quote(text)), text)));
});

test("durations are read and written as Prometheus does", () => {
  assert.equal(parseDuration("1h30m5s7ms"), 5_405_007);
  assert.equal(parseDuration("1y2w3d"), 31_536_000_000 + 2 * 604_800_000 + 3 * 86_400_000);
  for (const invalid of ["", "1", "5mm", "1m1h", "-1m", "1.5h"]) assert.equal(parseDuration(invalid), null, invalid);
  assert.equal(parseDuration("99999999999y"), Number.POSITIVE_INFINITY);
  assert.equal(formatDuration(90_000), "1m30s");
  assert.equal(formatDuration(604_800_000), "1w");
  assert.equal(formatDuration(604_801_000), "7d1s");
  assert.equal(formatDuration(-300_000), "-5m");
  assert.equal(formatDuration(0), "0s");
});

test("every duration comes back from its text", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 9e12 }), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
});

test("numbers are read in all of PromQL's forms", () => {
  const forms = { "0x1F": 31, "0755": 493, "1.": 1, ".5": 0.5, "1e-3": 0.001, Inf: Infinity, nan: Number.NaN, "08": 8 };
  for (const [text, value] of Object.entries(forms)) assert.equal(parseNumber(text), value, text);
  for (const invalid of ["", "1e", "0x", "abc", "1.2.3"]) assert.equal(parseNumber(invalid), null, invalid);
});

test("numbers are written without an exponent, and come back", () => {
  assert.equal(formatNumber(1e21), "1000000000000000000000");
  assert.equal(formatNumber(1.5e-7), "0.00000015");
  assert.equal(formatNumber(-1.25e22), "-12500000000000000000000");
  assert.equal(formatNumber(-Infinity), "-Inf");
  fc.assert(
    fc.property(fc.double({ min: 0, noNaN: true }), (value) =>
      assert.equal(parseNumber(formatNumber(value).replace("+", "")), value),
    ),
  );
});
