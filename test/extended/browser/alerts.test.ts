/** Alerts in a real browser: a rule file of the operator's, evaluated by a real server, as its reader sees it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openPage, type WatchedPage } from "../../browser/support/browser.ts";
import { openDashboard, type Dashboard } from "../../browser/support/dashboard.ts";

const rules = `
groups:
  - name: operator
    rules:
      - alert: AlwaysOn
        expr: vector(42)
        labels: { severity: critical, team: "<b>core</b>" }
        annotations:
          summary: "It is {{ $value }} <img src=x onerror=alert(1)>"
          runbook_url: https://runbooks.example.net/always-on
      - alert: NotYet
        expr: vector(1)
        for: 1h
      - alert: Quiet
        expr: vector(1) > 2
      - alert: Broken
        expr: vector(1) + on () (label_replace(vector(1), "a", "1", "", "") or label_replace(vector(1), "a", "2", "", ""))
      - record: job:answer
        expr: vector(42)
`;

describe("alerts", { timeout: 120_000 }, () => {
  let dashboard: Dashboard | undefined;
  let folder = "";

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "chainpulse-rules-"));
    const file = join(folder, "operator.yml");
    await writeFile(file, rules);
    const config = `performance_monitoring: { alerts: { rule_files: [${JSON.stringify(file)}], evaluation_interval_ms: 1000 } }`;
    dashboard = await openDashboard({ config });
    await firing(dashboard.server.origin);
  });

  after(async () => {
    await dashboard?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function onPage(
    path: string,
    options: Parameters<typeof openPage>[2],
    body: (watched: WatchedPage) => Promise<void>,
  ): Promise<void> {
    assert.ok(dashboard !== undefined, "the dashboard was opened before the tests");
    const watched = await openPage(dashboard.browser, dashboard.server.origin, options);
    try {
      await watched.page.goto(path);
      await body(watched);
      assert.deepEqual(watched.faults, []);
    } finally {
      await watched.context.close();
    }
  }

  test("what fires is known on every page, and in the tab's title", async () => {
    // Wrong: an operator who looks at another page, or at another tab, learns of the alert from the users.
    await onPage("/settings", {}, async ({ page }) => {
      // A busy machine may have alerts of the built-in rules too.
      await page
        .locator(".nav")
        .getByLabel(/^\d+ firing$/)
        .waitFor();
      assert.match(await page.title(), /^\(\d+\) Settings · /);
    });
  });

  test("the operator's rules are listed with state, values and mistakes, the worst first", async () => {
    // Wrong: nobody sees which rule fires and why, or that a rule has not worked since it was written.
    await onPage("/alerts", {}, async ({ page }) => {
      const group = page.getByRole("region", { name: "operator" });
      await group.locator("summary").nth(4).waitFor();
      const lines = await group.locator("summary").allInnerTexts();
      const states = lines.map((line) => line.split("\n").slice(0, 2).join(" ").trim());
      assert.deepEqual(states, [
        "Firing AlwaysOn",
        "Failing Broken",
        "Pending NotYet",
        "Inactive Quiet",
        "Recording job:answer",
      ]);
      assert.match(lines[1] ?? "", /duplicate series/);
      await group.locator("summary").first().click();
      const alerts = group.getByRole("region", { name: "Alerts" });
      assert.match(await alerts.innerText(), /severity=critical[^]*42[^]*It is 42/);
    });
  });

  test("what a rule's author and the series' labels say stays text", async () => {
    // Wrong: whoever can set a label runs script in the operator's browser.
    await onPage("/alerts", {}, async ({ page }) => {
      const rule = page.locator(".rule", { hasText: "AlwaysOn" });
      await rule.locator("summary").click();
      await rule.getByText("team=<b>core</b>").waitFor();
      assert.equal(await page.locator("main img, main b").count(), 0);
      const link = rule.getByRole("link", { name: /runbooks/ }).first();
      assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
    });
  });

  test("rules are found by name, label and state, and their expression is one click away", async () => {
    // Wrong: among hundreds of rules the one in question is not found, or its expression has to be copied by hand.
    await onPage("/alerts", {}, async ({ page }) => {
      const names = page.getByRole("region", { name: "operator" }).locator(".rule-name");
      await names.first().waitFor();
      await page.getByLabel("State").selectOption("pending");
      assert.deepEqual(await names.allInnerTexts(), ["NotYet"]);
      await page.getByLabel("State").selectOption("all");
      await page.getByPlaceholder(/Filter by name/).fill("team=<b>core");
      assert.deepEqual(await names.allInnerTexts(), ["AlwaysOn"]);
      await names.first().click();
      await page.getByRole("link", { name: "Open in Explore" }).click();
      await page.waitForURL((url) => url.pathname === "/explore" && url.searchParams.get("expr") === "vector(42)");
      await page.getByRole("region", { name: "Result" }).locator("canvas").waitFor();
    });
  });

  test("a link as notifications carry it leads to the expression", async () => {
    // Wrong: who follows the link of an alert at night finds no page.
    await onPage("/graph?g0.expr=vector%2842%29&g0.tab=1", {}, async ({ page }) => {
      await page.waitForURL((url) => url.pathname === "/explore" && url.searchParams.get("expr") === "vector(42)");
      await page.getByRole("cell", { name: "42" }).waitFor();
    });
  });

  test("an open rule fits a phone", async () => {
    // Wrong: the one who is woken at night scrolls sideways through labels.
    await onPage("/alerts", { width: 360, height: 780, theme: "light" }, async ({ page }) => {
      await page.locator(".rule summary").first().click();
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      assert.ok(width <= 360, `${width} px wide`);
    });
  });
});

/** Resolves when the rule that always fires does. */
async function firing(origin: string): Promise<void> {
  for (;;) {
    const answer = (await (await fetch(`${origin}/api/v1/alerts`)).json()) as {
      data: { alerts: readonly { state: string }[] };
    };
    if (answer.data.alerts.some((alert) => alert.state === "firing")) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
