/** The dashboard in a real browser against a real server: what not every user does every day. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstChart } from "../../browser/support/browser.ts";
import { nextTicks, openTable } from "../../browser/support/chart-table.ts";
import { openDashboard, onPage, type Dashboard } from "../../browser/support/dashboard.ts";

const routes = [
  "/",
  "/host",
  "/fleet",
  "/explore",
  "/transactions",
  "/blocks",
  "/traces",
  "/logs",
  "/alerts",
  "/health",
  "/sources",
  "/targets",
  "/programs",
  "/settings",
  "/graphql-explorer",
] as const;

describe("dashboard, in detail", { timeout: 240_000 }, () => {
  let dashboard: Dashboard | undefined;

  before(async () => {
    dashboard = await openDashboard();
  });

  after(() => dashboard?.close());

  function running(): Dashboard {
    assert.ok(dashboard !== undefined, "the dashboard was opened before the tests");
    return dashboard;
  }

  test("charts that this machine cannot fill are one line, and the others stay charts", async () => {
    // Wrong: half of the page is empty frames; or a chart with data hides behind "not on this machine".
    await onPage(running(), "/host", {}, async ({ page }) => {
      const note = page.locator(".absent-panels").first();
      await note.waitFor();
      const named = ((await note.locator("summary .dim").textContent()) ?? "").split(", ");
      for (const title of named) assert.equal(await page.getByRole("region", { name: title, exact: true }).count(), 0);
      await note.locator("summary").click();
      await note.locator("dd .mono:not(:empty)").first().waitFor();
      await page.getByRole("region", { name: "CPU usage", exact: true }).locator("canvas").waitFor();
    });
  });

  test("the crosshair is shared by all charts", async () => {
    // Wrong: one cannot see what the disk did when the CPU peaked.
    await onPage(running(), "/", {}, async ({ page }) => {
      await firstChart(page);
      await page.locator(".u-over").nth(1).waitFor();
      const box = await page.locator(".u-over").first().boundingBox();
      assert.ok(box !== null);
      await page.mouse.move(box.x + box.width - 20, box.y + 30);
      await page.locator(".legend-time:not(:empty)").nth(1).waitFor();
      // The values stand beside the pointer, on that chart alone.
      await page.locator(".chart-tooltip .quantity").first().waitFor();
      assert.equal(await page.locator(".chart-tooltip").count(), 1);
      await page.mouse.move(0, 0);
      await page.locator(".chart-tooltip").waitFor({ state: "detached" });
    });
  });

  test("pausing holds the charts still", async () => {
    // Wrong: the moment one wants to look at runs out of the window.
    await onPage(running(), "/", {}, async ({ page }) => {
      await firstChart(page);
      const table = await openTable(page);
      await page.keyboard.press("l");
      await page.getByRole("button", { name: /Paused/ }).waitFor();
      const held = await table.locator("tbody th").first().innerText();
      // Two more ticks of the server pass, by its own clock.
      await nextTicks(page, 2);
      assert.equal(await table.locator("tbody th").first().innerText(), held);
    });
  });

  test("ticks that went by while history was on its way are no gap", async () => {
    // Wrong: on a slow line every chart shows a silence that never was.
    // A page without charts first: no request of its own may be on its way when the line gets slow.
    await onPage(running(), "/settings", {}, async ({ page }) => {
      let passed: Promise<void> | null = null;
      await page.route("**/series", async (route) => {
        const response = await route.fetch();
        passed ??= nextTicks(page, 5);
        await passed;
        await route.fulfill({ response });
      });
      await page.goto("/host");
      await firstChart(page);
      await page.unrouteAll({ behavior: "wait" });
      const table = await openTable(page);
      await nextTicks(page, 3);
      assert.equal(await table.locator("tbody tr:nth-child(-n+10)").filter({ hasText: "–" }).count(), 0);
    });
  });

  test("the process table sorts, filters and keeps its order", async () => {
    // Wrong: the process that eats the disk cannot be found.
    await onPage(running(), "/host#process-table", {}, async ({ page }) => {
      const table = page.getByRole("region", { name: "Processes" });
      await table.locator("tbody tr").first().waitFor();
      await table.getByRole("button", { name: "PID" }).click();
      await table.getByRole("button", { name: "PID" }).click();
      await table.locator("tbody tr:first-child td:first-child").filter({ hasText: /^1$/ }).waitFor();
      await page.getByPlaceholder(/Filter by name/).fill("no-such-process");
      await page.getByText("No process matches").waitFor();
      await page.getByPlaceholder(/Filter by name/).fill("node");
      await table.locator("tbody tr").first().waitFor();
      const names = await table.locator("tbody tr").allInnerTexts();
      assert.ok(
        names.every((row) => row.toLowerCase().includes("node")),
        names.join("\n"),
      );
    });
  });

  test("explore draws a chosen metric", async () => {
    // Wrong: the only way to a metric is to know its name and PromQL by heart.
    await onPage(running(), "/explore", {}, async ({ page }) => {
      await page.locator(".metric-list button").first().click();
      await page.waitForURL(/metric=/);
      await page.getByRole("region", { name: "Result" }).locator("canvas").waitFor();
    });
  });

  test("an event added on the health page is drawn without reload", async () => {
    // Wrong: nobody can see on the charts what was deployed when.
    await onPage(running(), "/health", {}, async ({ page }) => {
      await page.getByLabel("Event", { exact: true }).fill("Upgraded <b>the</b> client");
      await page.getByRole("button", { name: "Add event" }).click();
      await page.getByRole("cell", { name: "Upgraded <b>the</b> client" }).waitFor();
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

  test("every route is clean and fits 360 px in both themes", async () => {
    // Wrong: on a phone the page scrolls sideways; in one theme something is not loaded or not allowed by the policy.
    for (const route of routes) {
      // One page after the other: they would compete for two cores.
      await onPage(running(), route, { theme: "dark", width: 360, height: 780 }, async ({ page }) => {
        await page.locator("h1").first().waitFor({ state: "attached" });
        for (const theme of ["dark", "light"] as const) {
          await page.emulateMedia({ colorScheme: theme });
          await page.locator(`html[data-theme=${theme}]`).waitFor();
          const width = await page.evaluate<number>("document.documentElement.scrollWidth");
          assert.ok(width <= 360, `${route} is ${width} px wide in the ${theme} theme`);
        }
      });
    }
  });
});
