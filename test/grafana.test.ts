/** The generated Grafana dashboards and alerts have the form that Grafana needs. `test/extended/grafana-queries.test.ts` asks their queries. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { domains } from "../src/domains/index.ts";
import { root } from "./support/checks.ts";
import { dashboardQueries, dashboards, type GridPos } from "./support/grafana-dashboards.ts";

describe("each generated dashboard", () => {
  it("is there for each domain that has charts, and none is left over", () => {
    const expected = domains.flatMap(({ id, panels, programs = [] }) => [
      ...(panels.length > 0 ? [id] : []),
      ...programs.map((program) => `${id}-${program.id}`),
    ]);
    assert.deepEqual(dashboards.map(([id]) => id).sort(), expected.sort());
    assert.equal(new Set(dashboards.map(([, { uid }]) => uid)).size, dashboards.length);
  });

  for (const [id, { uid, schemaVersion, panels, templating }] of dashboards) {
    it(`${id} has what Grafana needs to open it`, () => {
      // Grafana drops panels of the same id, draws them over each other, or shows nothing, if this fails.
      assert.ok(uid.length <= 40 && schemaVersion >= 36, uid);
      assert.deepEqual(
        panels.map((panel) => panel.id),
        panels.map((_, index) => index + 1),
      );
      const variables = templating.list.map(({ name }) => name);
      assert.ok(["datasource,node", "datasource,job,instance"].includes(variables.join()), variables.join());
      for (const [index, panel] of panels.entries()) {
        const { x, w } = panel.gridPos;
        assert.ok(x >= 0 && x + w <= 24, panel.title);
        const over = panels.slice(index + 1).find((other) => overlap(panel.gridPos, other.gridPos));
        assert.equal(over, undefined, `${panel.title} lies over ${over?.title}`);
        const { targets = [] } = panel;
        assert.equal(targets.length > 0, panel.type !== "row", panel.title);
        assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
        for (const { refId, expr } of targets) {
          assert.match(refId, /^[A-Z]$/);
          assert.doesNotMatch(expr.replaceAll(/\$(?:node|job|instance|__rate_interval)\b/g, ""), /\$/);
        }
      }
    });
  }

  it("draws every declared chart with all its queries", () => {
    const declared = domains.flatMap(({ panels, programs = [] }) =>
      [...panels, ...programs].flatMap((section) => section.panels.flatMap(({ title, queries }) => queries.map(() => title))),
    );
    assert.deepEqual(dashboardQueries.map(({ title }) => title).sort(), declared.sort());
  });
});

describe("each alert for Grafana", () => {
  it("has a uid that Grafana takes, and a condition over its query", () => {
    // Grafana refuses the whole file, and with it to start, if this fails.
    const text = readFileSync(join(root, "deploy/grafana/provisioning/alerting/chainpulse.yaml"), "utf8");
    const { apiVersion, groups } = parse(text);
    assert.equal(apiVersion, 1);
    const rules: { uid: string; title: string; condition: string; data: { refId: string; model: { refId: string } }[] }[] =
      groups.flatMap(({ rules }: { rules: [] }) => rules);
    assert.deepEqual(
      rules.map(({ title }) => title),
      domains.flatMap(({ alerts }) => alerts.map(({ name }) => name)),
    );
    for (const { uid, condition, data } of rules) {
      assert.match(uid, /^[\w-]{1,40}$/);
      assert.deepEqual(
        data.map(({ refId }) => refId),
        data.map(({ model }) => model.refId),
      );
      assert.equal(data.at(-1)?.refId, condition);
    }
  });
});

function overlap(a: GridPos, b: GridPos): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
