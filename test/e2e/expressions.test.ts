/** Every declared expression is PromQL that the query stage takes, in every form a reader asks it in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expandQuery } from "../../src/core/promql-text.ts";
import { domains } from "../../src/domains/index.ts";
import { parseQuery } from "../../src/query/parser/parser.ts";

const exprs = domains.flatMap((domain) => [
  ...domain.panels.flatMap((section) => section.panels.flatMap((panel) => panel.queries.map(({ expr }) => expr))),
  ...domain.checks.flatMap((check) => [check.expr, ...Object.values(check.details ?? {})]),
  ...domain.views.flatMap(({ fields, lists = [], rows }) =>
    [fields, ...lists.map((list) => list.fields), rows?.fields ?? []].flat().flatMap(({ expr }) => expr ?? []),
  ),
]);

describe("declared expressions", () => {
  // If this fails, a panel, a check or a field of REST and GraphQL shows an error instead of a number.
  it("parse, for an instant and for a chart", () => {
    assert.ok(exprs.length > 100);
    for (const expr of exprs) {
      for (const stepMs of [null, 1000, 60_000]) {
        const text = expandQuery(expr, { node: 'odd"\\node\n', samplingIntervalMs: 1000, stepMs });
        assert.doesNotThrow(() => parseQuery(text), expr);
        assert.doesNotMatch(text, /\$(?:node|rate|window)\b/);
      }
    }
  });
});
