/** axe on every page, in both themes: nothing serious or critical. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertAccessible } from "../../browser/support/accessibility.ts";
import { openChain, type ChainLab } from "../../browser/support/chain.ts";
import { openDashboard, type Dashboard } from "../../browser/support/dashboard.ts";
import { withoutAnvil } from "../../support/anvil.ts";

const routes = [
  "/",
  "/host",
  "/explore?expr=1",
  "/explore?expr=1%2B1&view=table",
  "/explore?expr=1%2B1&view=explain",
  "/alerts",
  "/chain",
  "/chain/validators",
  "/chain/contracts",
  "/chain/peers",
  "/chain/compare",
  "/health",
  "/settings",
  "/fleet",
  "/transactions",
  "/blocks",
  "/transactions?hash=4bf92f3577b34da6a3ce929d0e0e4736",
  "/traces",
  "/logs",
  "/sources",
  "/targets",
  "/programs",
  "/graphql-explorer",
  "/login",
] as const;

/** Pages that look different beside a client, and whether they have charts then. */
const chainRoutes = {
  "/chain": true,
  "/chain/contracts": true,
  "/chain/compare": false,
  "/transactions": true,
  "/blocks": false,
} as const;

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

describe("accessibility beside a blockchain client", { skip: withoutAnvil, timeout: 120_000 }, () => {
  let lab: ChainLab | undefined;

  before(async () => {
    lab = await openChain();
  });

  after(() => lab?.close());

  for (const [route, hasCharts] of Object.entries(chainRoutes)) {
    // Wrong: somebody cannot read or operate this page.
    test(route, async () => {
      assert.ok(lab !== undefined, "the dashboard was opened before the tests");
      await assertAccessible(lab.dashboard, route, hasCharts);
    });
  }
});
