import assert from "node:assert/strict";
import { test } from "node:test";
import { exploreParams } from "./prometheus-link.ts";

function translated(link: string): string {
  return decodeURIComponent(exploreParams(new URLSearchParams(link)).toString().replaceAll("+", " "));
}

test("the link in an alert leads to its expression", () => {
  // Wrong: who follows the link from a notification finds an empty page.
  assert.equal(translated("g0.expr=up+%3D%3D+0&g0.tab=1"), "expr=up == 0&view=table");
  assert.equal(translated("g0.expr=up&g0.tab=0&g1.expr=down"), "expr=up&expr=down");
  assert.equal(translated(""), "");
});

test("a link to a window leads to that window", () => {
  // Wrong: a link to an incident shows the last five minutes.
  assert.equal(translated("g0.expr=a&g0.range_input=1h30m"), "from=-90m&expr=a");
  const fixed = exploreParams(new URLSearchParams("g0.expr=a&g0.range_input=1h&g0.end_input=2026-11-26 02:30:00"));
  assert.equal(fixed.get("to"), String(Date.UTC(2026, 10, 26, 2, 30) / 1000));
  assert.equal(Number(fixed.get("to")) - Number(fixed.get("from")), 3600);
  assert.equal(translated("g0.expr=a&g0.range_input=nonsense"), "expr=a");
});
