/**
 * What samples take on the disk and what storing them costs: an hour of node_exporter and an hour of ChainPulse's own, tick by tick
 * through the writer with its default options, beside VictoriaMetrics and Prometheus, which get the same samples by remote write.
 * Every sample is read back and compared by its bits.
 *
 *   npm run bench -- store [--own DIR] [--no-peers] [--series 1500]
 */
import assert from "node:assert/strict";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseArgs } from "node:util";
import { formatLabels, labelsKey } from "../src/core/labels.ts";
import { openReader } from "../src/store/reader.ts";
import { benchLogger } from "./support/bench-logger.ts";
import { report, round } from "./support/report.ts";
import { diskUsage } from "./support/store-disk.ts";
import { roundedCost, StoreFeeder } from "./support/store-feeder.ts";
import { type Input, ownHour, recordedHour } from "./support/store-input.ts";
import { type PeerFigures, prometheus, victoriaMetrics } from "./support/store-peers.ts";
import { type SampleSet, type Tick, ticksOf, wordsOf } from "./support/store-samples.ts";
import { SyntheticSeries } from "./support/store-synthetic.ts";

const { values: options } = parseArgs({
  options: {
    own: { type: "string" },
    "no-peers": { type: "boolean", default: false },
    series: { type: "string", default: "1500" },
  },
});

type Figures = Readonly<Record<string, unknown>>;

const dayMs = 86_400_000;
/** Of the synthetic series: an hour. */
const syntheticTicks = 3600;
const syntheticStartMs = Date.UTC(2026, 0, 1);
const scans = 5;

/** Feeds an empty store. `all` is the CPU of the whole process for it, without what making the ticks takes. */
async function feed(feeder: StoreFeeder, ticks: () => Iterable<Tick>): Promise<Figures> {
  const making = process.cpuUsage();
  for (const _ of ticks()) await setImmediate();
  const makingSeconds = cpuSeconds(process.cpuUsage(making));
  const feeding = process.cpuUsage();
  await feeder.feed(ticks());
  feeder.close();
  const all = cpuSeconds(process.cpuUsage(feeding)) - makingSeconds;
  const { append, upkeep, closing } = feeder.takeCost();
  const perCpuSecond = (cpuSeconds: number): number => round(feeder.samples / cpuSeconds);
  return {
    appendSamplesPerCpuSecond: perCpuSecond(append.cpuSeconds),
    upkeepSamplesPerCpuSecond: perCpuSecond(upkeep.cpuSeconds + closing.cpuSeconds),
    allSamplesPerCpuSecond: perCpuSecond(all),
    allCpuSeconds: round(all),
    append: roundedCost(append),
    upkeep: roundedCost(upkeep),
    closeMs: round(closing.longestMs),
  };
}

function cpuSeconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

/** Stores the set and reads it back. */
async function ours(set: SampleSet): Promise<Figures> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-store-"));
  const dataDir = directory.path;
  const labels = set.series.map((column) => column.labels);
  const cost = await feed(new StoreFeeder({ dataDir, labels, startMs: set.firstMs }), () => ticksOf(set));
  const { bytes, apparentBytes, parts } = diskUsage(dataDir);
  verify(dataDir, set);
  const scanCpuSeconds = median(Array.from({ length: scans }, () => scan(dataDir, set)));
  return {
    bytes,
    apparentBytes,
    parts,
    bytesPerSample: round(bytes / set.samples),
    ...cost,
    scanSamplesPerCpuSecond: round(set.samples / scanCpuSeconds),
    afterADay: afterADay(dataDir, set),
    samplesVerified: set.samples,
  };
}

/** The same directory when the data's day is over, and what is built of whole days has been built. */
function afterADay(dataDir: string, set: SampleSet): Figures {
  const nextDayMs = set.lastMs + dayMs + dayMs / 24;
  const feeder = new StoreFeeder({ dataDir, labels: [], startMs: nextDayMs });
  feeder.restUntil(nextDayMs);
  feeder.close();
  const { upkeep } = feeder.takeCost();
  const { bytes, parts } = diskUsage(dataDir);
  verify(dataDir, set);
  return {
    bytes,
    parts,
    bytesPerSample: round(bytes / set.samples),
    upkeepCpuSeconds: round(upkeep.cpuSeconds),
    longestSliceMs: round(upkeep.longestMs),
  };
}

