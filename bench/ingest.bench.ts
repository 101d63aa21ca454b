/**
 * What taking samples in costs: the same remote-write requests into ChainPulse, VictoriaMetrics and Prometheus, over some connections at once, with 1
 * and with 100 samples per series in a request. CPU is user and system time of the whole process over all its threads, from the first
 * request to its end: sealing, merging and what a stop still has to write are in there. Rounds take turns among the receivers.
 *
 * ChainPulse answers when the samples are on the disk; the peers answer when they have them in memory.
 *
 *   npm run bench -- ingest [--rounds 3] [--row hundredSamples]
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { selfMetrics } from "../src/domains/self/metrics.ts";
import { type Corpus, postCorpus, writeCorpus } from "./support/ingest-corpus.ts";
import { processCost } from "./support/process-cost.ts";
import { querySet } from "./support/query-data.ts";
import { report, round } from "./support/report.ts";
import { installed, type Running, serveDirectory } from "./support/running.ts";
import { startPrometheus, startVictoriaMetrics } from "./support/store-peers.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, row: { type: "string" } },
});

/** The gate of issue 5, and the ambition: no more CPU than VictoriaMetrics. */
const gateSamplesPerCpuSecond = 500_000;

const rows = {
  oneSample: { seriesPerRequest: 2000, samplesPerSeries: 1, version: 1 },
  hundredSamples: { seriesPerRequest: 1000, samplesPerSeries: 100, version: 1 },
  oneSampleVersion2: { seriesPerRequest: 2000, samplesPerSeries: 1, version: 2 },
} as const;

type Start = (directory: string) => Promise<Running>;

/** Debian's versions of the peers do not know 2.0. */
const receivers: Readonly<Record<string, { readonly start: Start | null; readonly versions: readonly number[] }>> = {
  // As a hub: whoever takes in millions of samples a minute is one, and has more room for what becomes garbage a moment later.
  chainpulse: { start: (directory) => serveDirectory(directory, undefined, "hub"), versions: [1, 2] },
  victoriaMetrics: { start: ifInstalled("victoria-metrics", startVictoriaMetrics), versions: [1] },
  prometheus: {
    start: ifInstalled("prometheus", (program, data) => startPrometheus(program, join(data, "data"))),
    versions: [1],
  },
};

function ifInstalled(name: string, start: (program: string, directory: string) => Promise<Running>): Start | null {
  const program = installed(name);
  return program === null ? null : (directory) => start(program, directory);
}

const countSchema = z.object({ data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }) });

/** How many samples it has: none may be missing for a figure to count. */
async function storedSamples({ url }: Running, endMs: number): Promise<number> {
  const time = String(endMs / 1000);
  let sum = 0;
  for (const metric of new Set(set.series.map(({ labels }) => labels["__name__"] ?? ""))) {
    const parameters = new URLSearchParams({ query: `sum(count_over_time(${metric}[5h]))`, time, nocache: "1" });
    const answer = await fetch(`${url}/api/v1/query?${parameters.toString()}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url} answered ${answer.status} to a count: ${text.slice(0, 500)}`);
    sum += Number(countSchema.parse(JSON.parse(text)).data.result[0]?.value[1] ?? 0);
  }
  return sum;
}

/** User and system time of children that have ended, seconds: fields 16 and 17 of `/proc/self/stat`, in ticks of 10 ms. */
function endedChildrenSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU seconds for the corpus, and the samples found in it afterwards. */
async function measure(
  start: Start,
  corpus: Corpus,
  version: 1 | 2,
): Promise<{ readonly ingest: number; readonly all: number; readonly wall: number; readonly rssMb: number }> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-ingest-"));
  const data = join(directory.path, "receiver");
  mkdirSync(data);
  const endedBefore = endedChildrenSeconds();
  await using receiver = await start(data);
  const before = processCost(receiver.pid).cpuSeconds;
  const startedMs = performance.now();
  await postCorpus(`${receiver.url}/api/v1/write`, corpus, version);
  const wall = (performance.now() - startedMs) / 1000;
  const cost = processCost(receiver.pid);
  const ingest = cost.cpuSeconds - before;
  await receiver[Symbol.asyncDispose]();
  const all = endedChildrenSeconds() - endedBefore - before;
  await using again = await start(data);
  assert.equal(await storedSamples(again, set.lastMs + 1000), corpus.samples, "every sample is there after a restart");
  return { ingest, all, wall, rssMb: cost.rssBytes / 1e6 };
}

