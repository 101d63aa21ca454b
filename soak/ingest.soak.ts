/**
 * A server under steady load for long: it collects five times as often as usual, a Prometheus writes to it, a page asks for its charts.
 * What must not happen: memory that grows, descriptors that stay open, ticks left out, a sample lost that it has acknowledged.
 *
 *   npm run soak -- ingest [--minutes 60] [--series 1000]
 */
import { mkdtempDisposableSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { processCost } from "../bench/support/process-cost.ts";
import { remoteWrite } from "../bench/support/remote-write.ts";
import { report, round } from "../bench/support/report.ts";
import { startChainPulse } from "../bench/support/running.ts";
import { sampleSet } from "../bench/support/store-samples.ts";
import { expandQuery } from "../src/core/promql-text.ts";
import { domains } from "../src/domains/index.ts";
import { selfMetrics } from "../src/domains/self/metrics.ts";
import { slopePer } from "./support/slope.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, series: { type: "string", default: "1000" } },
});
const minutes = Number(values.minutes);
const seriesCount = Number(values.series);
const samplingIntervalMs = 200;
/** Share of the time after which memory counts: two readers' caches of 2 × 16 MiB fill within half an hour, and the first blocks are merged. */
const warmUpShare = 1 / 2;
const probeMs = 10_000;
/** A page's charts are asked for in turn, so many a second. */
const queriesPerSecond = 5;
/** F38 of the fault cases: memory grows by less than 1 MB in ten minutes. */
const growthMaxMb = 1;
/** Connections and files of the store come and go; what only comes is a leak. */
const descriptorsMax = 16;

interface Probe {
  readonly timeMs: number;
  /** That the store knows. */
  readonly series: number;
  readonly privateBytes: number;
  readonly descriptors: number;
}

using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-soak-"));
const config = join(directory.path, "config.yaml");
const settings = {
  node: { id: "soak" },
  sampling_interval_ms: samplingIntervalMs,
  // Each process that comes and goes on the machine would leave series behind: 10,000 in 40 minutes beside a build, and their memory.
  host: { processes: { top: 0 } },
};
// JSON is YAML.
writeFileSync(config, JSON.stringify({ performance_monitoring: settings }));
await using server = await startChainPulse({ ...process.env, CHAINPULSE_CONFIG: config });

const names = Array.from({ length: seriesCount }, (_, index) => ({ __name__: "soak_value", index: String(index) }));
const charts = domains.flatMap(({ panels }) => panels.flatMap((section) => section.panels.flatMap(({ queries }) => queries)));
const probes: Probe[] = [];
let acknowledged = 0;
let asked = 0;

const startedMs = Date.now();
const endMs = startedMs + minutes * 60_000;
await Promise.all([everyMs(1000, write), everyMs(1000 / queriesPerSecond, ask), everyMs(probeMs, probe)]);

const stored = await instant(`sum(count_over_time(soak_value[${Math.ceil((Date.now() - startedMs) / 1000) + 60}s]))`);
const lost = acknowledged - stored;
const missed = await instant(`max(${selfMetrics.ticksMissed.prometheusName})`);
const ticks = await instant(`max(${selfMetrics.ticks.prometheusName})`);
const warm = probes.filter(({ timeMs }) => timeMs >= startedMs + warmUpShare * minutes * 60_000);
const growthMb = slopePer(
  600_000,
  warm.map(({ timeMs, privateBytes }) => [timeMs, privateBytes / 1e6]),
);
const descriptors = warm.map((one) => one.descriptors);
const descriptorsSpread = Math.max(...descriptors) - Math.min(...descriptors);
const passed = lost === 0 && growthMb < growthMaxMb && descriptorsSpread <= descriptorsMax && missed <= ticks / 100;

report("soak/ingest", {
  passed,
  minutes,
  samplingIntervalMs,
  samplesAcknowledged: acknowledged,
  samplesLost: lost,
  queriesAnswered: asked,
  ticks,
  ticksMissed: missed,
  privateMbFirst: round((warm[0]?.privateBytes ?? Number.NaN) / 1e6),
  privateMbLast: round((warm.at(-1)?.privateBytes ?? Number.NaN) / 1e6),
  privateMbMax: round(Math.max(...probes.map(({ privateBytes }) => privateBytes)) / 1e6),
  privateMbGrowthPer10Minutes: round(growthMb),
  seriesFirst: warm[0]?.series,
  seriesLast: warm.at(-1)?.series,
  descriptorsFirst: descriptors[0],
  descriptorsSpread,
  cpuSecondsPerMinute: round(processCost(server.pid).cpuSeconds / minutes),
});
if (!passed) process.exitCode = 1;

/** Runs `work` at a steady pace until the end; what comes late is left out. */
async function everyMs(intervalMs: number, work: () => Promise<void>): Promise<void> {
  for (let dueMs = startedMs; dueMs < endMs; dueMs = Math.max(dueMs + intervalMs, Date.now())) {
    await sleep(Math.max(0, dueMs - Date.now()));
    await work();
  }
}

async function write(): Promise<void> {
  const timeMs = Date.now();
  const timestampsMs = Float64Array.of(timeMs);
  const series = names.map((labels, index) => ({
    labels,
    timestampsMs,
    values: Float64Array.of(index + Math.sin(timeMs / 1e4)),
  }));
  await remoteWrite(`${server.url}/api/v1/write`, sampleSet(series));
  acknowledged += series.length;
}

async function ask(): Promise<void> {
  const { expr = "" } = charts[asked % charts.length] ?? {};
  const end = Date.now() / 1000;
  const query = expandQuery(expr, { node: "soak", stepMs: 1000, samplingIntervalMs });
  const body = new URLSearchParams({ query, start: String(end - 300), end: String(end), step: "1" });
  const answer = await fetch(`${server.url}/api/v1/query_range`, { method: "POST", body });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${query}: ${answer.status}`);
  asked++;
}

async function probe(): Promise<void> {
  const descriptors = readdirSync(`/proc/${server.pid}/fd`).filter((fd) => !isMeasured(`/proc/${server.pid}/fd/${fd}`)).length;
  const privateBytes = processCost(server.pid).rssAnonBytes;
  const series = await instant(`max(${selfMetrics.storeSeries.prometheusName})`);
  probes.push({ timeMs: Date.now(), privateBytes, descriptors, series });
  process.stderr.write(
    `${((Date.now() - startedMs) / 60_000).toFixed(1)} min: ${round(privateBytes / 1e6)} MB, ${descriptors} descriptors, ${series} series\n`,
  );
}

/** Files of /proc and /sys are kept open for each process and group of the machine: their number is the machine's affair. */
function isMeasured(path: string): boolean {
  try {
    return /^\/(?:proc|sys)\//.test(readlinkSync(path));
  } catch {
    // It was closed between the listing and this.
    return true;
  }
}

/** The number that a query comes to. */
async function instant(query: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }; // Prometheus's envelope.
  return Number(data.result[0]?.value[1] ?? Number.NaN);
}
