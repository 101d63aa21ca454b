/** The dashboard in a real browser, for benchmarks. */
import { launchBrowser } from "../../test/browser/support/browser.ts";

export interface OpenPage extends AsyncDisposable {
  /** Resolves with ms from navigation to the first drawn chart with at least two points, by the page's own clock. */
  readonly firstChart: Promise<number>;
}

export async function openPage(url: string): Promise<OpenPage> {
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.goto(url);
  return {
    firstChart: page
      .waitForFunction(() => performance.getEntriesByName("chainpulse-first-chart")[0]?.startTime)
      .then((handle) => handle.jsonValue())
      .then(Number),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
