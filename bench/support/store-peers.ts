/** The other engines, fed the same samples by remote write: what they take on the disk and what it costs them. */
import { mkdtempDisposableSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { processCost } from "./process-cost.ts";
import { remoteWrite } from "./remote-write.ts";
import { round } from "./report.ts";
import { installed, type Running, startPeer } from "./running.ts";
import { diskUsage } from "./store-disk.ts";
import type { SampleSet } from "./store-samples.ts";

/** `bytes…` and `du…` are allocated blocks after a clean stop. CPU is that of the whole process, from the first request on. */
export type PeerFigures = Readonly<Record<string, unknown>> | { readonly peer: null; readonly reason: string };

/** Figures of VictoriaMetrics after all its parts have been merged: it is smallest then. */
export async function victoriaMetrics(set: SampleSet): Promise<PeerFigures> {
  const program = installed("victoria-metrics");
  if (program === null) return { peer: null, reason: "victoria-metrics is not installed" };
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-vm-"));
  const data = join(directory.path, "data");
  await using peer = await startVictoriaMetrics(program, data);
  const before = processCost(peer.pid).cpuSeconds;
  await remoteWrite(`${peer.url}/api/v1/write`, set);
  await ask(`${peer.url}/internal/force_flush`);
  const ingestCpuSeconds = processCost(peer.pid).cpuSeconds - before;
  await mergeParts(peer.url);
  const samplesStored = await sumOfMetric(peer.url, /^vm_rows\{type="storage\/\w+"\} (\S+)$/gm);
  const cpuSeconds = processCost(peer.pid).cpuSeconds - before;
  await peer[Symbol.asyncDispose]();
  const size = sizeOf(data, set);
  return {
    samplesStored,
    ...size,
    bytesPerSampleWithoutCaches: round((size.bytes - (size.parts["cache"] ?? 0)) / set.samples),
    ingestCpuSeconds: round(ingestCpuSeconds),
    mergeCpuSeconds: round(cpuSeconds - ingestCpuSeconds),
    ingestSamplesPerCpuSecond: round(set.samples / ingestCpuSeconds),
  };
}

const snapshotSchema = z.object({ data: z.object({ name: z.string() }) });
const blockSchema = z.object({ stats: z.object({ numSamples: z.int() }) });

/**
 * Prometheus keeps the last hours in a log and in chunks; it makes blocks of them every two hours. Both are measured: what a stop
 * leaves, and the same samples as blocks, which a snapshot makes of them.
 */
export async function prometheus(set: SampleSet): Promise<PeerFigures> {
  const program = installed("prometheus");
  if (program === null) return { peer: null, reason: "prometheus is not installed" };
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-prometheus-"));
  const data = join(directory.path, "data");
  await using peer = await startPrometheus(program, data);
  const before = processCost(peer.pid).cpuSeconds;
  await remoteWrite(`${peer.url}/api/v1/write`, set);
  const ingestCpuSeconds = processCost(peer.pid).cpuSeconds - before;
  const answer = snapshotSchema.parse(JSON.parse(await ask(`${peer.url}/api/v1/admin/tsdb/snapshot`)));
  const cpuSeconds = processCost(peer.pid).cpuSeconds - before;
  const snapshot = join(data, "snapshots", answer.data.name);
  const blocks = diskUsage(snapshot);
  const samplesStored = readdirSync(snapshot).reduce((sum, block) => {
    const meta: unknown = JSON.parse(readFileSync(join(snapshot, block, "meta.json"), "utf8"));
    return sum + blockSchema.parse(meta).stats.numSamples;
  }, 0);
  await peer[Symbol.asyncDispose]();
  rmSync(join(data, "snapshots"), { recursive: true });
  return {
    samplesStored,
    ...sizeOf(data, set),
    blockBytes: blocks.bytes,
    blockBytesPerSample: round(blocks.bytes / set.samples),
    ingestCpuSeconds: round(ingestCpuSeconds),
    blockCpuSeconds: round(cpuSeconds - ingestCpuSeconds),
    ingestSamplesPerCpuSecond: round(set.samples / ingestCpuSeconds),
  };
}

/** Takes remote write, keeps everything and measures nothing itself. */
export function startVictoriaMetrics(program: string, data: string): Promise<Running> {
  const args = [`-storageDataPath=${data}`, "-retentionPeriod=100y", "-selfScrapeInterval=0"];
  return startPeer(program, (port) => [...args, `-httpListenAddr=127.0.0.1:${port}`], "/health");
}

/** The same; `data` must be in a directory of its own, which gets a configuration without any target. */
export function startPrometheus(program: string, data: string, ...more: readonly string[]): Promise<Running> {
  const config = join(dirname(data), "prometheus.yml");
  writeFileSync(config, "scrape_configs: []\n");
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    "--storage.tsdb.retention.time=100y",
    "--web.enable-remote-write-receiver",
    "--web.enable-admin-api",
    ...more,
  ];
  return startPeer(program, (port) => [...args, `--web.listen-address=127.0.0.1:${port}`], "/-/ready");
}

/** Makes what VictoriaMetrics has taken in visible, and one part of it. */
export async function mergeParts(url: string): Promise<void> {
  await ask(`${url}/internal/force_flush`);
  await ask(`${url}/internal/force_merge`);
  await until(async () => (await sumOfMetric(url, /^vm_active_force_merges (\S+)$/gm)) === 0);
}

async function ask(url: string): Promise<string> {
  const answer = await fetch(url, { method: "POST" });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return text;
}

/** Sum of what the pattern's group catches in a peer's own metrics. */
async function sumOfMetric(url: string, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) throw new Error(`${url}/metrics has nothing like ${pattern.source}`);
  return found.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Waits before it looks: what was asked for has begun by then. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (await holds()) return;
  }
  throw new Error("a peer did not finish within a minute");
}

/** What a stopped peer's directory takes. */
function sizeOf(directory: string, set: SampleSet) {
  const usage = diskUsage(directory);
  return { ...usage, bytesPerSample: round(usage.bytes / set.samples) };
}
