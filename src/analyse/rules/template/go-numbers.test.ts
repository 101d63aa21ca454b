/** Numbers as Go writes them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { humanize, humanize1024, humanizeDuration, toFloat } from "./humanize.ts";
import { printf } from "./printf.ts";

describe("printf", () => {
  it("rounds to even where two texts are as near, as Go does", () => {
    // `2.25` would read 2.3 here and 2.2 in Prometheus if this fails.
    assert.equal(printf("%.1f %.1f %.0f %.0f %.3g %.1e", [2.25, 2.35, 0.5, 1.5, 1234.5, 12.5]), "2.2 2.4 0 2 1.23e+03 1.2e+01");
    assert.equal(printf("%.2f %.3g", [-0.125, -2.125]), "-0.12 -2.12");
  });

  it("writes fixed decimals that read back within half a unit of the last one", () => {
    // Values in notifications would be wrong in their last digit if this fails.
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.nat(6), (value, decimals) => {
        const text = printf(`%.${decimals}f`, [value]);
        assert.match(text, new RegExp(`^-?\\d+${decimals > 0 ? `\\.\\d{${decimals}}` : ""}$`));
        assert.ok(Math.abs(Number(text) - value) <= 0.5 * 10 ** -decimals * (1 + 1e-9) + Math.abs(value) * 2 ** -52, text);
      }),
    );
  });

  it("fills any format with any values", () => {
    // A mistake in a format must become text, not an error of ours.
    const value = fc.oneof(
      fc.string(),
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.boolean(),
      fc.constant(null),
    );
    const format = fc
      .array(fc.constantFrom(..."%|+|-|#|0| |5|.|.2|*|d|s|v|q|x|X|e|f|g|G|t|c|U|T|b|o|z|%%|text".split("|")))
      .map((parts) => parts.join(""));
    fc.assert(fc.property(format, fc.array(value), (text, args) => assert.equal(typeof printf(text, args), "string")));
  });
});

describe("numbers for people", () => {
  it("keep four digits", () => {
    // Every humanised value in a notification goes through these.
    assert.deepEqual([0, 999.94, 1000, 1e27, 0.001, 1e-30, -1234567].map(humanize), [
      "0",
      "999.9",
      "1k",
      "1000Y",
      "1m",
      "1e-06y",
      "-1.235M",
    ]);
    assert.deepEqual([0.5, 1024, 1536, 2 ** 90].map(humanize1024), ["0.5", "1ki", "1.5ki", "1024Yi"]);
    assert.deepEqual([0, 0.25, 59.5, 3600, -90, 1e6, Number.NaN].map(humanizeDuration), [
      "0s",
      "250ms",
      "59.5s",
      "1h 0m 0s",
      "-1m 30s",
      "11d 13h 46m 40s",
      "NaN",
    ]);
  });

  it("come from texts too, and from nothing else", () => {
    // `query` gives texts in consoles; a label is one as well.
    assert.deepEqual(["12.5", "-1e3", "+Inf", "nan", 7n].map(toFloat), [12.5, -1000, Infinity, Number.NaN, 7]);
    for (const wrong of ["", "12x", "0x", true, null]) assert.throws(() => toFloat(wrong), /invalid syntax|can't convert/);
  });
});
