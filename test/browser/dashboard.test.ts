/** The dashboard in a real browser against a real server: what every user does with it; `test/extended/browser` has the rest. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstChart } from "./support/browser.ts";
import { openTable } from "./support/chart-table.ts";
import { openDashboard, onPage, type Dashboard } from "./support/dashboard.ts";
import { type HostileProcess, startHostileProcess } from "./support/hostile-process.ts";

describe("dashboard", { timeout: 240_000 }, () => {
  let dashboard: Dashboard | undefined;
  let hostile: HostileProcess | undefined;

  before(async () => {
    dashboard = await openDashboard();
    // Some seconds pass until it is among those that have series of their own.
    hostile = await startHostileProcess();
  });

  after(async () => {
    await hostile?.stop();
    await dashboard?.close();
  });

  function running(): Dashboard {
    assert.ok(dashboard !== undefined, "the dashboard was opened before the tests");
    return dashboard;
  }

  test("the overview draws charts and says how the node is", async () => {
    // Wrong: the first page that a new user sees is empty.
    await onPage(running(), "/", {}, async ({ page }) => {
      await firstChart(page);
      assert.ok((await page.locator(".panel canvas").count()) > 0);
      assert.match(await page.locator("main").innerText(), /check/i);
      const marks = await page.evaluate(() => performance.getEntriesByName("chainpulse-first-chart").length);
      assert.equal(marks, 1);
    });
  });

  test("figures and charts move by themselves", async () => {
    // Wrong: the page shows the second at which it was opened.
    await onPage(running(), "/", {}, async ({ page }) => {
      await firstChart(page);
      const table = await openTable(page);
      const before = await table.locator("tbody th").first().innerText();
      await page.locator(".series .table tbody tr:first-child th").filter({ hasNotText: before }).waitFor();
    });
  });

  test("a headline figure is the number that REST gives for the same tick", async () => {
    // Wrong: two doors of one server disagree.
    await onPage(running(), "/", {}, async ({ page }) => {
      await firstChart(page);
      const figure = page.locator(".figure", { hasText: "Memory" }).locator(".quantity");
      await figure.filter({ hasText: /\d/ }).waitFor();
      // Read at once: between two reads the next tick may come.
      const shown = await figure.evaluate((element) => ({
        value: element.getAttribute("value"),
        timeMs: element.getAttribute("data-time-ms"),
      }));
      const node = await nodeId(running().server.origin);
      const time = Number(shown.timeMs) / 1000;
      const answer = await fetch(
        `${running().server.origin}/api/v1/performance/nodes/${encodeURIComponent(node)}/metrics?time=${time}`,
      );
      const view = (await answer.json()) as { memory: { usagePercent: { value: number } } };
      // The page shows a share, REST the same in percent.
      assert.ok(
        Math.abs(Number(shown.value) * 100 - view.memory.usagePercent.value) < 1e-9,
        `${shown.value} and ${view.memory.usagePercent.value}`,
      );
    });
  });

  test("names that somebody else chose stay text", async () => {
    // Wrong: whoever can start a process or send a label runs script in the operator's browser.
    const { name } = hostile ?? assert.fail("it was started before the tests");
    await onPage(running(), "/host#process-table", {}, async ({ page }) => {
      await page.getByPlaceholder(/Filter by name/).fill("<img");
      await page.getByRole("cell", { name }).waitFor();
      assert.equal(await page.locator("main img").count(), 0);
    });
  });
});

async function nodeId(origin: string): Promise<string> {
  const status = (await (await fetch(`${origin}/api/v1/performance/status`)).json()) as {
    readonly node: { readonly id: string };
  };
  return status.node.id;
}
