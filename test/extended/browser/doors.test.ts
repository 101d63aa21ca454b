/** The pages about other nodes and about what comes in, against a real server that scrapes, receives OTLP and has a real agent. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "../../browser/support/accessibility.ts";
import { firstChart } from "../../browser/support/browser.ts";
import { onPage } from "../../browser/support/dashboard.ts";
import { hostile, openDoors, traceId, type Doors } from "../../browser/support/doors.ts";

describe("doors", { timeout: 240_000 }, () => {
  let doors: Doors | undefined;

  before(async () => {
    doors = await openDoors();
  });

  after(() => doors?.close());

  function running(): Doors {
    assert.ok(doors !== undefined, "all of it was started before the tests");
    return doors;
  }

  test("the fleet lists the agent, and its name leads to its charts", async () => {
    // Wrong: whoever has several nodes sees only the one that serves the page.
    await onPage(running().dashboard, "/fleet", {}, async ({ page }) => {
      const row = page.getByRole("row", { name: /node-7/ });
      await row.getByText("Up").waitFor();
      await row.getByText(/± [\d.]+ ms/).waitFor();
      await page.getByPlaceholder("label=value").fill("site=fra1");
      await page.waitForURL(/label=site%3Dfra1/);
      await page.getByText(/1 of 2 nodes/).waitFor();
      await row.getByRole("link", { name: "node-7" }).click();
      await page.waitForURL((url) => url.pathname === "/" && url.searchParams.get("node") === "node-7");
      await page.locator(".node-strip").getByText("node-7").waitFor();
      await firstChart(page);
      // The node goes along, and the way back is the switcher.
      await page.getByRole("link", { name: "Host" }).first().click();
      await page.waitForURL((url) => url.pathname === "/host" && url.searchParams.get("node") === "node-7");
      await page.getByRole("button", { name: "node-7; choose a node" }).click();
      await page.getByRole("group", { name: "Nodes" }).getByRole("button", { name: /^own/ }).click();
      await page.waitForURL((url) => url.pathname === "/host" && !url.searchParams.has("node"));
    });
  });

  test("an unknown node is said to be unknown", async () => {
    // Wrong: an old link shows the charts of another node, or none and no reason.
    await onPage(
      running().dashboard,
      "/host?node=gone",
      {},
      async ({ page }) => {
        await page.getByRole("heading", { name: "No node gone reports here" }).waitFor();
        await page.getByRole("link", { name: "See all nodes" }).click();
        await page.waitForURL(/\/fleet/);
      },
      /404/,
    );
  });

  test("targets say how their scrape went, and what was dropped", async () => {
    // Wrong: somebody whose target is down does not learn why.
    await onPage(running().dashboard, "/targets", {}, async ({ page }) => {
      const up = page.getByRole("row", { name: /program/ }).filter({ has: page.getByText("Up", { exact: true }) });
      await up.first().waitFor();
      await page.getByText("ECONNREFUSED").first().waitFor();
      await page.getByLabel("State").selectOption("down");
      await page.waitForURL(/health=down/);
      await page.getByText("1 target", { exact: true }).waitFor();
      await page.getByRole("button", { name: /127\.0\.0\.1:1\/metrics/ }).click();
      await page.getByRole("region", { name: "Targets" }).getByText("__scheme__=http", { exact: true }).waitFor();
      await page.getByText("1 target was dropped by relabelling").click();
      await page.getByText("__address__=left.out:80").waitFor();
    });
  });

  test("the flow names every door that something came through", async () => {
    // Wrong: nobody sees that a sender is refused, or that one sends at all.
    await onPage(running().dashboard, "/sources", {}, async ({ page }) => {
      const doors = page.getByRole("region", { name: "Doors" });
      for (const door of ["OTLP traces", "OTLP logs", "Agents", "Scraping"]) await doors.getByText(door).waitFor();
      await doors.getByRole("row", { name: /Remote write 1 refused/ }).waitFor();
      await page.getByText("OpenTelemetry SDKs, by OTLP over HTTP").click();
      await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${running().dashboard.server.origin}`).waitFor();
    });
  });

  test("a scraped program has charts of its runtime", async () => {
    // Wrong: the garbage collection of a node's client stays unseen although its metrics are there.
    await onPage(running().dashboard, "/programs", {}, async ({ page }) => {
      await page.getByRole("row", { name: /Go/ }).getByRole("link").click();
      await page.waitForURL(/of=go/);
      await page.getByRole("region", { name: "Goroutines and threads" }).locator("canvas").waitFor();
    });
  });

  test("a trace and its log records are found, and stay text", async () => {
    // Wrong: what a program has sent is not to be seen, or runs as script in the operator's browser.
    await onPage(running().dashboard, "/traces", {}, async ({ page }) => {
      await page.getByRole("link", { name: hostile }).click();
      await page.waitForURL(new RegExp(`trace=${traceId}`));
      await page.getByRole("button", { name: "Table", exact: true }).click();
      const spans = page.getByRole("region", { name: "Spans" });
      await spans.getByRole("button", { name: /child/ }).waitFor();
      assert.deepEqual(await spans.locator("tbody th").allInnerTexts(), [hostile, "child"]);
      await spans.getByRole("button", { name: /child/ }).click();
      await page.getByRole("complementary", { name: "The chosen span" }).getByText("card declined").waitFor();
      await page.getByRole("tab", { name: "Logs" }).click();
      await page.getByText(`about ${hostile}`).waitFor();
      await page.getByRole("link", { name: "On the page of log records" }).click();
      await page.getByRole("button", { name: `about ${hostile}` }).waitFor();
      await page.getByLabel("At least").selectOption("Fatal");
      await page.getByText("No log record in this range matches.").waitFor();
      assert.equal(await page.locator("main img").count(), 0);
    });
  });

  test("no page is wider than a phone", async () => {
    // Wrong: on a phone one has to push the page to and fro.
    for (const route of [
      "/fleet",
      "/targets",
      "/sources",
      "/programs",
      "/traces",
      "/logs",
      `/traces?trace=${traceId}`,
      "/?node=node-7",
    ]) {
      await onPage(running().dashboard, route, { width: 360, height: 780 }, async ({ page }) => {
        await page.locator("main tbody tr, .figures, .trace-canvas").first().waitFor();
        assert.equal(await overhang(page), 0, route);
      });
    }
  });

  for (const route of ["/fleet", "/targets", "/sources", `/traces?trace=${traceId}`, "/?node=node-7"]) {
    // Wrong: somebody cannot read or operate this page when there is something on it.
    test(`${route} is accessible`, () => assertAccessible(running().dashboard, route));
  }
});

function overhang(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
