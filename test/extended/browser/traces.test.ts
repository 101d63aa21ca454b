/** The pages of traces in a real browser: search, every view of a trace, comparison, and what hostile senders make of them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { assertAccessible } from "../../browser/support/accessibility.ts";
import { onPage, openDashboard, type Dashboard } from "../../browser/support/dashboard.ts";
import { sendTrace } from "../../browser/support/traces.ts";
import { sendTransaction } from "../../browser/support/transaction-spans.ts";

const shopTrace = "11111111111111111111111111111111";
const slowTrace = "22222222222222222222222222222222";
const wideTrace = "33333333333333333333333333333333";
const hostileTrace = "44444444444444444444444444444444";
const markup = '<img src="x">';

describe("traces", { timeout: 360_000 }, () => {
  let dashboard: Dashboard | undefined;

  before(async () => {
    dashboard = await openDashboard();
    await sendAll(dashboard.server.origin);
  });

  after(() => dashboard?.close());

  function running(): Dashboard {
    assert.ok(dashboard !== undefined, "the dashboard was opened before the tests");
    return dashboard;
  }

  test("a pasted hash leads to the transaction's way through the nodes", async () => {
    // Wrong: nobody can say where a transaction is, and who slowed it down.
    const hash = "4bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b74bf92f3577b34da6";
    await sendTransaction(running().server.origin, { hash, seenMs: Date.now() - 20_000 });
    await onPage(running(), "/transactions", {}, async ({ page }) => {
      await page.getByRole("link", { name: "4bf92f3577" }).waitFor();
      await page.getByPlaceholder(/hash/).fill(`https://explorer.example/tx/0x${hash.toUpperCase()}`);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("hash") === hash);
      const lead = page.locator(".flow-lead");
      await lead.filter({ hasText: /Included in block 812 after 4\.6\d.* at 3 of 3 nodes/ }).waitFor();
      assert.match(await lead.innerText(), /slowest hop was its block's b → c, 580/);
      await page.locator("canvas.way").press("End");
      await page.locator(".way-read", { hasText: "b → c, of the block" }).waitFor();
      await page.keyboard.press("v");
      assert.equal((await page.getByRole("row", { name: /Mempool/ }).count()) >= 3, true);
    });
  });

  test("a trace is found, drawn, and told by keyboard", async () => {
    // Wrong: somebody who looks for the failed call of a request does not get to it.
    const traceId = "5b8aa5a2d2c872e8321cf37308d69df2";
    await sendTrace(running().server.origin, traceId, [
      { id: 1, name: "refund", startMs: 0, durationMs: 100 },
      { id: 2, parent: 1, name: "price", startMs: 10, durationMs: 20 },
      { id: 3, parent: 1, name: "pay", service: "bank", startMs: 40, durationMs: 50, failed: true },
    ]);
    await onPage(running(), "/traces", {}, async ({ page }) => {
      await page.getByRole("link", { name: "refund" }).click();
      await page.getByRole("img", { name: /Waterfall of 3 spans/ }).waitFor();
      await page.keyboard.press("e");
      await page.getByRole("status").getByText("pay, bank, 50 ms, level 2, failed").waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("complementary", { name: "The chosen span" }).getByText("card declined").waitFor();
      await page.waitForURL(/span=0000000000000003/);
    });
  });

  test("a typed text filters at once, and a condition is one of the address", async () => {
    // Wrong: a trace that is there is not found.
    await onPage(running(), "/traces", {}, async ({ page }) => {
      const rows = page.getByRole("region", { name: "Traces" }).locator("tbody tr");
      await rows.nth(2).waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("slow");
      await page.getByText(/^1 trace/).waitFor();
      await page.getByPlaceholder(/^Name, service, id/).fill("card=visa");
      await page.keyboard.press("Enter");
      await page.waitForURL(/attribute=card%3Dvisa/);
      await page.getByRole("link", { name: "checkout", exact: true }).waitFor();
      await rows.nth(1).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Without card=visa" }).click();
      await rows.nth(2).waitFor();
    });
  });

  test("dragging over the picture narrows time and duration down", async () => {
    // Wrong: the slow traces that one sees cannot be chosen.
    await onPage(running(), "/traces", {}, async ({ page }) => {
      const picture = page.getByRole("img", { name: /traces by time and duration/ });
      const box = await picture.boundingBox();
      assert.ok(box !== null, "the picture is laid out");
      await page.mouse.move(box.x + box.width * 0.3, box.y + 5);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width - 5, box.y + box.height / 2, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL(/least=.*most=/);
    });
  });

  test("keys go through the list and open a trace", async () => {
    // Wrong: somebody without a mouse cannot open a trace.
    await onPage(running(), "/traces", {}, async ({ page }) => {
      await page.getByRole("region", { name: "Traces" }).locator("tbody tr").nth(2).waitFor();
      await page.keyboard.press("j");
      await page.locator('tr[data-pointed="true"]').waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL(/trace=/);
    });
  });

  test("a transaction that waits is open, and took no time yet", async () => {
    // Wrong: what has been waiting for a minute looks as if it had been done at once.
    const attributes = { "tx.status": "pending" };
    const id = "0123456789abcdef0123456789abcdef";
    await sendTrace(running().server.origin, id, [{ id: 1, name: "transaction", startMs: 0, durationMs: 0, attributes }]);
    await onPage(running(), "/traces", {}, async ({ page }) => {
      const row = page.locator(`tr[data-trace="${id}"]`);
      await row.getByText(/^open for [\d.]+\s(s|min)/).waitFor();
    });
  });

  test("every view of a trace says the same", async () => {
    // Wrong: the views of one trace contradict each other.
    await onPage(running(), `/traces?trace=${shopTrace}`, {}, async ({ page }) => {
      await page.getByRole("tab", { name: "Statistics" }).click();
      const statistics = page.getByRole("region", { name: "Operations of the trace" });
      await statistics.getByRole("row", { name: /pay bank 1 1 50 ms 50 ms/ }).waitFor();
      await page.getByRole("tab", { name: "Map" }).click();
      await page.getByRole("region", { name: "Calls" }).getByRole("row", { name: "shop bank 1 1 50 ms 50 ms" }).waitFor();
      await page.getByRole("tab", { name: "Flame" }).click();
      await page.getByRole("img", { name: /Call paths/ }).hover({ position: { x: 20, y: 10 } });
      await page
        .getByRole("status")
        .getByText(/^checkout · shop: 1 span, 101\sms \(100\s%\)/)
        .waitFor();
    });
  });

  test("filters, levels and the critical path decide what has a line", async () => {
    // Wrong: spans are hidden that were asked for.
    await onPage(running(), `/traces?trace=${shopTrace}`, {}, async ({ page }) => {
      await page.getByRole("button", { name: "Table", exact: true }).click();
      assert.deepEqual(await names(page), ["checkout", "price", "pay", "log"]);
      await page.getByRole("button", { name: "Critical path" }).click();
      assert.deepEqual(await names(page), ["checkout", "price", "pay"]);
      await page.getByRole("button", { name: "Critical path" }).click();
      await page.getByPlaceholder(/^Name, service:x/).fill("card=visa");
      await page.getByText("1 match").waitFor();
      await page.getByRole("button", { name: "Hide others" }).click();
      assert.deepEqual(await names(page), ["checkout", "pay"]);
      await page.getByPlaceholder(/^Name, service:x/).fill("");
      await page.getByRole("button", { name: "Fold all" }).click();
      assert.deepEqual(await names(page), ["checkout"]);
    });
  });

  test("spans that have come meanwhile are loaded, and what was chosen stays chosen", async () => {
    // Wrong: somebody who waits for the rest of a trace must begin anew, or never sees it.
    const growing = "55555555555555555555555555555555";
    await sendTrace(running().server.origin, growing, [{ id: 1, name: "first", startMs: 0, durationMs: 100 }]);
    await onPage(running(), `/traces?trace=${growing}`, {}, async ({ page }) => {
      await page.getByRole("img", { name: /Waterfall of 1 spans/ }).waitFor();
      await page.keyboard.press("j");
      await sendTrace(running().server.origin, growing, [{ id: 2, parent: 1, name: "second", startMs: 10, durationMs: 5 }]);
      await page.getByRole("button", { name: "Load again" }).click();
      await page.getByRole("img", { name: /Waterfall of 2 spans/ }).waitFor();
      await page.getByRole("status").getByText("first, shop, 100 ms, level 1, 1 below, shown").waitFor();
      await page.getByRole("button", { name: "Table", exact: true }).click();
      assert.deepEqual(await names(page), ["first", "second"]);
    });
  });

  test("two traces are compared by their operations", async () => {
    // Wrong: nobody sees what made the second one slow.
    await onPage(running(), `/traces?trace=${shopTrace}&with=${slowTrace}`, {}, async ({ page }) => {
      await page.getByRole("img", { name: /^The second trace as a waterfall/ }).waitFor();
      const rows = page.getByRole("region", { name: "Operations of both traces" }).locator("tbody tr");
      await rows.first().waitFor();
      assert.match(await rows.first().innerText(), /pay\s+bank[^]*\+2\.95\ss/);
    });
  });

  test("clocks of 1970 and 2100, circles, orphans and markup do not mislead", async () => {
    // Wrong: one sender makes everybody's trace unreadable, or runs script in the operator's browser.
    await onPage(running(), `/traces?trace=${hostileTrace}`, {}, async ({ page }) => {
      await page.getByRole("heading", { name: markup }).waitFor();
      assert.match(await page.locator(".page-facts").innerText(), /500\sms[^]*2 spans of other times/);
      await page.getByRole("button", { name: "Spans outside: 2" }).click();
      await page.getByRole("button", { name: "Table", exact: true }).click();
      assert.deepEqual(await names(page), [markup, "in 1970", "in 2100"]);
      await page.getByRole("button", { name: "Spans outside: 2" }).click();
      await page.getByText("Parent has not come").waitFor();
      assert.equal(await page.locator("main img").count(), 0);
    });
  });

  test("a trace of ten thousand spans is drawn, scrolled and zoomed", async () => {
    // Wrong: the traces that matter most cannot be looked at.
    await onPage(running(), `/traces?trace=${wideTrace}`, {}, async ({ page }) => {
      await page.getByRole("img", { name: /Waterfall of 10001 spans/ }).waitFor();
      await page.keyboard.press("End");
      await page.getByRole("status").getByText("last, shop, 1 ms, level 2").waitFor();
      await page.keyboard.press("z");
      await page.getByRole("button", { name: "Whole time" }).click();
      await page.getByRole("button", { name: "Table", exact: true }).click();
      await page.getByText("1 to 1000 of 10,001").waitFor();
    });
  });

  test("no view is wider than a phone", async () => {
    // Wrong: on a phone one has to push the page to and fro.
    for (const view of ["", "&tab=flame", "&tab=map", "&tab=statistics", "&tab=logs", `&with=${slowTrace}`]) {
      await onPage(running(), `/traces?trace=${shopTrace}${view}`, { width: 360, height: 780 }, async ({ page }) => {
        await page.locator("[role=tabpanel] > *, .trace-half").first().waitFor();
        const overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert.equal(await page.evaluate<number>(overhang), 0, view);
      });
    }
  });

  for (const view of ["", "&tab=flame", "&tab=map", "&tab=statistics", `&with=${slowTrace}`]) {
    // Wrong: somebody cannot read or operate this view.
    test(`/traces?trace=…${view} is accessible`, () => assertAccessible(running(), `/traces?trace=${shopTrace}${view}`));
  }
});

function names(page: Page): Promise<string[]> {
  return page.getByRole("region", { name: "Spans" }).locator("tbody th .link-button").allInnerTexts();
}

async function sendAll(origin: string): Promise<void> {
  const shop = (payMs: number) => [
    { id: 1, name: "checkout", startMs: 0, durationMs: 50 + payMs },
    { id: 2, parent: 1, name: "price", startMs: 10, durationMs: 20 },
    {
      id: 3,
      parent: 1,
      name: "pay",
      service: "bank",
      startMs: 40,
      durationMs: payMs,
      failed: true,
      attributes: { card: "visa" },
    },
    { id: 4, parent: 1, name: "log", startMs: 45, durationMs: 1 },
  ];
  await sendTrace(origin, shopTrace, shop(50));
  await sendTrace(
    origin,
    slowTrace,
    shop(3000).map(({ attributes: _, ...span }) => (span.id === 1 ? { ...span, name: "slow checkout" } : span)),
  );
  const beginMs = Date.now() - 60_000;
  await sendTrace(
    origin,
    hostileTrace,
    [
      { id: 1, name: markup, startMs: 0, durationMs: 500 },
      { id: 2, parent: 1, name: "in 1970", startMs: 1000 - beginMs, durationMs: 5 },
      { id: 3, parent: 1, name: "in 2100", startMs: Date.UTC(2100, 0, 1) - beginMs, durationMs: 5 },
      { id: 4, parent: 5, name: "circle", startMs: 10, durationMs: 5 },
      { id: 5, parent: 4, name: "circle too", startMs: 11, durationMs: 5 },
      { id: 6, parent: 99, name: "orphan", startMs: 12, durationMs: 5 },
    ],
    beginMs,
  );
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    id: index + 2,
    parent: 1,
    startMs: index,
    durationMs: 1,
    name: index === 9999 ? "last" : "one of many",
  }));
  await sendTrace(origin, wideTrace, [{ id: 1, name: "batch", startMs: 0, durationMs: 10_000 }, ...many]);
}
