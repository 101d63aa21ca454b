/** The dashboard in a real browser against a real server: what every user does with it; `test/extended/browser` has the rest. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstChart } from "./support/browser.ts";
import { openTable } from "./support/chart-table.ts";
import { openDashboard, onPage, type Dashboard } from "./support/dashboard.ts";
import { startHostileProcess } from "./support/hostile-process.ts";

describe("dashboard", { timeout: 240_000 }, () => {
  let dashboard: Dashboard | undefined;

  before(async () => {
    dashboard = await openDashboard();
  });

  after(() => dashboard?.close());

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

  test("dragging on a chart zooms all of them, and the back button undoes it", async () => {
    // Wrong: an operator cannot look closer at an incident, or gets lost in it.
    await onPage(running(), "/?from=-15m", {}, async ({ page }) => {
      await firstChart(page);
      // The window begins with the history, so its width is that of the table's rows.
      const table = await openTable(page);
      const shown = (await table.locator("tbody tr").count()) - 1;
      await page.getByRole("button", { name: "View as table" }).first().click();
      const box = await page.locator(".u-over").first().boundingBox();
      assert.ok(box !== null);
      await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/from=\d+&to=\d+/);
      const zoomed = new URL(page.url()).searchParams;
      const span = Number(zoomed.get("to")) - Number(zoomed.get("from"));
      assert.ok(Math.abs(span - 0.4 * Math.max(30, shown)) < 6, `40 % of ${shown} s, not ${span} s`);
      await page.goBack();
      await page.waitForURL(/from=-15m/);
      await page.getByRole("button", { name: "of 15m" }).waitFor();
    });
  });

  test("the range is in the address and survives reload and change of page", async () => {
    // Wrong: a link in the incident's chat shows something else to everybody.
    await onPage(running(), "/host?from=-3h", {}, async ({ page }) => {
      await page.getByRole("button", { name: "of 3h" }).waitFor();
      await page.getByRole("link", { name: "Overview" }).first().click();
      await page.waitForURL((url) => url.pathname === "/" && url.searchParams.get("from") === "-3h");
      await page.reload();
      await page.getByRole("button", { name: "of 3h" }).click();
      await page.getByRole("button", { name: "1h", exact: true }).click();
      await page.waitForURL(/from=-1h/);
    });
  });

  test("every page works by keyboard alone", async () => {
    // Wrong: shortcuts that the help promises do nothing.
    await onPage(running(), "/", {}, async ({ page }) => {
      await firstChart(page);
      await page.keyboard.press("?");
      await page.getByRole("heading", { name: "Keyboard" }).waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("g");
      await page.keyboard.press("h");
      await page.waitForURL((url) => url.pathname === "/host");
      await page.keyboard.press("-");
      await page.waitForURL(/from=-10m/);
      await page.keyboard.press("t");
      await page.getByRole("dialog", { name: "Time range" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog", { name: "Time range" }).waitFor({ state: "detached" });
    });
  });

  test("names that somebody else chose stay text", async () => {
    // Wrong: whoever can start a process or send a label runs script in the operator's browser.
    const hostile = await startHostileProcess();
    try {
      await onPage(running(), "/host#process-table", {}, async ({ page }) => {
        await page.getByPlaceholder(/Filter by name/).fill("<img");
        await page.getByRole("cell", { name: hostile.name }).waitFor();
        assert.equal(await page.locator("main img").count(), 0);
      });
    } finally {
      await hostile.stop();
    }
  });
});

async function nodeId(origin: string): Promise<string> {
  const status = (await (await fetch(`${origin}/api/v1/performance/status`)).json()) as {
    readonly node: { readonly id: string };
  };
  return status.node.id;
}
