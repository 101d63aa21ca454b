/**
 * From the start of our process to the first drawn chart with at least two points, with a warm compile cache and a browser that is
 * running already (what a user has). Netdata beside it: from its start to the first 47 charts that its API lists.
 *
 *   npm run bench -- first-chart [--runs 5]
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync } from "node:fs";
import { parseArgs } from "node:util";
import { launchBrowser } from "../test/browser/support/browser.ts";
import { report, round } from "./support/report.ts";
import { installed, startChainPulse, startPeer } from "./support/running.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const runs = Number(values.runs);
/** What Netdata shows one second after its start on the machine of the design's table. */
const netdataCharts = 47;

/** What ran before (a browser tab opening, a peer that shuts down) must not run into the next measurement. */
const settleMs = 1500;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const cacheHome = mkdtempSync(join(tmpdir(), "chainpulse-cache-"));
const env = { ...process.env, XDG_CACHE_HOME: cacheHome };
const browser = await launchBrowser();

/** Threads write their compiled code ten seconds after they began; who starts a second time has been there for longer. */
const cacheWrittenMs = 12_000;

async function chainpulseSeconds(stayMs = 0): Promise<number> {
  const page = await browser.newPage();
  await sleep(settleMs);
  const startedAt = performance.now();
  await using node = await startChainPulse(env);
  const servingAt = performance.now();
  await page.goto(node.url);
  await page.waitForFunction(() => performance.getEntriesByName("chainpulse-first-chart").length > 0, null, { polling: 10 });
  const doneAt = performance.now();
  await sleep(stayMs);
  await page.close();
  console.error(`serving ${round((servingAt - startedAt) / 1000)} s, chart ${round((doneAt - startedAt) / 1000)} s`);
  return (doneAt - startedAt) / 1000;
}

async function netdataSeconds(path: string): Promise<number> {
  await sleep(settleMs);
  const startedAt = performance.now();
  await using netdata = await startPeer(
    path,
    (port) => ["-D", "-p", String(port), "-W", "set", "web", "bind to", "127.0.0.1"],
    "/api/v1/info",
  );
  for (;;) {
    const answer: unknown = await (await fetch(`${netdata.url}/api/v1/charts`)).json();
    const count = typeof answer === "object" && answer !== null && "charts_count" in answer ? Number(answer.charts_count) : 0;
    if (count >= netdataCharts) return (performance.now() - startedAt) / 1000;
  }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const netdata = installed("netdata");
await chainpulseSeconds(cacheWrittenMs);
const ours: number[] = [];
const theirs: number[] = [];
for (let run = 0; run < runs; run++) {
  ours.push(await chainpulseSeconds());
  if (netdata !== null) theirs.push(await netdataSeconds(netdata));
}
await browser.close();
await rm(cacheHome, { recursive: true });
report("first-chart", {
  runs,
  secondsMedian: round(median(ours)),
  secondsMin: round(Math.min(...ours)),
  secondsMax: round(Math.max(...ours)),
  peer: netdata === null ? null : { name: "netdata", charts: netdataCharts, secondsMedian: round(median(theirs)) },
  ratio: netdata === null ? null : round(median(ours) / median(theirs)),
  ...(netdata === null ? { reason: "netdata is not installed" } : {}),
});
