import assert from "node:assert/strict";
import { test } from "node:test";
import { darkSeries, lightSeries, maxSeries, seriesStyle, translucent } from "./palette.ts";

type Rgb = readonly [number, number, number];

/**
 * Colour vision deficiencies at full severity, applied to linear RGB.
 * Source: Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009, table 1.
 */
const visions = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

function linear(color: string): Rgb {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function seen(color: Rgb, m: readonly number[]): Rgb {
  const row = (at: number): number =>
    Math.min(
      1,
      Math.max(
        0,
        color.reduce((sum, value, index) => sum + value * (m[at + index] ?? 0), 0),
      ),
    );
  return [row(0), row(3), row(6)];
}

/** Source: Björn Ottosson, "A perceptual color space for image processing", 2020. */
function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function distance(a: Rgb, b: Rgb): number {
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** WCAG 2.2 relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const [red, green, blue] = linear(color);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dim + 0.05);
}

const sets = [
  { name: "dark", colors: darkSeries, background: "#111217" },
  { name: "light", colors: lightSeries, background: "#ffffff" },
] as const;

for (const { name, colors, background } of sets) {
  test(`${name} series stay apart for every colour vision and from the background`, () => {
    // Wrong: two lines of one chart look the same to one reader in twelve.
    for (const [vision, matrix] of Object.entries(visions)) {
      const labs = colors.map((color) => oklab(seen(linear(color), matrix)));
      for (const [index, a] of labs.entries()) {
        for (const [other, b] of labs.slice(index + 1).entries()) {
          const apart = distance(a, b);
          assert.ok(apart >= 12, `${colors[index]} and ${colors[index + 1 + other]} under ${vision}: ${apart.toFixed(1)} < 12`);
        }
      }
    }
    for (const color of colors) assert.ok(contrast(color, background) >= 3, `${color} on ${background}`);
  });
}

test("from the fifth line on a dash pattern tells what the hue may not", () => {
  // Wrong: eight lines are told apart by hue alone, or two of them have one colour.
  for (const dark of [true, false]) {
    const styles = Array.from({ length: maxSeries }, (_, index) => seriesStyle(index, { dark, stacked: false }));
    assert.deepEqual(
      styles.slice(0, 4).map((style) => style.dash),
      [[], [], [], []],
    );
    assert.equal(new Set(styles.slice(4).map((style) => style.dash.join())).size, 4);
    for (const stacked of [true, false]) {
      const colors = Array.from({ length: maxSeries }, (_, index) => seriesStyle(index, { dark, stacked }).color);
      assert.equal(new Set(colors).size, maxSeries);
    }
  }
  assert.equal(translucent("#112233", 0.5), "#11223380");
});
