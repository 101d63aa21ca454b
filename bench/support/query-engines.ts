/** The engines of `bench/query`: the same samples in each, and one way to ask all of them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { processCost } from "./process-cost.ts";
import { remoteWrite } from "./remote-write.ts";
import { installed, type Running, serveDirectory } from "./running.ts";
import { StoreFeeder } from "./store-feeder.ts";
import { mergeParts, startPrometheus, startVictoriaMetrics } from "./store-peers.ts";
import { type SampleSet, ticksOf } from "./store-samples.ts";

export const peerNames = ["prometheus", "victoriaMetrics"] as const;
export type PeerName = (typeof peerNames)[number];

export interface Engines {
  readonly chainpulse: Running;
  /** `null` where it is not installed. */
  readonly peers: Readonly<Record<PeerName, Running | null>>;
}

/** A query of two hours; times in ms. */
export interface RangeQuery {
  readonly expr: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Whether results kept from earlier queries may be used. */
  readonly cached: boolean;
}

/** Starts all of them in directories below `directory`. What they have taken in is sealed and merged. */
export async function startEngines(directory: string, set: SampleSet): Promise<Engines> {
  return {
    peers: {
      prometheus: await prometheus(join(directory, "prometheus"), set),
      victoriaMetrics: await victoriaMetrics(join(directory, "victoria-metrics"), set),
    },
    chainpulse: await chainpulse(join(directory, "chainpulse"), set),
  };
}

/** No block is cut while queries are timed: samples stay in the head, from where they are read fastest. */
const withoutBlocks = ["--storage.tsdb.min-block-duration=24h", "--storage.tsdb.max-block-duration=24h"];

async function prometheus(directory: string, set: SampleSet): Promise<Running | null> {
  const program = installed("prometheus");
  if (program === null) return null;
  mkdirSync(directory);
  const running = await startPrometheus(program, join(directory, "data"), ...withoutBlocks);
  await remoteWrite(`${running.url}/api/v1/write`, set);
  return running;
}

async function victoriaMetrics(directory: string, set: SampleSet): Promise<Running | null> {
  const program = installed("victoria-metrics");
  if (program === null) return null;
  const running = await startVictoriaMetrics(program, directory);
  await remoteWrite(`${running.url}/api/v1/write`, set);
  await mergeParts(running.url);
  return running;
}

/** Through the writer, sealed and merged as a day's upkeep leaves them, and read by a process that did not write them. */
async function chainpulse(dataDir: string, set: SampleSet): Promise<Running> {
  const feeder = new StoreFeeder({
    dataDir,
    labels: set.series.map(({ labels }) => labels),
    startMs: set.firstMs,
    syncs: false,
  });
  await feeder.feed(ticksOf(set));
  const dayMs = 86_400_000;
  feeder.restUntil(set.lastMs + dayMs);
  feeder.close();
  return serveDirectory(dataDir);
}

/** The answer's text. No engine is asked to compress it. */
export async function ask({ url }: Running, { expr, startMs, endMs, stepMs, cached }: RangeQuery): Promise<string> {
  const form = new URLSearchParams({
    query: expr,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
    step: String(stepMs / 1000),
    ...(cached ? {} : { nocache: "1" }),
  });
  const answer = await fetch(`${url}/api/v1/query_range?${form.toString()}`, { headers: { "accept-encoding": "identity" } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status} to ${expr}: ${text.slice(0, 500)}`);
  return text;
}

/** CPU of the whole process for `work`, ms. */
export async function cpuMsOf({ pid }: Running, work: () => Promise<unknown>): Promise<number> {
  const before = processCost(pid).cpuSeconds;
  await work();
  return (processCost(pid).cpuSeconds - before) * 1000;
}

const matrixSchema = z.object({
  data: z.object({
    resultType: z.literal("matrix"),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

export type Matrix = z.infer<typeof matrixSchema>["data"]["result"];

export function matrixOf(text: string): Matrix {
  return matrixSchema.parse(JSON.parse(text)).data.result;
}
