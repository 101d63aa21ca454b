import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../core/errors.ts";
import { readDuration, readLimit, readTime } from "./parameters.ts";
import { unescapeName } from "./unescape-name.ts";

const nowMs = 1_764_000_000_000;

describe("parameters", () => {
  test("any text is a value, or a mistake that is named", () => {
    // If it fails, a crafted parameter is an unforeseen error, or a time that nothing can hold.
    const readers = [
      (text: string) => readTime("p", text, nowMs, 0),
      (text: string) => readDuration("p", text),
      (text: string) => readLimit(text, "p") ?? 0,
    ];
    const texts = fc.oneof(
      fc.constant("-0.0003s"),
      fc.string(),
      fc.double().map(String),
      fc.stringMatching(/^-?\d{0,20}(\.\d+)?(e\d+)?[smhdwy]*$/),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const read of readers) {
          try {
            assert.ok(Number.isSafeInteger(read(text)), text);
          } catch (error) {
            assert.ok(error instanceof ChainPulseError && error.code === "BAD_REQUEST", String(error));
            assert.ok(error.message.startsWith('invalid parameter "p": '), error.message);
          }
        }
      }),
    );
  });

  test("seconds are read to the millisecond", () => {
    // If it fails, a chart's points lie between the samples.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (timeMs) => {
        assert.equal(readTime("p", String(timeMs / 1000), nowMs), timeMs);
        assert.equal(readTime("p", new Date(timeMs).toISOString(), nowMs), timeMs);
        assert.equal(readDuration("p", `${timeMs}ms`), timeMs);
      }),
    );
  });
});

describe("escaped names", () => {
  /** The other way round. */
  const escape = (name: string): string => {
    const parts = Array.from(name, (char) => {
      if (char === "_") return "__";
      return /[a-zA-Z0-9:]/.test(char) ? char : `_${(char.codePointAt(0) ?? 0).toString(16)}_`;
    });
    return `U__${parts.join("")}`;
  };

  test("every name comes back", () => {
    // If it fails, the values of a label with an unusual name cannot be asked for.
    assert.equal(unescapeName("U__http_2e_status__code"), "http.status_code");
    const isText = (code: number): boolean => code < 0xd800 || code > 0xdfff;
    const char = fc.oneof(fc.constantFrom("_", "a", ".", ":"), fc.nat(0x10_ffff).filter(isText).map(String.fromCodePoint));
    fc.assert(fc.property(fc.string({ unit: char }), (name) => assert.equal(unescapeName(escape(name)), name)));
  });

  test("what only looks escaped is a name as it stands", () => {
    // If it fails, a label that happens to be called so has another one's values.
    for (const name of ["U__a_b", "U__a_zz_", "U__a_110000_", "U__a_d800_", "U__a_", "U_a__b", "u__a__b", ""]) {
      assert.equal(unescapeName(name), name);
    }
  });
});
