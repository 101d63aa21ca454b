/**
 * What scraping costs. `read`: from the bytes of an answer to columns of numbered samples, in this process, with the body of a
 * node_exporter where one is installed, and with one of 10,000 series; values change from scrape to scrape. `scrape`: the whole process
 * beside Debian's Prometheus, both scraping the same targets every second by the same configuration; CPU is what the process takes more
 * than without targets.
 *
 *   npm run bench -- scrape [--seconds 30]
 */
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { entryState, KnownSeries } from "../src/collect/intake/scrape/known-series.ts";
import { readTextSlice } from "../src/collect/intake/scrape/read-text.ts";
import { ScrapeReading } from "../src/collect/intake/scrape/scrape-reading.ts";
import { LineScanner } from "../src/io/openmetrics/line-scanner.ts";
import { startChainPulse } from "../test/browser/support/server.ts";
import { processCost } from "./support/process-cost.ts";
import { report, round } from "./support/report.ts";
import { installed, startPeer } from "./support/running.ts";
import { exposition, serveExpositions } from "./support/scrape-targets.ts";

const { values: options } = parseArgs({ options: { seconds: { type: "string", default: "30" } } });
const seconds = Number(options.seconds);

/** The aim of issue 5. */
const aimSamplesPerCpuSecond = 500_000;
const readRounds = 400;

/** Samples per second of CPU time, once the series are known. */
function readRate(bodies: readonly Uint8Array[]): number {
  const known = new KnownSeries();
  let samples = 0;
  let begin = process.cpuUsage();
  for (let scrape = 1; scrape <= readRounds; scrape++) {
    if (scrape === 20) {
      samples = 0;
      begin = process.cpuUsage();
    }
    const reading = new ScrapeReading({
      known,
      scrape,
      labelsOf: ({ name, labels }) => ({ __name__: name, ...labels }),
      samplesMax: 1e9,
      newMax: 1e9,
      honorTimestamps: true,
      trackTimes: false,
    });
    const scanner = new LineScanner(bodies[scrape % bodies.length] ?? new Uint8Array(0));
    while (readTextSlice(scanner, "text", reading));
    for (const { entry } of reading.fresh) known.decide(entry, entryState.series, entry);
    samples += reading.kept;
  }
  const { user, system } = process.cpuUsage(begin);
  return samples / ((user + system) / 1e6);
}

async function nodeExporterBodies(): Promise<readonly Uint8Array[] | null> {
  if (installed("prometheus-node-exporter") === null) return null;
  const args = (port: number): readonly string[] => [`--web.listen-address=127.0.0.1:${port}`];
  await using exporter = await startPeer("prometheus-node-exporter", args, "/metrics");
  const bodies: Uint8Array[] = [];
  for (let i = 0; i < 8; i++) bodies.push(new Uint8Array(await (await fetch(`${exporter.url}/metrics`)).arrayBuffer()));
  return bodies;
}

const sizes = [...Array.from({ length: 20 }, () => 500), 10_000] as const;

function scrapeConfigs(address: string): readonly object[] {
  return sizes.map((_, index) => ({
    job_name: `bench-${index}`,
    scrape_interval: "1s",
    metrics_path: `/${index}`,
    static_configs: [{ targets: [address] }],
  }));
}

/** CPU seconds that a process takes in the time, and the scrapes that it made. */
async function costOf(pid: number, scrapes: () => number): Promise<{ readonly cpu: number; readonly scrapes: number }> {
  // First scrapes make the series; later ones are the rule.
  await pause(8000);
  const before = processCost(pid).cpuSeconds;
  const scrapesBefore = scrapes();
  await pause(seconds * 1000);
  return { cpu: processCost(pid).cpuSeconds - before, scrapes: scrapes() - scrapesBefore };
}

interface Subject {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

async function startOurs(configs: readonly object[]): Promise<Subject> {
  const config = JSON.stringify({ performance_monitoring: { scrape: { scrape_configs: configs } } });
  const server = await startChainPulse({ config });
  return { pid: server.pid, stop: () => server.stop() };
}

async function startPrometheus(configs: readonly object[]): Promise<Subject> {
  const directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-scrape-"));
  const file = join(directory.path, "prometheus.yml");
  writeFileSync(file, JSON.stringify({ scrape_configs: configs }));
  const args = (port: number): readonly string[] => [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory.path, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const running = await startPeer("prometheus", args, "/-/ready");
  return {
    pid: running.pid,
    stop: async () => {
      await running[Symbol.asyncDispose]();
      directory.remove();
    },
  };
}

/** CPU per million samples, in seconds, beyond what the process takes without targets. */
async function scrapeCost(start: (configs: readonly object[]) => Promise<Subject>): Promise<number> {
  const rounds = sizes.map((series) => Array.from({ length: 4 }, (_, index) => exposition(series, index)));
  await using targets = await serveExpositions(rounds);
  const idle = await start([]);
  const without = await costOf(idle.pid, () => 0);
  await idle.stop();
  const busy = await start(scrapeConfigs(targets.address));
  const withTargets = await costOf(busy.pid, () => targets.answered());
  await busy.stop();
  const samplesPerScrape = sizes.reduce((sum, series) => sum + series, 0) / sizes.length;
  return (withTargets.cpu - without.cpu) / ((withTargets.scrapes * samplesPerScrape) / 1e6);
}

const large = Array.from({ length: 4 }, (_, index) => Buffer.from(exposition(10_000, index)));
const largeRate = readRate(large);
console.error(`10,000 series: ${round(largeRate / 1e6)} M samples per CPU-second`);
const exporterBodies = await nodeExporterBodies();
const exporterRate = exporterBodies === null ? null : readRate(exporterBodies);
console.error(
  `node_exporter: ${exporterRate === null ? "not installed" : `${round(exporterRate / 1e6)} M samples per CPU-second`}`,
);
const ours = await scrapeCost(startOurs);
console.error(`ChainPulse: ${round(ours)} CPU-seconds per million samples`);
const theirs = installed("prometheus") === null ? null : await scrapeCost(startPrometheus);
console.error(`Prometheus: ${theirs === null ? "not installed" : `${round(theirs)} CPU-seconds per million samples`}`);

report("scrape", {
  readSamplesPerCpuSecond: {
    series10000: Math.round(largeRate),
    nodeExporter: exporterRate === null ? null : Math.round(exporterRate),
  },
  aimSamplesPerCpuSecond,
  scrapeCpuSecondsPerMillionSamples: round(ours),
  peer: theirs === null ? null : { name: "Prometheus 2.42", scrapeCpuSecondsPerMillionSamples: round(theirs) },
  ...(theirs === null ? { reason: "prometheus is not installed" } : { ratio: round(ours / theirs) }),
});
