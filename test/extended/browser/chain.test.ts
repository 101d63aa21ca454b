/** The pages about blockchain clients, in a real browser beside a real EVM node: what they show is what the node itself says. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { withoutAnvil } from "../../support/anvil.ts";
import { openChain, type ChainLab } from "../../browser/support/chain.ts";
import { onPage } from "../../browser/support/dashboard.ts";

describe("pages about blockchain clients", { skip: withoutAnvil, timeout: 120_000 }, () => {
  let lab: ChainLab | undefined;

  before(async () => {
    lab = await openChain();
  });

  after(() => lab?.close());

  function running(): ChainLab {
    assert.ok(lab !== undefined, "the dashboard was opened before the tests");
    return lab;
  }

  /** Opens the overview and follows the navigation, which leads there only because there is a client. */
  async function onChainPage(tab: string | null, body: (page: Page) => Promise<void>): Promise<void> {
    await onPage(running().dashboard, "/", {}, async ({ page }) => {
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Chain" }).click();
      if (tab !== null) await page.getByRole("navigation", { name: "Chain" }).getByRole("link", { name: tab }).click();
      await body(page);
    });
  }

  const factOf = (page: Page, name: string): Locator =>
    page
      .locator(".block-facts div")
      .filter({ has: page.getByText(name, { exact: true }) })
      .locator("dd");

  test("the blocks of the timeline are the node's own, and the card says that they are made for show", async () => {
    // Wrong: an operator sees another chain than the node's, or takes a demo for a real network.
    await onChainPage(null, async (page) => {
      const card = page.getByRole("article", { name: "node" });
      await card.getByText("Answers", { exact: true }).waitFor();
      await card.getByText("demo").waitFor();
      const timeline = page.getByRole("img", { name: /blocks of node/ });
      await timeline.focus();
      await page.keyboard.press("ArrowLeft");
      const number = Number((await factOf(page, "Block").innerText()).replaceAll(",", ""));
      const [own] = await running().node.blocks(number, number);
      assert.equal(await factOf(page, "Hash").innerText(), own?.hash);
      assert.equal(await factOf(page, "Transactions").innerText(), String(own?.transactions.length));
      await page.keyboard.press("v");
      await page
        .getByRole("region", { name: "Blocks" })
        .getByText(own?.hash ?? "")
        .waitFor();
    });
  });

  test("contracts are listed with their share of gas, and clients are compared", async () => {
    // Wrong: nobody sees which contract takes a node's gas, or which node is slower than the others.
    await onChainPage("Contracts", async (page) => {
      const { contract } = running();
      const short = `${contract.slice(0, 10)}…${contract.slice(-8)}`;
      const row = page.getByRole("region", { name: "Contracts" }).getByRole("row").filter({ hasText: short });
      await row.getByText("%").first().waitFor();
      await page.getByRole("navigation", { name: "Chain" }).getByRole("link", { name: "Comparison" }).click();
      await page.getByRole("combobox", { name: "Figure" }).selectOption({ label: "Transactions" });
      await page
        .getByRole("region", { name: /by Transactions/ })
        .getByRole("row", { name: /node.*anvil/ })
        .waitFor();
    });
  });

  test("a client that goes away is named, with why, and so is that it comes back", async () => {
    // Wrong: the page shows the last figures of a client that is dead.
    await onChainPage(null, async (page) => {
      const card = page.getByRole("article", { name: "node" });
      await card.getByText("Answers", { exact: true }).waitFor();
      await running().node.kill();
      await card.getByText("Does not answer").waitFor();
      await card.getByText(/^node: connect ECONNREFUSED/).waitFor();
      assert.equal(await card.getByText("Age of the head").count(), 0);
      await running().node.start();
      await card.getByText("Answers", { exact: true }).waitFor();
      const happened = page.getByRole("region", { name: "What happened" });
      await happened.getByText("answers again").waitFor();
      await happened.getByText(/does not answer/).waitFor();
    });
  });
});
