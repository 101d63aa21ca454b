/** What it costs a receiver to take samples in, until it has ended; every sample must be there when it has started again. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { processCost } from "./process-cost.ts";
import type { Running } from "./running.ts";

/** Starts a receiver with its data in this directory. */
export type Start = (directory: string) => Promise<Running>;

/** What is sent to a receiver at this address. */
export interface Sending {
  readonly send: (url: string) => Promise<void>;
  readonly samples: number;
  /** Of these metrics. */
  readonly metrics: Iterable<string>;
  /** The newest sample is from before. */
  readonly endMs: number;
}

export interface IngestCost {
  /** CPU seconds of user and system from the first request to the last answer. */
  readonly ingest: number;
  /** The same to the end of the process: what it writes at a stop is in there. */
  readonly all: number;
  readonly wall: number;
  readonly rssMb: number;
}

export const countSchema = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

export async function ingestCost(start: Start, sending: Sending): Promise<IngestCost> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-ingest-"));
  const data = join(directory.path, "receiver");
  mkdirSync(data);
  const endedBefore = endedChildrenSeconds();
  await using receiver = await start(data);
  const before = processCost(receiver.pid).cpuSeconds;
  const startedMs = performance.now();
  await sending.send(receiver.url);
  const wall = (performance.now() - startedMs) / 1000;
  const cost = processCost(receiver.pid);
  const ingest = cost.cpuSeconds - before;
  await receiver[Symbol.asyncDispose]();
  const all = endedChildrenSeconds() - endedBefore - before;
  await using again = await start(data);
  assert.equal(await storedSamples(again, sending), sending.samples, "every sample is there after a restart");
  return { ingest, all, wall, rssMb: cost.rssBytes / 1e6 };
}

async function storedSamples({ url }: Running, { metrics, endMs }: Sending): Promise<number> {
  const time = String(endMs / 1000);
  let sum = 0;
  for (const metric of new Set(metrics)) {
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
