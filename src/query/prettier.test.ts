import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuery } from "./parser/parser.ts";
import { prettifyQuery } from "./prettier.ts";
import { printQuery } from "./printer.ts";

const long = (name: string): string => `${name}_${"x".repeat(40)}{label="value"}`;

/** One line of a query and its lines when it is prettified. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ["sum by(job)(rate(up[5m]))", ["sum by (job) (rate(up[5m]))"]],
  [
    `${long("first")} + on(a) group_left(b) ${long("second")}`,
    [`  ${long("first")}`, "+ on (a) group_left (b)", `  ${long("second")}`],
  ],
  [
    `topk by (a) (5, (${long("first")} > bool ${long("second")}))`,
    ["topk by (a) (", "  5,", "  (", `      ${long("first")}`, "    > bool", `      ${long("second")}`, "  )", ")"],
  ],
  [
    `label_replace(rate(${long("first")}[5m]), "destination", "$1", "source", "(.*)")`,
    ["label_replace(", `  rate(${long("first")}[5m]),`, '  "destination",', '  "$1",', '  "source",', '  "(.*)"', ")"],
  ],
  [
    `-max_over_time((${long("first")} - ${long("second")})[1h:5m] offset 1m)`,
    ["-max_over_time(", "  (", `      ${long("first")}`, "    -", `      ${long("second")}`, "  )[1h:5m] offset 1m", ")"],
  ],
  [
    `min_over_time(${long("first")}[1h:5m]) + ${long("second")}`,
    [`  min_over_time(${long("first")}[1h:5m])`, "+", `  ${long("second")}`],
  ],
];

// When this fails, "format" in Grafana or the explorer gives another layout than Prometheus, or breaks the query.
test("what is longer than a line is split, and stays the same query", () => {
  for (const [text, lines] of cases) {
    const expr = parseQuery(text);
    assert.equal(prettifyQuery(expr), lines.join("\n"));
    assert.equal(printQuery(parseQuery(prettifyQuery(expr))), printQuery(expr));
  }
});
