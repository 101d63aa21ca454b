import assert from "node:assert/strict";
import { test } from "node:test";
import { figureText } from "./figure.ts";

test("numbers of blocks are written out, and amounts with their currency", () => {
  // Wrong: block 19,123,456 is shown as 19.1 M, or a balance without the digits that change.
  const cases: readonly (readonly [number | null, string, string])[] = [
    [19_123_456, "{block}", "19,123,456"],
    [1.04, "{slot}", "1.04"],
    [0, "{block}", "0"],
    [12.5, "{gwei}", "12.5 gwei"],
    [0.000_000_007, "{gwei}", "7 wei"],
    [0.000_021, "{ether}", "21,000 gwei"],
    [32_768.1234, "{ether}", "32,768.1234 ether"],
    [0.987, "%", "98.7 %"],
    [12_345, "{transaction}", "12.3k"],
    [172_800, "d", "2 d"],
    [null, "{block}", "–"],
    [Number.NaN, "{gwei}", "–"],
  ];
  for (const [value, unit, text] of cases) assert.equal(figureText(value, unit).replaceAll("\u00a0", " "), text);
});
