/** Charts as tables, and the ticks that move them. */
import type { Locator, Page } from "playwright-core";

/** Switches the first chart to its table and gives the table. */
export async function openTable(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "View as table" }).first().click();
  const table = page.locator(".series .table").first();
  await table.locator("tbody th").first().waitFor();
  return table;
}

/** Resolves when the server has committed so many more ticks. */
export async function nextTicks(page: Page, count: number): Promise<void> {
  await page.evaluate(async (wanted) => {
    const lastTick = async (): Promise<number> => {
      const answer = (await (await fetch("/api/v1/performance/status")).json()) as {
        collect: { lastTickMs: number };
        samplingIntervalMs: number;
      };
      return answer.collect.lastTickMs / answer.samplingIntervalMs;
    };
    const start = await lastTick();
    while ((await lastTick()) < start + wanted) await new Promise((resolve) => setTimeout(resolve, 100));
  }, count);
}
