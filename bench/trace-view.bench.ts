/**
 * The picture of one large trace in a real browser: when its first frame is there, and what frames cost while one scrolls, zooms and moves;
 * beside a small trace, because a picture should cost what is to be seen of it.
 *
 *   npm run bench -- trace-view [--spans 100000] [--runs 5]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../test/browser/support/browser.ts";
import { frameTimes } from "./support/frame-times.ts";
import { type LargeTrace, sendLargeTrace } from "./support/large-trace.ts";
import { report, round } from "./support/report.ts";
import { serveDirectory } from "./support/running.ts";

const { values } = parseArgs({
  options: { spans: { type: "string", default: "100000" }, runs: { type: "string", default: "5" } },
});
const runs = Number(values.runs);
const smallSpans = 1000;
/** Of each kind of movement. */
const steps = 60;
/** A window as most screens have. */
const viewport = { width: 1440, height: 900 };

interface FirstFrame {
  /** From the last byte of the answer to the end of the first frame with spans: decoding, layout and painting. */
  readonly afterDataMs: number;
  /** From the navigation, with loading the page and reading the trace from the store. */
  readonly afterNavigationMs: number;
  /** Of the answer, as it came over the connection. */
  readonly bytes: number;
}

async function firstFrame(page: Page, url: string): Promise<FirstFrame> {
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName("chainpulse-trace-painted").length > 0, null, { polling: 20 });
  return page.evaluate(() => {
    const [painted] = performance.getEntriesByName("chainpulse-trace-painted");
    const answer = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/columns"));
    if (painted === undefined || !(answer instanceof PerformanceResourceTiming))
      throw new Error("the page has asked for no columns");
    const { startTime } = painted;
    return { afterDataMs: startTime - answer.responseEnd, afterNavigationMs: startTime, bytes: answer.encodedBodySize };
  });
}

/** Scrolls, zooms in and out around a place, and moves, one step per frame. */
async function moveAround(page: Page): Promise<void> {
  const frame = (): Promise<unknown> => page.evaluate("new Promise(requestAnimationFrame)");
  const turn = async (deltaX: number, deltaY: number): Promise<void> => {
    await page.mouse.wheel(deltaX, deltaY);
    await frame();
  };
  await page.mouse.move(1000, 500);
  for (let step = 0; step < steps; step++) await turn(0, step % 3 === 0 ? 12_000 : 700);
  await page.keyboard.down("Control");
  for (let step = 0; step < steps; step++) await turn(0, step < steps * 0.7 ? -90 : 90);
  await page.keyboard.up("Control");
  for (let step = 0; step < steps; step++) await turn(step % 2 === 0 ? 260 : -190, 0);
}

async function measure(browser: Browser, origin: string, trace: LargeTrace): Promise<Readonly<Record<string, number>>> {
  const first: FirstFrame[] = [];
  const frames: number[] = [];
  for (let run = 0; run < runs; run++) {
    const page = await browser.newPage({ viewport });
    first.push(await firstFrame(page, `${origin}/traces?trace=${trace.traceId}`));
    frames.push(...(await frameTimes(browser, page, () => moveAround(page))));
    await page.close();
    console.error(
      `${trace.spans} spans, run ${run + 1}: first frame ${round(first.at(-1)?.afterDataMs ?? 0)} ms after the data`,
    );
  }
  const sorted = frames.toSorted((a, b) => a - b);
  const rank = (share: number): number => round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN);
  return {
    spans: trace.spans,
    answerBytes: first[0]?.bytes ?? 0,
    firstFrameAfterDataMsMedian: round(median(first.map(({ afterDataMs }) => afterDataMs))),
    firstFrameAfterDataMsMax: round(Math.max(...first.map(({ afterDataMs }) => afterDataMs))),
    firstFrameAfterNavigationMsMedian: round(median(first.map(({ afterNavigationMs }) => afterNavigationMs))),
    frames: sorted.length,
    frameMsMedian: rank(0.5),
    frameMsP95: rank(0.95),
    frameMsMax: rank(1),
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-trace-view-"));
try {
  await using node = await serveDirectory(dataDir);
  const traces = [await sendLargeTrace(node.url, smallSpans), await sendLargeTrace(node.url, Number(values.spans))] as const;
  const browser = await launchBrowser();
  const small = await measure(browser, node.url, traces[0]);
  const large = await measure(browser, node.url, traces[1]);
  await browser.close();
  const ratio = (field: string): number => round((large[field] ?? Number.NaN) / (small[field] ?? Number.NaN));
  report("trace-view", {
    runs,
    viewport,
    large,
    small,
    ratioFirstFrameAfterData: ratio("firstFrameAfterDataMsMedian"),
    ratioFrameP95: ratio("frameMsP95"),
    peer: null,
    reason: "Debian has no package of Jaeger, Tempo's Grafana or Zipkin",
  });
} finally {
  rmSync(dataDir, { recursive: true });
}
