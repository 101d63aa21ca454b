/**
 * What taking metrics in by OTLP costs: the same samples into ChainPulse by OTLP and by remote write, and into Prometheus by remote write,
 * because Debian's Prometheus 2.42 has no receiver of OTLP. With 1 and with 100 samples per series in a request. CPU is user and system time
 * of the whole process over all its threads, from the first request to its end.
 *
 *   npm run bench -- otlp [--rounds 3] [--samples 480]
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type IngestCost, ingestCost, type Sending, type Start } from "./support/ingest-cost.ts";
import { postCorpus, writeCorpus } from "./support/ingest-corpus.ts";
import { otlpCorpus, otlpSet, postOtlp } from "./support/otlp-corpus.ts";
import { counter, gauge, querySet } from "./support/query-data.ts";
import { report, round } from "./support/report.ts";
import { installed, serveDirectory } from "./support/running.ts";
import { startPrometheus } from "./support/store-peers.ts";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, samples: { type: "string", default: "480" } },
});

const rows = {
  oneSample: { seriesPerRequest: 2000, samplesPerSeries: 1, version: 1 },
  hundredSamples: { seriesPerRequest: 1000, samplesPerSeries: 100, version: 1 },
} as const;

/** As a hub, as in the bench ingest. */
const startHub: Start = (directory) => serveDirectory(directory, undefined, "hub");

const prometheus = installed("prometheus");
const startPeer: Start | null =
  prometheus === null ? null : (directory) => startPrometheus(prometheus, join(directory, "data"));

const set = otlpSet(querySet(Date.now() - 3_600_000), Number(options.samples));
const figures: Record<string, Record<string, unknown>> = {};
for (const [row, shape] of Object.entries(rows)) {
  const [otlp, write] = [otlpCorpus(set, shape), writeCorpus(set, shape)];
  assert.equal(otlp.samples, write.samples);
  const sending = (send: Sending["send"]): Sending => {
    return { send, samples: otlp.samples, metrics: [counter, gauge], endMs: set.lastMs + 1000 };
  };
  const byOtlp = sending((url) => postOtlp(`${url}/v1/metrics`, otlp));
  const byRemoteWrite = sending((url) => postCorpus(`${url}/api/v1/write`, write, 1));
  const ways: Readonly<Record<string, () => Promise<IngestCost>>> = {
    otlp: () => ingestCost(startHub, byOtlp),
    remoteWrite: () => ingestCost(startHub, byRemoteWrite),
    ...(startPeer === null ? {} : { prometheusRemoteWrite: () => ingestCost(startPeer, byRemoteWrite) }),
  };
  const runs = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let turn = 0; turn < Number(options.rounds); turn++) {
    for (const [name, run] of Object.entries(ways)) {
      const { all: seconds } = await run();
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
