/** The page over a restart of its server. */
import { test } from "node:test";
import { firstChart, openPage } from "../../browser/support/browser.ts";
import { openDashboard } from "../../browser/support/dashboard.ts";
import { startChainPulse } from "../../browser/support/server.ts";

test("a page that is open says so when the server is gone, and goes on when it is back", { timeout: 120_000 }, async () => {
  // Wrong: after an upgrade every open dashboard must be reloaded by hand, or shows old values as if they were live.
  const { server, browser, close } = await openDashboard();
  try {
    const { page } = await openPage(browser, server.origin);
    await page.goto("/");
    await firstChart(page);
    await server.stop();
    await page.getByText("Offline").waitFor();
    await page.getByText(/Last sample .* ago/).waitFor();
    const next = await startChainPulse({ listen: new URL(server.origin).host });
    try {
      await page.locator(".live[data-state='live']").waitFor();
      await page.getByText(/Last sample .* ago/).waitFor({ state: "detached" });
      await page.locator("[data-phase='error']").first().waitFor({ state: "detached" });
    } finally {
      await next.stop();
    }
  } finally {
    await close();
  }
});
