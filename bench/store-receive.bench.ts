/**
 * What storing received samples costs, from `receive` to merged blocks and their tiers: many series with one sample each a second, as
 * agents send, and few series with a thousand each, as a sender catches up. Acknowledged means: `receive` and `sync` have returned.
 * Upkeep is measured step by step, in CPU time of its thread: what a tick may have to wait for.
 *
 *   npm run bench -- store-receive [--series 200000] [--seconds 60] [--only perSecond|catchingUp] [--no-tiers]
 */
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ReceivedSamples, SampleWriter } from "../src/core/storage.ts";
import { openWriter } from "../src/store/writer.ts";
import { benchLogger } from "./support/bench-logger.ts";
import { report, round } from "./support/report.ts";
import { diskUsage } from "./support/store-disk.ts";

const { values: options } = parseArgs({
  options: {
    series: { type: "string", default: "200000" },
    seconds: { type: "string", default: "60" },
    only: { type: "string" },
    tiers: { type: "boolean", default: true },
  },
  allowNegative: true,
});

interface Load {
  readonly series: number;
  readonly samplesPerSeries: number;
  readonly batches: number;
}

/** The beginning of a file of received samples, far enough back that all hours are over. */
const startMs = Date.UTC(2026, 0, 1);
const hourMs = 3_600_000;

/** A clock that the load turns: upkeep waits for time to pass, and measuring must not. */
const clock = {
  wallMs: startMs,
  steadyMs: 0,
  nowMs: () => clock.wallMs,
  monotonicMs: () => clock.steadyMs + performance.now(),
};

/** CPU of all threads, seconds: garbage is collected by others. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}

/** CPU of all threads for the whole, and what each single step took. */
class Stopwatch {
  cpu = 0;
  readonly wallMs: number[] = [];
  readonly threadCpuMs: number[] = [];

  /** Something that may have steps. */
  run<T>(work: () => T): T {
    const before = cpuSeconds();
    const result = work();
    this.cpu += cpuSeconds() - before;
    return result;
  }

  step<T>(work: () => T): T {
    const [cpuMs, beganMs] = [threadCpuMs(), performance.now()];
    const result = work();
    this.wallMs.push(performance.now() - beganMs);
    this.threadCpuMs.push(threadCpuMs() - cpuMs);
    return result;
  }
}

function percentile(values: readonly number[], share: number): number {
  return round(values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0);
}

/** A third constant, a third counters, a third fractions: like a machine's. */
function batchOf(refs: Uint32Array, { series, samplesPerSeries }: Load, batch: number): ReceivedSamples {
  const count = series * samplesPerSeries;
  const [all, timesMs, values] = [new Uint32Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0, s = 0; s < series; s++) {
    for (let k = 0; k < samplesPerSeries; k++, i++) {
      const second = batch * samplesPerSeries + k;
      all[i] = refs[s] ?? 0;
      timesMs[i] = startMs + 1000 * (second + 1);
      values[i] = s % 3 === 0 ? s : s % 3 === 1 ? 17 * second + ((second * s) % 7) : ((second * s) % 1000) / 100;
    }
  }
  return { count, refs: all, timesMs, values };
}

/** Without any time to spend, `maintain` takes one step. */
function upkeep(writer: SampleWriter, watch: Stopwatch): void {
  watch.run(() => {
    while (watch.step(() => writer.maintain(clock.wallMs, 0)));
  });
}

function measure(name: string, load: Load): Readonly<Record<string, unknown>> {
  console.error(`${name}: ${load.series} series × ${load.samplesPerSeries} samples, ${load.batches} times …`);
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-bench-receive-"));
  [clock.wallMs, clock.steadyMs] = [startMs, 0];
  const writer = openWriter({
    dataDir: directory.path,
    clock,
    logger: benchLogger,
    retentionDays: 10_000,
    maxBytes: 2 ** 40,
    maxSeriesPerNode: 1_000_000,
  });
  const refs = Uint32Array.from({ length: load.series }, (_, i) => writer.resolve({ __name__: `m${i % 100}`, i: String(i) }));
  writer.sync();
  const [receiving, acknowledged] = [new Stopwatch(), new Stopwatch()];
  const [sealing, merging, tiers] = [new Stopwatch(), new Stopwatch(), new Stopwatch()];
  for (let batch = 0; batch < load.batches; batch++) {
    const samples = batchOf(refs, load, batch);
    clock.wallMs = startMs + 1000 * (batch + 1) * load.samplesPerSeries;
    acknowledged.step(() => {
      receiving.run(() => writer.receive(samples));
      writer.sync();
    });
    upkeep(writer, sealing);
  }
  // The last ones are sealed for their age.
  clock.steadyMs += hourMs;
  upkeep(writer, sealing);
  const unmerged = diskUsage(directory.path).bytes;
  // The hours are over, the file's time is not: nothing is summarised yet.
  clock.wallMs = startMs + 5 * hourMs;
  clock.steadyMs += hourMs;
  upkeep(writer, merging);
  clock.wallMs = startMs + 8 * hourMs;
  clock.steadyMs += hourMs;
  if (options.tiers) upkeep(writer, tiers);
  writer.close();
  const samples = load.series * load.samplesPerSeries * load.batches;
  const cpu = receiving.cpu + sealing.cpu + merging.cpu;
  const nanoseconds = (watch: Stopwatch): number => round((watch.cpu / samples) * 1e9);
  const steps = [sealing, merging, tiers].flatMap((watch) => watch.threadCpuMs);
  return {
    samples,
    samplesPerCpuSecond: round(samples / cpu),
    receiveNanoseconds: nanoseconds(receiving),
    sealNanoseconds: nanoseconds(sealing),
    mergeNanoseconds: nanoseconds(merging),
    tierNanoseconds: nanoseconds(tiers),
    acknowledgedMsP50: percentile(acknowledged.wallMs, 0.5),
    acknowledgedMsP99: percentile(acknowledged.wallMs, 0.99),
    upkeepStepCpuMsP99: percentile(steps, 0.99),
    sealStepCpuMsMax: percentile(sealing.threadCpuMs, 1),
    mergeStepCpuMsMax: percentile(merging.threadCpuMs, 1),
    tierStepCpuMsMax: percentile(tiers.threadCpuMs, 1),
    bytesPerSampleUnmerged: round(unmerged / samples),
    bytesPerSample: round(diskUsage(directory.path).bytes / samples),
  };
}

const series = Number(options.series);
const seconds = Number(options.seconds);
const loads: Readonly<Record<string, Load>> = {
  perSecond: { series, samplesPerSeries: 1, batches: seconds },
  catchingUp: { series: 1000, samplesPerSeries: 1000, batches: 10 },
};
const measured = Object.entries(loads)
  .filter(([name]) => options.only === undefined || name === options.only)
  .map(([name, load]) => [name, measure(name, load)] as const);
report("store-receive", {
  ...Object.fromEntries(measured),
  peer: null,
  peerReason: "the whole way in, with the peers beside it, is what the bench ingest measures",
});
