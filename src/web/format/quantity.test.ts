import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { axisLabels, formatNumber, formatQuantity, fromUcum, quantityText, type PanelUnit } from "./quantity.ts";

const units: readonly PanelUnit[] = [
  "ratio",
  "bytes",
  "bytes/s",
  "bits/s",
  "seconds",
  "celsius",
  "hertz",
  "watts",
  "count",
  "count/s",
];

test("each unit has its prefixes and its number of digits", () => {
  // Wrong: an operator reads MiB as MB, or 1.5 min as 1.5 s.
  const cases: readonly (readonly [number | null, PanelUnit, string])[] = [
    [null, "bytes", "–"],
    [Number.NaN, "count", "–"],
    [Number.POSITIVE_INFINITY, "seconds", "–"],
    [0, "ratio", "0 %"],
    [-0, "count", "0"],
    [0.1234, "ratio", "12.3 %"],
    [1, "ratio", "100 %"],
    [0.00034, "ratio", "0.03 %"],
    [2.5, "ratio", "250 %"],
    [0, "bytes", "0 B"],
    [1023, "bytes", "1,023 B"],
    [1024, "bytes", "1 KiB"],
    [1_500_000, "bytes", "1.43 MiB"],
    [25_769_803_776, "bytes", "24 GiB"],
    [1_048_000, "bytes", "1,023 KiB"],
    [1_048_500, "bytes", "1.00 MiB"],
    [5680, "bytes/s", "5.55 KiB/s"],
    [1_250_000, "bits/s", "1.25 Mb/s"],
    [999_999, "bits/s", "1.00 Mb/s"],
    [0.000_000_4, "seconds", "400 ns"],
    [0.000_041, "seconds", "41 µs"],
    [0.0123, "seconds", "12.3 ms"],
    [1.5, "seconds", "1.50 s"],
    [90, "seconds", "90 s"],
    [150, "seconds", "2.50 min"],
    [7200, "seconds", "2 h"],
    [200_000, "seconds", "2.31 d"],
    [48.25, "celsius", "48.3 °C"],
    [2_400_000_000, "hertz", "2.40 GHz"],
    [0.25, "watts", "250 mW"],
    [65, "watts", "65 W"],
    [9876, "count", "9,876"],
    [12_345, "count", "12.3k"],
    [1_234_567, "count/s", "1,235 k/s"],
    [0.0012, "count", "0.0012"],
    [0.000_000_1, "count", "<0.0001"],
    [-12.34, "count", "-12.3"],
  ];
  for (const [value, unit, expected] of cases) {
    assert.equal(quantityText(value, unit).replaceAll("\u00a0", " "), expected, `${String(value)} ${unit}`);
  }
});

test("no value of any unit becomes NaN, -0, an exponent or more than four significant digits", () => {
  // Wrong: a figure on the page is unreadable or false for some magnitude nobody tried.
  fc.assert(
    fc.property(fc.double({ min: -1e15, max: 1e15 }), fc.constantFrom(...units), (value, unit) => {
      const { text } = formatQuantity(value, unit);
      assert.doesNotMatch(text, /NaN|e[+-]|^-0$/);
      const digits = text
        .replaceAll(/[^0-9.]/g, "")
        .replace(/^0\.0*|^0+(?=\d)/, "")
        .replace(".", "");
      // Beyond: more than the largest prefix can shorten; percentages and degrees have none.
      const shortens = Math.abs(value) < 5e8 && unit !== "ratio" && unit !== "celsius";
      if (shortens) assert.ok(digits.length <= 4, `${text} for ${value} ${unit}`);
    }),
  );
});

test("an axis has one prefix and labels that tell its ticks apart", () => {
  // Wrong: two neighbouring grid lines carry the same label.
  assert.deepEqual(axisLabels([0, 0.25, 0.5, 0.75, 1], "ratio"), ["0", "25\u00a0%", "50\u00a0%", "75\u00a0%", "100\u00a0%"]);
  assert.deepEqual(axisLabels([0, 536_870_912, 1_073_741_824], "bytes"), ["0", "0.5\u00a0GiB", "1.0\u00a0GiB"]);
  assert.deepEqual(axisLabels([-1024, 0, 1024], "bytes/s", true), ["1\u00a0KiB/s", "0", "1\u00a0KiB/s"]);
  assert.deepEqual(axisLabels([-10, 0, 10], "celsius"), ["-10\u00a0°C", "0", "10\u00a0°C"]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -4, max: 9 }), (factor, power) => {
      const gap = factor * 10 ** power;
      const labels = axisLabels([0, gap, 2 * gap, 3 * gap], "count");
      assert.equal(new Set(labels).size, 4, labels.join());
    }),
  );
});

test("units of declarations and views find their formatter", () => {
  // Wrong: milliseconds are shown as seconds, or percent as a count.
  assert.deepEqual(fromUcum("ms"), { unit: "seconds", factor: 0.001 });
  assert.deepEqual(fromUcum("%"), { unit: "ratio", factor: 0.01 });
  assert.deepEqual(fromUcum("{process}"), { unit: "count", factor: 1 });
  assert.deepEqual(fromUcum("{packet}/s"), { unit: "count/s", factor: 1 });
  assert.equal(formatNumber(0.009_99), "0.01");
});
