/** The explore page in a real browser against a real server: writing PromQL, and reading its answers in every form. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { openPage, type WatchedPage } from "../../browser/support/browser.ts";
import { openDashboard, type Dashboard } from "../../browser/support/dashboard.ts";

const busy = 'sum by (cpu_mode) ($rate(system_cpu_time_seconds_total{node="$node"}[$window]))';

/** The check of what is not finished yet, which the server refuses with the place of the mistake. */
const unfinished = /parse_query|status of 400/;

/** On a slow machine the editor has what is only half written checked. */
const unfinishedText = /parse_query|status of 400/;

describe("explore", { timeout: 240_000 }, () => {
  let dashboard: Dashboard | undefined;

  before(async () => {
    dashboard = await openDashboard();
  });

  after(() => dashboard?.close());

  /** Runs a test body on a fresh page; whatever the page did wrong, but for what the test provokes, fails it. */
  async function onPage(
    path: string,
    body: (watched: WatchedPage, origin: string) => Promise<void>,
    provoked: RegExp = /^$/,
  ): Promise<void> {
    assert.ok(dashboard !== undefined, "the dashboard was opened before the tests");
    const { origin } = dashboard.server;
    const watched = await openPage(dashboard.browser, origin);
    try {
      await watched.page.goto(path);
      await body(watched, origin);
      assert.deepEqual(
        watched.faults.filter((fault) => !provoked.test(fault)),
        [],
      );
    } finally {
      await watched.context.close();
    }
  }

  test("a metric is completed from its first letters, with its meaning", async () => {
    // Wrong: the only way to a metric is to know its name by heart; or the policy blocks the editor's styles.
    await onPage(
      "/explore",
      async ({ page }) => {
        await writeIn(page, "sum(system_cpu_ti");
        const option = page.getByRole("option", { name: /system_cpu_time_seconds_total/ });
        await option.waitFor();
        assert.match(await page.locator(".cm-completionInfo").innerText(), /processor/i);
        await option.click();
        assert.equal(await written(page), "sum(system_cpu_time_seconds_total)");
      },
      unfinished,
    );
  });

  test("labels and their values are completed from the series that exist", async () => {
    // Wrong: an operator has to look up how a device is called before asking about it.
    await onPage(
      "/explore",
      async ({ page }) => {
        await writeIn(page, "system_cpu_time_seconds_total{cpu_m");
        await page.getByRole("option", { name: "cpu_mode" }).click();
        await page.keyboard.type('="id');
        await page.getByRole("option", { name: "idle" }).waitFor();
      },
      unfinished,
    );
  });

  test("a mistake is underlined where it is, and explained", async () => {
    // Wrong: the user reads the whole expression to find one comma.
    await onPage(
      "/explore",
      async ({ page }) => {
        await writeIn(page, 'sum($rate(system_cpu_time_seconds_total{node="$node"}[$window]) extra)');
        const mark = page.locator(".cm-lintRange-error");
        await mark.waitFor();
        assert.equal(await mark.innerText(), "extra");
        await mark.hover();
        assert.match(await page.locator(".cm-diagnostic").innerText(), /unexpected identifier/);
      },
      unfinished,
    );
  });

  test("hovering over a name says what it means", async () => {
    // Wrong: what a function or a metric is has to be looked up elsewhere.
    await onPage("/explore", async ({ page }) => {
      await writeIn(page, "sum(system_cpu_time_seconds_total)");
      await page.locator(".cm-line span", { hasText: "system_cpu_time" }).hover();
      assert.match(await page.locator(".cm-help").innerText(), /counter in s/);
    });
  });

  test("Enter runs, Shift+Enter begins a line, and the arrows bring back what was run", async () => {
    // Wrong: an expression of several lines cannot be written, or a long one has to be written again.
    await onPage("/explore", async ({ page }) => {
      await writeIn(page, "1 +");
      await page.keyboard.press("Shift+Enter");
      await page.keyboard.type("2");
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => /^1 \+\n\s*2$/.test(url.searchParams.get("expr") ?? ""));
      await writeIn(page, "");
      await page.keyboard.press("ArrowUp");
      assert.match(await written(page), /^1 \+\n\s*2$/);
      await page.reload();
      await page.getByRole("button", { name: "History" }).click();
      assert.equal(
        await page
          .getByRole("group", { name: /Last queries/ })
          .getByRole("button")
          .count(),
        2,
      );
    });
  });

  test("formatting keeps the page's variables", async () => {
    // Wrong: a formatted expression no longer follows the step of its chart.
    await onPage(
      "/explore",
      async ({ page }) => {
        await writeIn(page, 'sum  by(cpu_mode)($rate(system_cpu_time_seconds_total{node="$node"}[$window]))');
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Format" }).click();
        await page.locator(".cm-line", { hasText: "sum by (cpu_mode)" }).waitFor();
        assert.equal(await written(page), busy);
      },
      unfinishedText,
    );
  });

  test("the table gives every series with what the answer has cost", async () => {
    // Wrong: exact numbers, and what a dashboard's query costs, are found only with another tool.
    await onPage(`/explore?view=table&expr=${encodeURIComponent(busy)}`, async ({ page }) => {
      await page.getByRole("rowheader", { name: '{cpu_mode="idle"}' }).waitFor();
      assert.match(await page.locator(".result-facts").innerText(), /\d lines\s+[\d,.]+k? samples\s+[\d.]+\s[µm]?s/);
    });
  });

  test("the steps of an evaluation form a tree, and each can be run alone", async () => {
    // Wrong: nobody can tell which part of a slow or empty expression is to blame.
    await onPage(`/explore?view=explain&expr=${encodeURIComponent(busy)}`, async ({ page }) => {
      const tree = page.getByRole("tree");
      await tree.waitFor();
      const parts = tree.getByRole("treeitem");
      assert.match(await parts.first().innerText(), /^sum by \(cpu_mode\)[^]*\d+ series[^]*[µm]?s$/);
      assert.match(await parts.nth(1).innerText(), /^\$rate\(/);
      await parts.first().focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("expr")?.startsWith("$rate(") === true);
    });
  });

  test("without the editor there is a plain line that works", async () => {
    // Wrong: one file lost on the way, and nothing can be asked at all.
    await onPage(
      "/settings",
      async ({ page }) => {
        await page.route("**/assets/promql-editor-*.js", (route) => route.abort());
        await page.goto("/explore");
        await page.getByText("The editor could not be loaded").waitFor();
        await page.getByRole("textbox", { name: "PromQL expression" }).fill("1 + 1");
        await page.keyboard.press("Enter");
        await page.getByRole("region", { name: "Result" }).locator("canvas").waitFor();
      },
      /promql-editor|ERR_FAILED/,
    );
  });

  test("two expressions stand below each other, and both are in the address", async () => {
    // Wrong: two signals cannot be compared, or a shared link shows one of them.
    await onPage(`/explore?expr=${encodeURIComponent(busy)}`, async ({ page }) => {
      await page.getByRole("button", { name: "Add a query" }).click();
      await page.locator(".cm-editor").nth(1).waitFor();
      await page.getByRole("textbox", { name: "PromQL expression 2" }).fill("1 + 1");
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.getAll("expr").join() === `${busy},1 + 1`);
      await page.reload();
      await page.getByRole("region", { name: "Result 2" }).locator("canvas").waitFor();
      await page.getByRole("button", { name: "Remove PromQL expression", exact: true }).click();
      await page.waitForURL((url) => url.searchParams.getAll("expr").join() === "1 + 1");
    });
  });

  test("what the copy menu gives answers as it stands", async () => {
    // Wrong: the copied query, address or document is refused, or says something else than the chart.
    await onPage(`/explore?expr=${encodeURIComponent(busy)}`, async ({ page, context }, origin) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
      const result = page.getByRole("region", { name: "Result" });
      await result.locator("canvas").waitFor();
      // Held still, because each form carries the window of its moment.
      await page.keyboard.press("l");
      const promql = await copied(page, result, "PromQL");
      const rest = await copied(page, result, "REST address");
      const graphql = await copied(page, result, "GraphQL query");
      const curl = await copied(page, result, "curl command");
      assert.match(promql, /^sum by \(cpu_mode\) \(rate\(.*\[1m\]\)\)$/);
      assert.equal(curl, `curl '${rest}'`);
      const answer = (await (await fetch(rest)).json()) as { data: { result: readonly { metric: object }[] } };
      assert.ok(answer.data.result.length > 3);
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${origin}/graphql`, { method: "POST", headers, body: JSON.stringify({ query: graphql }) });
      const document = (await response.json()) as { data?: { series: { series: readonly unknown[] } }; errors?: unknown };
      assert.equal(document.errors, undefined);
      assert.equal(document.data?.series.series.length, answer.data.result.length);
    });
  });
});

/** Writes into the editor, once it is there, over what it holds. */
async function writeIn(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content").first().click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await page.keyboard.type(text);
}

async function written(page: Page): Promise<string> {
  return (await page.locator(".cm-line").allInnerTexts()).join("\n");
}

/** Chooses a form from a chart's menu and reads the clipboard. */
async function copied(page: Page, chart: Locator, form: string): Promise<string> {
  await chart.getByRole("button", { name: /^Copy / }).click();
  await chart.getByRole("button", { name: form }).click();
  await chart.getByText(`${form} copied`).waitFor();
  return page.evaluate<string>("navigator.clipboard.readText()");
}
