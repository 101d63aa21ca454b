/** The two servers that answer, over the same samples and by the same API: ours over a store of its own, and a real Prometheus. */
import { type DisposableTempDir, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { remoteWrite } from "../../../bench/support/remote-write.ts";
import { type Running, serveDirectory } from "../../../bench/support/running.ts";
import { StoreFeeder } from "../../../bench/support/store-feeder.ts";
import { startPrometheus } from "../../../bench/support/store-peers.ts";
import { type SampleSet, ticksOf } from "../../../bench/support/store-samples.ts";
import type { Labels } from "../../../src/core/labels.ts";
import type { FuzzQuery } from "./queries.ts";

export interface AnswerSeries {
  readonly labels: Labels;
  /** Pairs of time, in ms, and value. */
  readonly points: readonly (readonly [number, number])[];
}

/** In the order of the engine. */
export type Answer = { readonly series: readonly AnswerSeries[] } | { readonly error: string };

export interface Engine extends AsyncDisposable {
  ask(query: FuzzQuery): Promise<Answer>;
}

const hourMs = 3_600_000;

/** A ChainPulse over a store with these samples, in which everything is sealed and summarised that will ever be. */
export async function ourEngine(set: SampleSet): Promise<Engine> {
  const directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-fuzz-"));
  const labels = set.series.map((series) => series.labels);
  const feeder = new StoreFeeder({ dataDir: directory.path, labels, startMs: set.firstMs, syncs: false });
  await feeder.feed(ticksOf(set));
  feeder.restUntil(set.lastMs + hourMs);
  feeder.close();
  return engineAt(await serveDirectory(directory.path), directory);
}

/** A Prometheus that has got these samples by remote write. */
export async function prometheusEngine(set: SampleSet): Promise<Engine> {
  const directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-fuzz-prometheus-"));
  const peer = await startPrometheus("prometheus", join(directory.path, "data"));
  await remoteWrite(`${peer.url}/api/v1/write`, set);
  return engineAt(peer, directory);
}

const pointSchema = z
  .tuple([z.number(), z.string()])
  .transform(([seconds, value]) => [Math.round(seconds * 1000), parseValue(value)] as const);
const labelsSchema = z.record(z.string(), z.string());
const answerSchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("error"), error: z.string() }),
  z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.object({ resultType: z.literal("scalar"), result: pointSchema }),
      z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: labelsSchema, value: pointSchema })) }),
      z.object({
        resultType: z.literal("matrix"),
        result: z.array(z.object({ metric: labelsSchema, values: z.array(pointSchema) })),
      }),
    ]),
  }),
]);

/** As Go prints floats. */
function parseValue(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

/** Asks a server by Prometheus's API; ends it and removes its directory at the end. */
function engineAt(server: Running, directory: DisposableTempDir): Engine {
  return {
    async ask({ expr, startMs, range }) {
      const seconds = (ms: number): string => String(ms / 1000);
      const parameters: Record<string, string> =
        range === null
          ? { query: expr, time: seconds(startMs) }
          : {
              query: expr,
              start: seconds(startMs),
              end: seconds(startMs + (range.count - 1) * range.stepMs),
              step: seconds(range.stepMs),
            };
      const body = new URLSearchParams(parameters);
      const response = await fetch(`${server.url}/api/v1/query${range === null ? "" : "_range"}`, { method: "POST", body });
      const answer = answerSchema.parse(await response.json());
      if (answer.status === "error") return { error: answer.error };
      const { data } = answer;
      if (data.resultType === "scalar") return { series: [{ labels: {}, points: [data.result] }] };
      if (data.resultType === "vector") {
        return { series: data.result.map(({ metric, value }) => ({ labels: metric, points: [value] })) };
      }
      return { series: data.result.map(({ metric, values }) => ({ labels: metric, points: values })) };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory.remove();
    },
  };
}
