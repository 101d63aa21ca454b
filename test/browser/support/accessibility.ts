/** axe on a page in both themes. */
import assert from "node:assert/strict";
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { firstChart, openPage } from "./browser.ts";
import type { Dashboard } from "./dashboard.ts";

/** What comes after the page's heading, and is looked at with it. */
const awaited: readonly (readonly [route: RegExp, selector: string])[] = [
  [/^\/explore/, ".cm-content"],
  [/view=table/, ".result-scroll"],
  [/view=explain/, "[role=treeitem]"],
  [/^\/(transactions|blocks)/, ".flow-lead, .notice-inline"],
  [/^\/chain/, ".client-card, .list-scroll, .notice-inline, .series-note, .table-facts"],
];

/** Fails with what is serious or critical. `hasCharts`: the page is looked at with them, though they may come late. */
export async function assertAccessible({ browser, server }: Dashboard, route: string, hasCharts = false): Promise<void> {
  const { page, context } = await openPage(browser, server.origin, { theme: "dark", bypassCSP: true });
  try {
    await page.goto(route);
    await page.locator("h1").first().waitFor({ state: "attached" });
    for (const [wanted, selector] of awaited) if (wanted.test(route)) await page.locator(selector).first().waitFor();
    // They are drawn only where they are seen. In one turn of the page: a section that is drawn anew takes its charts' elements with it.
    if (hasCharts)
      await page
        .locator(".series")
        .first()
        .evaluate((chart) => chart.scrollIntoView());
    if (hasCharts || (await page.locator(".series").count()) > 0) await firstChart(page);
    await page.addScriptTag({ content: axe.source });
    assert.deepEqual({ dark: await seriousFaults(page) }, { dark: [] });
    await page.emulateMedia({ colorScheme: "light" });
    assert.deepEqual({ light: await seriousFaults(page) }, { light: [] });
  } finally {
    await context.close();
  }
}

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
