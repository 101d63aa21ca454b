/**
 * What taking metrics in by OTLP costs: the same samples into ChainPulse by OTLP and by remote write, and into Prometheus by remote write,
 * because Debian's Prometheus 2.42 has no receiver of OTLP. With 1 and with 100 samples per series in a request. CPU is user and system time
 * of the whole process over all its threads, from its start to its end, less what it takes to start.
 *
 *   npm run bench -- otlp [--rounds 3] [--samples 480]
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { postCorpus, writeCorpus } from "./support/ingest-corpus.ts";
import { otlpCorpus, otlpSet, postOtlp } from "./support/otlp-corpus.ts";
import { processCost } from "./support/process-cost.ts";
import { counter, gauge, querySet } from "./support/query-data.ts";
import { report, round } from "./support/report.ts";
import { installed, type Running, serveDirectory } from "./support/running.ts";
import { startPrometheus } from "./support/store-peers.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, samples: { type: "string", default: "480" } },
});

const rows = {
  oneSample: { seriesPerRequest: 2000, samplesPerSeries: 1, version: 1 },
  hundredSamples: { seriesPerRequest: 1000, samplesPerSeries: 100, version: 1 },
} as const;

type Start = (directory: string) => Promise<Running>;

/** As a hub, as in the bench ingest. */
const startHub: Start = (directory) => serveDirectory(directory, undefined, "hub");

const prometheus = installed("prometheus");
const startPeer: Start | null =
  prometheus === null ? null : (directory) => startPrometheus(prometheus, join(directory, "data"));

const countSchema = z.object({ data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }) });

async function storedSamples({ url }: Running, endMs: number): Promise<number> {
  const counted = [counter, gauge].map((name) => `sum(count_over_time(${name}[5h]))`).join(" + ");
  const query = new URLSearchParams({ query: counted, time: String(endMs / 1000) });
  const answer = await fetch(`${url}/api/v1/query?${query.toString()}`);
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return Number(countSchema.parse(JSON.parse(text)).data.result[0]?.value[1] ?? 0);
}

/** User and system time of children that have ended, seconds: fields 16 and 17 of `/proc/self/stat`, in ticks of 10 ms. */
function endedChildrenSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU seconds for what `send` sends; every sample must be there afterwards. */
async function measure(start: Start, samples: number, endMs: number, send: (url: string) => Promise<void>): Promise<number> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-otlp-"));
  const data = join(directory.path, "receiver");
  mkdirSync(data);
  const endedBefore = endedChildrenSeconds();
  const receiver = await start(data);
  const before = processCost(receiver.pid).cpuSeconds;
  await send(receiver.url);
  assert.equal(await storedSamples(receiver, endMs), samples);
  await receiver[Symbol.asyncDispose]();
  return endedChildrenSeconds() - endedBefore - before;
}

const set = otlpSet(querySet(Date.now() - 3_600_000), Number(options.samples));
const figures: Record<string, Record<string, unknown>> = {};
for (const [row, shape] of Object.entries(rows)) {
  const [otlp, write] = [otlpCorpus(set, shape), writeCorpus(set, shape)];
  assert.equal(otlp.samples, write.samples);
  const ways: Readonly<Record<string, () => Promise<number>>> = {
    otlp: () => measure(startHub, otlp.samples, set.lastMs + 1000, (url) => postOtlp(`${url}/v1/metrics`, otlp)),
    remoteWrite: () =>
      measure(startHub, write.samples, set.lastMs + 1000, (url) => postCorpus(`${url}/api/v1/write`, write, 1)),
    ...(startPeer === null
      ? {}
      : {
          prometheusRemoteWrite: () =>
            measure(startPeer, write.samples, set.lastMs + 1000, (url) => postCorpus(`${url}/api/v1/write`, write, 1)),
        }),
  };
  const runs = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let turn = 0; turn < Number(options.rounds); turn++) {
    for (const [name, run] of Object.entries(ways)) {
      const seconds = await run();
      runs.get(name)?.push(seconds);
      console.error(`${row}, ${name}: ${round(otlp.samples / seconds / 1e6)} M samples per CPU-second`);
    }
  }
  const median = (name: string): number | null => {
    const sorted = (runs.get(name) ?? []).toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  };
  const perCpuSecond = (name: string): number | null => {
    const seconds = median(name);
    return seconds === null ? null : Math.round(otlp.samples / seconds);
  };
  const [ours, theirs] = [median("otlp"), median("prometheusRemoteWrite")];
  figures[row] = {
    ...shape,
    samples: otlp.samples,
    otlpBytesPerSample: round(otlp.bytes / otlp.samples),
    remoteWriteBytesPerSample: round(write.bytes / write.samples),
    otlpSamplesPerCpuSecond: perCpuSecond("otlp"),
    remoteWriteSamplesPerCpuSecond: perCpuSecond("remoteWrite"),
    prometheusRemoteWriteSamplesPerCpuSecond: perCpuSecond("prometheusRemoteWrite"),
    cpuRatioToPrometheusRemoteWrite: ours === null || theirs === null ? null : round(ours / theirs),
  };
}
report("otlp", {
  ...figures,
  peer: prometheus === null ? null : "Prometheus by remote write of the same samples: Debian's 2.42 has no receiver of OTLP",
  ...(prometheus === null ? { reason: "prometheus is not installed" } : {}),
});