/** Everything that is stored is what was put in, bit by bit, and nothing else. */
function verify(dataDir: string, set: SampleSet): void {
  const reader = openReader({ dataDir, logger: benchLogger });
  const stored = new Map(reader.select([], -1, Number.MAX_SAFE_INTEGER).map((series) => [labelsKey(series.labels), series]));
  reader.close();
  assert.equal(stored.size, set.series.length, "as many series as were put in");
  for (const { labels, timestampsMs, values } of set.series) {
    const found = stored.get(labelsKey(labels));
    assert.ok(found !== undefined, `${formatLabels(labels)} is there`);
    assert.ok(sameBits(found.timestampsMs, timestampsMs), `the times of ${formatLabels(labels)} are those put in`);
    assert.ok(sameBits(found.values, values), `the values of ${formatLabels(labels)} are those put in`);
  }
}

function sameBits(a: Float64Array, b: Float64Array): boolean {
  const [wordsA, wordsB] = [wordsOf(a), wordsOf(b)];
  return wordsA.length === wordsB.length && wordsA.every((word, i) => word === wordsB[i]);
}

/** CPU seconds to read everything with a reader that has not read anything before. */
function scan(dataDir: string, set: SampleSet): number {
  const reader = openReader({ dataDir, logger: benchLogger });
  const before = process.cpuUsage();
  const series = reader.select([], -1, Number.MAX_SAFE_INTEGER);
  const seconds = cpuSeconds(process.cpuUsage(before));
  reader.close();
  assert.equal(
    series.reduce((sum, { values }) => sum + values.length, 0),
    set.samples,
  );
  return seconds;
}

async function synthetic(count: number): Promise<Figures> {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-store-"));
  const { labels } = new SyntheticSeries(count);
  const feeder = new StoreFeeder({ dataDir: directory.path, labels, startMs: syntheticStartMs });
  const figures = await feed(feeder, () => new SyntheticSeries(count).ticks(syntheticStartMs, syntheticTicks));
  return { series: count, ticks: syntheticTicks, ...figures };
}

async function compare(name: string, set: Input): Promise<Figures> {
  if ("skipped" in set) return set;
  console.error(`${name}: ${set.series.length} series, ${set.samples} samples; storing …`);
  const chainpulse = await ours(set);
  const peers: Record<string, PeerFigures> = {};
  for (const [peer, run] of Object.entries({ victoriaMetrics, prometheus })) {
    if (options["no-peers"]) {
      peers[peer] = { peer: null, reason: "--no-peers" };
      continue;
    }
    console.error(`${name}: ${peer} …`);
    peers[peer] = await run(set);
  }
  return { series: set.series.length, samples: set.samples, chainpulse, ...peers, ratios: ratios(chainpulse, peers) };
}

/** Our bytes per sample to each peer's; `null` where the peer is not there. VictoriaMetrics' caches are no part of its data. */
function ratios(own: Figures, peers: Readonly<Record<string, PeerFigures>>): Figures {
  const bytes = (figures: Figures | undefined, field: string): number => Number(figures?.[field] ?? Number.NaN);
  const ratio = (peer: string, field: string): number | null => {
    const value = round(bytes(own, "bytesPerSample") / bytes({ ...peers[peer] }, field));
    return Number.isNaN(value) ? null : value;
  };
  return {
    bytesToVictoriaMetrics: ratio("victoriaMetrics", "bytesPerSampleWithoutCaches"),
    bytesToPrometheus: ratio("prometheus", "bytesPerSample"),
    bytesToPrometheusBlocks: ratio("prometheus", "blockBytesPerSample"),
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

const seriesCount = Number(options.series);
console.error(`${seriesCount} synthetic series, ${syntheticTicks} ticks …`);
const syntheticFigures = await synthetic(seriesCount);
report("store", {
  synthetic: syntheticFigures,
  recordedHour: await compare("recorded hour", recordedHour()),
  ownHour: await compare("own hour", ownHour(options.own)),
});
