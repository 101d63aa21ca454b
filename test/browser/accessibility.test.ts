/** axe on every page in both themes: nothing serious or critical. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { firstChart, openPage } from "./support/browser.ts";
import { openDashboard, type Dashboard } from "./support/dashboard.ts";

const routes = [
  "/",
  "/host",
  "/explore?expr=1",
  "/explore?expr=1%2B1&view=table",
  "/explore?expr=1%2B1&view=explain",
  "/alerts",
  "/health",
  "/settings",
  "/graphql-explorer",
  "/login",
] as const;

/** What comes after the page's heading, and is looked at with it. */
const awaited: readonly (readonly [route: RegExp, selector: string])[] = [
  [/^\/explore/, ".cm-content"],
  [/view=table/, ".result-scroll"],
  [/view=explain/, "[role=treeitem]"],
];

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
    test(route, async () => {
      // Wrong: somebody cannot read or operate this page.
      const { page, context } = await openPage(running().browser, running().server.origin, { theme: "dark", bypassCSP: true });
      try {
        await page.goto(route);
        await page.locator("h1").first().waitFor({ state: "attached" });
        for (const [wanted, selector] of awaited) if (wanted.test(route)) await page.locator(selector).first().waitFor();
        // A page with charts is looked at with its charts.
        if ((await page.locator(".series").count()) > 0) await firstChart(page);
        await page.addScriptTag({ content: axe.source });
        assert.deepEqual({ dark: await seriousFaults(page) }, { dark: [] });
        await page.emulateMedia({ colorScheme: "light" });
        assert.deepEqual({ light: await seriousFaults(page) }, { light: [] });
      } finally {
        await context.close();
      }
    });
  }
});

async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .map(
      (violation) =>
        `${violation.id}: ${violation.nodes
          .slice(0, 3)
          .map((node) => node.target.join(" "))
          .join(", ")}`,
    );
}