/**
 * How late the node's own ticks begin while a corpus comes in, ms: they are to be on time whatever others send. Four ticks a second, so that
 * a short run has some.
 */
async function measureTicks(corpus: Corpus, version: 1 | 2): Promise<Readonly<Record<string, number>>> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-ticks-"));
  const data = join(directory.path, "receiver");
  mkdirSync(data);
  await using node = await serveDirectory(data, "performance_monitoring: { sampling_interval_ms: 250 }");
  const startedMs = Date.now();
  await postCorpus(`${node.url}/api/v1/write`, corpus, version);
  const window = `[${Date.now() - startedMs}ms]`;
  const ask = async (query: string): Promise<number> => {
    const answer = await fetch(`${node.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
    return Number(countSchema.parse(await answer.json()).data.result[0]?.value[1] ?? Number.NaN);
  };
  const { tickLateness, tickDuration, ticksMissed } = selfMetrics;
  return {
    ticks: await ask(`count_over_time(${tickLateness.prometheusName}${window})`),
    latenessMsMedian: round(1000 * (await ask(`quantile_over_time(0.5, ${tickLateness.prometheusName}${window})`))),
    latenessMsMax: round(1000 * (await ask(`max_over_time(${tickLateness.prometheusName}${window})`))),
    durationMsMax: round(1000 * (await ask(`max_over_time(${tickDuration.prometheusName}${window})`))),
    missed: await ask(ticksMissed.prometheusName),
  };
}

const set = querySet(Date.now() - 3_600_000);
const figures: Record<string, Record<string, unknown>> = {};
for (const [row, shape] of Object.entries(rows)) {
  if (options.row !== undefined && options.row !== row) continue;
  const corpus = writeCorpus(set, shape);
  console.error(
    `${row}: ${corpus.bodies.length} requests, ${corpus.samples} samples, ${round(corpus.bytes / corpus.samples)} B per sample`,
  );
  const runs = new Map<string, Awaited<ReturnType<typeof measure>>[]>();
  for (let turn = 0; turn < Number(options.rounds); turn++) {
    for (const [name, { start, versions }] of Object.entries(receivers)) {
      if (start === null || !versions.includes(shape.version)) continue;
      const run = await measure(start, corpus, shape.version);
      runs.set(name, [...(runs.get(name) ?? []), run]);
      console.error(`  ${name}: ${round(corpus.samples / run.all / 1e6)} M samples per CPU-second, ${round(run.wall)} s`);
    }
  }
  const median = (
    name: string,
    figure: (run: { readonly ingest: number; readonly all: number; readonly wall: number; readonly rssMb: number }) => number,
  ): number | null => {
    const sorted = (runs.get(name) ?? []).map(figure).toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  };
  const perReceiver = Object.fromEntries(
    [...runs.keys()].map((name) => [
      name,
      {
        samplesPerCpuSecond: Math.round(corpus.samples / (median(name, ({ all }) => all) ?? Number.NaN)),
        untilAnsweredSamplesPerCpuSecond: Math.round(corpus.samples / (median(name, ({ ingest }) => ingest) ?? Number.NaN)),
        wallSeconds: round(median(name, ({ wall }) => wall) ?? Number.NaN),
        rssMb: round(median(name, ({ rssMb }) => rssMb) ?? Number.NaN),
      },
    ]),
  );
  const ours = median("chainpulse", ({ all }) => all) ?? Number.NaN;
  const ratioTo = (name: string): number | null => {
    const theirs = median(name, ({ all }) => all);
    return theirs === null ? null : round(ours / theirs);
  };
  figures[row] = {
    ...shape,
    samples: corpus.samples,
    bytesPerSample: round(corpus.bytes / corpus.samples),
    ...perReceiver,
    cpuRatioToVictoriaMetrics: ratioTo("victoriaMetrics"),
    cpuRatioToPrometheus: ratioTo("prometheus"),
    gate: corpus.samples / ours >= gateSamplesPerCpuSecond,
    ticksMeanwhile: await measureTicks(corpus, shape.version),
  };
}
report("ingest", {
  ...figures,
  missingPeers: Object.entries(receivers).flatMap(([name, { start }]) => (start === null ? [`${name} is not installed`] : [])),
});
