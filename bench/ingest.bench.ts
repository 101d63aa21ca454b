/**
 * What taking samples in costs: the same remote-write requests into ChainPulse, VictoriaMetrics and Prometheus, over some connections at once, with 1
 * and with 100 samples per series in a request. CPU is user and system time of the whole process over all its threads, from the first
 * request to its end: sealing, merging and what a stop still has to write are in there. Rounds take turns among the receivers.
 *
 * ChainPulse answers when the samples are on the disk; the peers answer when they have them in memory.
 *
 *   npm run bench -- ingest [--rounds 3] [--row hundredSamples]
 */
import { mkdirSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { selfMetrics } from "../src/domains/self/metrics.ts";
import { type Corpus, postCorpus, writeCorpus } from "./support/ingest-corpus.ts";
import { countSchema, ingestCost, type IngestCost, type Start } from "./support/ingest-cost.ts";
import { querySet } from "./support/query-data.ts";
import { report, round } from "./support/report.ts";
import { installed, serveDirectory } from "./support/running.ts";
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

function ifInstalled(name: string, start: (program: string, directory: string) => ReturnType<Start>): Start | null {
  const program = installed(name);
  return program === null ? null : (directory) => start(program, directory);
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
const metrics = new Set(set.series.map(({ labels }) => labels["__name__"] ?? ""));
const figures: Record<string, Record<string, unknown>> = {};
for (const [row, shape] of Object.entries(rows)) {
  if (options.row !== undefined && options.row !== row) continue;
  const corpus = writeCorpus(set, shape);
  console.error(
    `${row}: ${corpus.bodies.length} requests, ${corpus.samples} samples, ${round(corpus.bytes / corpus.samples)} B per sample`,
  );
  const runs = new Map<string, IngestCost[]>();
  for (let turn = 0; turn < Number(options.rounds); turn++) {
    for (const [name, { start, versions }] of Object.entries(receivers)) {
      if (start === null || !versions.includes(shape.version)) continue;
      const run = await ingestCost(start, {
        send: (url) => postCorpus(`${url}/api/v1/write`, corpus, shape.version),
        samples: corpus.samples,
        metrics,
        endMs: set.lastMs + 1000,
      });
      runs.set(name, [...(runs.get(name) ?? []), run]);
      console.error(`  ${name}: ${round(corpus.samples / run.all / 1e6)} M samples per CPU-second, ${round(run.wall)} s`);
    }
  }
  const median = (name: string, figure: (run: IngestCost) => number): number | null => {
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
