/** `chainpulse store stats`: what takes how much space, how far back it reaches, who has the most series. */
import type { CountOf } from "../core/storage.ts";
import { systemClock } from "../core/clock.ts";
import { escapeText } from "../io/log-format.ts";
import { telemetryKinds } from "../store/beside/telemetry-files.ts";
import { countSamples } from "../store/operations/count-samples.ts";
import { bytesOnDisk } from "../store/partition/partition-files.ts";
import { openReader } from "../store/reader.ts";
import { type DiskSurvey, Retention } from "../store/retention.ts";
import { listStoreFiles, type StoreFile } from "../store/operations/store-files.ts";
import { tiers } from "../store/tier/tiers.ts";
import { exitCodes, type Output } from "./command.ts";
import { formatTable, printJson } from "./output.ts";
import {
  countText,
  percentOf,
  requireDataDir,
  sizeText,
  type StoreJob,
  storeLogger,
  timeText,
  withProgress,
} from "./store-job.ts";

/** Metrics in the list of those with the most series. */
const listedMetrics = 10;
const day = 86_400_000;

interface StoreReport {
  readonly dataDir: string;
  /** Of what `maxBytes` is about. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** When the oldest data begins to go for its size, ms; `null` where that cannot be told, or is never. */
  readonly fullAtMs: number | null;
  readonly kinds: readonly KindReport[];
  /** Raw ones. */
  readonly samples: number;
  /** Damaged blocks and files, whose samples are not counted. */
  readonly unreadable: number;
  /** `bytes` by raw samples; `null` without samples. */
  readonly bytesPerSample: number | null;
  readonly series: number;
  readonly seriesByMetric: readonly CountOf[];
  /** Files that were set aside, because they are damaged or lie after a time set back. */
  readonly quarantined: readonly string[];
}

interface KindReport {
  /** `traces`, `logs`, a tier's name, `received`, `raw`, `state`, `catalogue`. */
  readonly kind: string;
  readonly files: number;
  readonly bytes: number;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

export async function storeStats(job: StoreJob): Promise<number> {
  requireDataDir(job);
  const report = await withProgress(job.context.stderr, (progress) => measure(job, percentOf(progress, "counted")));
  if (job.options.json === true) printJson(job.context.stdout, report);
  else printReport(job.context.stdout, report);
  return exitCodes.ok;
}

function measure(job: StoreJob, progress: (done: number, total: number) => void): StoreReport {
  const { context, config, dataDir } = job;
  const { retention_period_days: days, storage } = config;
  const logger = storeLogger(context);
  const survey = new Retention({
    dataDir,
    clock: systemClock,
    logger,
    retentionMs: days * day,
    tierRetentionMs: new Map(),
    maxBytes: storage.max_bytes,
  }).survey(systemClock.nowMs());
  const reader = openReader({ dataDir, logger });
  try {
    const { series, seriesByMetric } = reader.cardinality(listedMetrics);
    const { samples, unreadable } = countSamples(dataDir, progress);
    const files = listStoreFiles(dataDir);
    // Not that of all files: spans, log records and events have bounds of their own.
    const { bytes } = survey;
    return {
      dataDir,
      bytes,
      maxBytes: survey.maxBytes,
      fullAtMs: survey.fullAtMs,
      kinds: kindsOf(files, survey, reader.latestMs()),
      samples,
      unreadable,
      bytesPerSample: samples === 0 ? null : bytes / samples,
      series,
      seriesByMetric,
      quarantined: survey.quarantined,
    };
  } finally {
    reader.close();
  }
}

function kindsOf(files: readonly StoreFile[], survey: DiskSurvey, latestMs: number | null): KindReport[] {
  const times = new Map<string, Pick<KindReport, "oldestMs" | "newestMs">>([
    ["raw", { oldestMs: survey.oldestMs, newestMs: latestMs }],
  ]);
  for (const telemetry of telemetryKinds) {
    times.set(telemetry, { oldestMs: files.find(({ kind }) => kind === telemetry)?.startMs ?? null, newestMs: null });
  }
  for (const { name, stepMs } of tiers) {
    const tier = survey.tiers.find((one) => one.stepMs === stepMs);
    if (tier !== undefined) times.set(name, { oldestMs: tier.oldestMs, newestMs: tier.builtToMs });
  }
  return Array.from(Map.groupBy(files, kindName), ([kind, members]) => ({
    kind,
    files: members.length,
    bytes: bytesOf(members),
    ...(times.get(kind) ?? { oldestMs: null, newestMs: null }),
  }));
}

/** A tier by its name, as in `tiers/1m/20261125T000000.000Z.db`. */
function kindName({ kind, name }: StoreFile): string {
  if (kind === "samples") return "raw";
  return kind === "tier" ? (name.split(/[/\\]/)[1] ?? kind) : kind;
}

function bytesOf(files: readonly StoreFile[]): number {
  return files.reduce((sum, { path }) => sum + bytesOnDisk(path), 0);
}

function printReport(output: Output, report: StoreReport): void {
  const { dataDir, bytes, maxBytes, fullAtMs, kinds, samples, bytesPerSample, unreadable, series } = report;
  const full = fullAtMs === null ? "" : `; at the present growth full on ${timeText(fullAtMs, "").slice(0, 10)}`;
  output.write(`${escapeText(dataDir)}: ${sizeText(bytes)} of ${sizeText(maxBytes)}${full}\n`);
  const each = bytesPerSample === null ? "" : `, ${bytesPerSample.toFixed(2)} bytes each`;
  output.write(`${countText(samples)} samples of ${countText(series)} series${each}\n`);
  if (unreadable > 0) output.write(`${unreadable} damaged blocks or files are not counted: see chainpulse store verify\n`);
  const rows = kinds.map(({ kind, files, bytes: size, oldestMs, newestMs }) => [
    kind,
    String(files),
    sizeText(size),
    timeText(oldestMs, ""),
    timeText(newestMs, ""),
  ]);
  output.write(`\n${formatTable([["KIND", "FILES", "SIZE", "OLDEST", "NEWEST"], ...rows])}`);
  const metrics = report.seriesByMetric.map(({ name, count }) => [name, countText(count)]);
  if (metrics.length > 0) output.write(`\n${formatTable([["METRICS WITH THE MOST SERIES", "SERIES"], ...metrics])}`);
  for (const path of report.quarantined) output.write(`set aside: ${escapeText(path)}\n`);
}
