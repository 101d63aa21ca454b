/**
 * The store of spans. Ingest: requests of several thousand spans through the whole product, each answered once its spans are on the disk; CPU
 * is user and system time of the process over all its threads. Search: 5 million spans on the disk, made anew or kept from the last run
 * (`--dir`); each kind of search in a process of its own that has read nothing before, while the kernel has the files in its cache or, with
 * `--cold`, has not. Columns: one trace of 100,000 spans. How fast a browser draws it is in `trace-view`.
 *
 *   npm run bench -- traces [--spans 5000000] [--dir DIR] [--cold] [--rounds 3]
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { encodeSpans } from "../src/collect/forward/spans/span-message.ts";
import { telemetrySchema } from "../src/core/config-telemetry.ts";
import type { Span } from "../src/core/span.ts";
import { openTelemetryStore } from "../src/store/beside/telemetry-store.ts";
import { benchLogger } from "./support/bench-logger.ts";
import { jsonOf } from "./support/json-child.ts";
import { dropFromCache } from "./support/page-cache.ts";
import { processCost } from "./support/process-cost.ts";
import { report, round } from "./support/report.ts";
import { serveDirectory } from "./support/running.ts";
import { diskUsage } from "./support/store-disk.ts";
import { tracesCorpus } from "./support/trace-corpus.ts";
import type { ColumnsTime, SearchTime, SearchWish } from "./support/trace-search-child.ts";
import { type SampleSpan, sampleOf, searchKinds } from "./support/trace-searches.ts";

const { values: options } = parseArgs({
  options: {
    spans: { type: "string", default: "5000000" },
    dir: { type: "string" },
    cold: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
  },
});

/** The gates of issue 7, and the ambition. */
const gates = { spansPerCpuSecond: 20_000, searchP95Ms: 100 } as const;
const ambitions = { spansPerCpuSecond: 50_000 } as const;

const hourMs = 3_600_000;
const searchesPerKind = 12;
const ingestSpans = 200_000;
const largeTraceSpans = 100_000;
const child = new URL("./support/trace-search-child.ts", import.meta.url);

/** What a kept directory must have been made of. */
const plan = { version: 1, spans: Number(options.spans), seed: 7, startMs: Date.UTC(2026, 0, 1), hours: 6 };
const nsOf = (ms: number): bigint => BigInt(ms) * 1_000_000n;
console.error(`seed ${plan.seed}, ${plan.spans} spans`);

interface Built {
  readonly plan: typeof plan;
  /** Spans from all over the corpus. */
  readonly samples: readonly SampleSpan[];
}

/** Makes the store, unless it is there. The plan is written last: a directory without it is not whole. */
function build(directory: string): Built {
  const planPath = join(directory, "plan.json");
  if (existsSync(planPath)) {
    // This benchmark has written it.
    const kept = JSON.parse(readFileSync(planPath, "utf8")) as Built;
    assert.ok(isDeepStrictEqual(kept.plan, plan), `${directory} was made by another plan: remove it`);
    return kept;
  }
  mkdirSync(directory, { recursive: true });
  const samples: SampleSpan[] = [];
  const { startMs, hours, spans, seed } = plan;
  const corpus = { spans, seed, startNs: nsOf(startMs), lengthNs: nsOf(hours * hourMs) };
  let stored = 0;
  store(join(directory, "data"), tracesCorpus(corpus), (request) => {
    const before = stored;
    stored += request.length;
    const [sample] = request.filter(({ attributes }) => "tx.hash" in attributes);
    const isDue = Math.floor((before / spans) * searchesPerKind) < Math.floor((stored / spans) * searchesPerKind);
    if (isDue && sample !== undefined) samples.push(sampleOf(sample));
    if (Math.floor(before / 500_000) < Math.floor(stored / 500_000)) console.error(`${stored} spans stored`);
    return startMs + (stored / spans) * hours * hourMs;
  });
  const built = { plan, samples };
  writeFileSync(planPath, JSON.stringify(built));
  return built;
}

/** `timeOf`: when a request comes, ms since the epoch. */
function store(dataDir: string, requests: Iterable<readonly Span[]>, timeOf: (request: readonly Span[]) => number): void {
  let nowMs = plan.startMs;
  const telemetry = openTelemetryStore({
    dataDir,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: benchLogger,
    limits: telemetrySchema.parse({ traces: { max_bytes: 4_294_967_296 } }),
  });
  for (const request of requests) {
    nowMs = timeOf(request);
    telemetry.addSpans(request);
  }
  telemetry.close();
}

interface KindFigures {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly meanCpuMs: number;
  readonly found: number;
  readonly shortPages: number;
}

