/** axe on every page but the first, in both themes: nothing serious or critical. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertAccessible } from "../../browser/support/accessibility.ts";
import { openDashboard, type Dashboard } from "../../browser/support/dashboard.ts";

const routes = [
  "/host",
  "/explore?expr=1",
  "/explore?expr=1%2B1&view=table",
  "/explore?expr=1%2B1&view=explain",
  "/alerts",
  "/health",
  "/settings",
  "/fleet",
  "/traces",
  "/logs",
  "/sources",
  "/targets",
  "/programs",
  "/graphql-explorer",
  "/login",
] as const;

describe("accessibility", { timeout: 360_000 }, () => {
  let dashboard: Dashboard | undefined;

  before(async () => {
    dashboard = await openDashboard();
  });

  after(() => dashboard?.close());

  function running(): Dashboard {
    assert.ok(dashboard !== undefined, "the dashboard was opened before the tests");
    return dashboard;
  }

  for (const route of routes) {
    // Wrong: somebody cannot read or operate this page.
    test(route, () => assertAccessible(running(), route));
  }
});
