/** Logging in with a token, working, logging out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { firstChart, openPage } from "../../browser/support/browser.ts";
import { openDashboard } from "../../browser/support/dashboard.ts";
import { runChainPulse } from "../../browser/support/server.ts";

const config = "performance_monitoring:\n  server:\n    auth: { required: true }\n";

test("a token opens the dashboard, and logging out closes it", { timeout: 120_000 }, async () => {
  // Wrong: a protected server shows its data to anybody, or nobody gets in.
  const { server, browser, close } = await openDashboard({ config });
  try {
    const token = (
      await runChainPulse(["token", "create", "--name", "browser", "--scopes", "read,write", "--data-dir", server.dataDir])
    ).trim();
    const { page, context } = await openPage(browser, server.origin);
    await page.goto("/host?from=-15m");
    await page.getByLabel("Token").fill("cpt_wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    assert.equal(await page.locator(".panel").count(), 0);

    await page.getByLabel("Token").fill(token.split("\n").at(-1) ?? "");
    await page.getByRole("button", { name: "Log in" }).click();
    await firstChart(page);
    // The page that was asked for, with its range, not the overview.
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/host?from=-15m");
    const [cookie] = await context.cookies();
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, "Strict");

    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    assert.equal(await page.evaluate(async () => (await fetch("/api/v1/performance/status")).status), 401);
  } finally {
    await close();
  }
});