/** `p`: from 0 to 1, nearest rank. */
function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

function figuresOf(times: readonly SearchTime[]): KindFigures {
  const ms = times.map((time) => time.ms);
  return {
    p50Ms: round(quantile(ms, 0.5)),
    p95Ms: round(quantile(ms, 0.95)),
    maxMs: round(Math.max(...ms)),
    meanCpuMs: round(times.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / times.length),
    found: times.reduce((sum, { found }) => sum + found, 0),
    shortPages: times.filter(({ isShort }) => isShort).length,
  };
}

async function searches(directory: string, { samples }: Built): Promise<Record<string, unknown>> {
  const range = { fromNs: String(nsOf(plan.startMs - hourMs)), toNs: String(nsOf(plan.startMs + 2 * plan.hours * hourMs)) };
  const kinds: Record<string, KindFigures> = {};
  const all: number[] = [];
  for (const [kind, conditionsFor] of Object.entries(searchKinds)) {
    const wishes = samples.map((sample) => ({ ...range, ...conditionsFor(sample) }) satisfies SearchWish);
    if (options.cold) dropFromCache(directory);
    // The child is a file of this benchmark.
    const times = (await jsonOf(child, [join(directory, "data"), "search", JSON.stringify(wishes)])) as readonly SearchTime[];
    kinds[kind] = figuresOf(times);
    for (const { ms } of times) all.push(ms);
    console.error(`${kind}: ${JSON.stringify(kinds[kind])}`);
  }
  return { kinds, p50Ms: round(quantile(all, 0.5)), p95Ms: round(quantile(all, 0.95)), maxMs: round(Math.max(...all)) };
}

async function columns(): Promise<Record<string, unknown>> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-columns-"));
  const corpus = { spans: largeTraceSpans, seed: plan.seed, startNs: nsOf(plan.startMs), lengthNs: nsOf(60_000) };
  const traceId = "5a".repeat(16);
  const oneTrace = tracesCorpus(corpus).map((request) => request.map((span) => ({ ...span, traceId })));
  store(directory.path, oneTrace, () => plan.startMs);
  // The child is a file of this benchmark.
  const [first, ...again] = (await jsonOf(child, [directory.path, "columns", traceId])) as readonly ColumnsTime[];
  const leastMs = Math.min(...again.map(({ ms }) => ms));
  return { spans: largeTraceSpans, firstMs: round(first?.ms ?? Number.NaN), againMs: round(leastMs), bytes: first?.bytes };
}

/** Spans per second of CPU time. */
async function ingest(bodies: readonly Uint8Array<ArrayBuffer>[], spans: number): Promise<number> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-traces-"));
  await using running = await serveDirectory(directory.path);
  const post = async (body: Uint8Array<ArrayBuffer>): Promise<void> => {
    const headers = { "content-type": "application/x-protobuf" };
    const answer = await fetch(`${running.url}/v1/traces`, { method: "POST", headers, body });
    const text = await answer.text();
    assert.ok(answer.ok, text);
  };
  const before = processCost(running.pid).cpuSeconds;
  for (const body of bodies) await post(body);
  return spans / (processCost(running.pid).cpuSeconds - before);
}

async function ingestFigures(): Promise<Record<string, unknown>> {
  const corpus = { spans: ingestSpans, seed: plan.seed, startNs: nsOf(Date.now() - hourMs), lengthNs: nsOf(hourMs) };
  const bodies = Array.from(tracesCorpus(corpus), encodeSpans);
  const runs: number[] = [];
  for (let turn = 0; turn < Number(options.rounds); turn++) {
    runs.push(Math.round(await ingest(bodies, ingestSpans)));
    console.error(`ingest: ${runs.at(-1)} spans per CPU-second`);
  }
  return {
    spans: ingestSpans,
    requests: bodies.length,
    bytesPerSpan: round(bodies.reduce((sum, { length }) => sum + length, 0) / ingestSpans),
    spansPerCpuSecond: quantile(runs, 0.5),
  };
}

using temporary = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-search-"));
const directory = options.dir ?? temporary.path;
const ingested = await ingestFigures();
const drawn = await columns();
const built = build(directory);
const found = await searches(directory, built);
report("traces", {
  gates,
  ambitions,
  ingest: ingested,
  search: { spans: plan.spans, kernelCache: options.cold ? "cold at the first search of each kind" : "warm", ...found },
  diskBytesPerSpan: round(diskUsage(join(directory, "data")).bytes / plan.spans),
  columns: drawn,
  peer: null,
  reason: "Debian 12 has no package of Jaeger, Tempo or Zipkin",
});
