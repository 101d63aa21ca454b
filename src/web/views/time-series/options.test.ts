import assert from "node:assert/strict";
import { test } from "node:test";

// The browser's zone, before uPlot reads it: five and a half hours before Greenwich, so that no full hour agrees.
process.env["TZ"] = "Asia/Kolkata";
const { chartOptions } = await import("./options.ts");

function optionsFor(zone: string | undefined) {
  const shape = { unit: "ratio", lines: [], stacked: false, thresholds: [], dark: false, zone } as const;
  const events = { zoomed: () => undefined, zoomedOut: () => undefined, pointed: () => undefined };
  return chartOptions(shape, { axis: "", grid: "", font: "" }, { width: 100, height: 100 }, events);
}

test("the time axis counts its hours and days in the zone of its labels", () => {
  // Wrong: with "UTC" or the node's zone chosen, labels stand at 18:30 and 00:30, and no day's name at its midnight.
  const midnightMs = Date.UTC(2026, 10, 26);
  assert.equal(new Date(midnightMs).getHours(), 5);
  for (const [zone, hour] of [
    ["UTC", 0],
    ["America/New_York", 19],
  ] as const) {
    // uPlot gets ms here, and reads the parts of the date as those of the browser's zone.
    const date = optionsFor(zone).tzDate?.(midnightMs);
    assert.deepEqual([date?.getHours(), date?.getMinutes()], [hour, 0]);
  }
  assert.equal("tzDate" in optionsFor(undefined), false);
});
