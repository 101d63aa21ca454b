/**
 * One scrape: ask, read, store, and say how it went. A scrape succeeds or fails as a whole, and a failed one ends the target's series.
 * Source: Prometheus 3 scrape/scrape.go, `scrapeAndReport`, `scrapeLoopAppender.append`, `endOfRunStaleness`.
 */
import type { Clock } from "../../../core/clock.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import type { ByteBudget } from "../../../io/byte-budget.ts";
import { readMetadataLines } from "../../../io/openmetrics/metadata-lines.ts";
import { readSeriesKey } from "../../../io/openmetrics/series-key.ts";
import type { ScrapeClient } from "../../../io/scrape-client.ts";
import type { DoorTally } from "../door.ts";
import { tooLong } from "../label-length.ts";
import type { IntakeSink, RefusedSeries } from "../sink.ts";
import type { TargetHealth, TargetStatus } from "./api.ts";
import { NewExemplars } from "./new-exemplars.ts";
import { hardLimits, type ScrapeJob } from "./job.ts";
import { entryState, KnownSeries } from "./known-series.ts";
import { nameSeries } from "./name-series.ts";
import { readBody } from "./read-body.ts";
import { ReportSeries, type ScrapeReport } from "./report-series.ts";
import { acceptHeader, formatOf, type ScrapeFormat } from "./scrape-format.ts";
import { ScrapeReading } from "./scrape-reading.ts";
import { ScrapeSamples } from "./scrape-samples.ts";
import type { Target } from "./target.ts";
import { aliveSeries, commentsSince, endMissing, numberedSeries, offerAgain, withoutOld } from "./walk-known.ts";

/** Counts for the metrics of what comes in. */
export interface ScrapeTally extends DoorTally {
  /** A target has answered so many bytes, uncompressed. */
  answered(bytes: number): void;
}

/** What all targets have in common. */
export interface ScrapeWorld {
  readonly sink: IntakeSink;
  readonly clock: Clock;
  readonly tally: ScrapeTally;
  readonly budget: ByteBudget;
  readonly userAgent: string;
  /** Takes what is said of metrics that was not said before; the same for exemplars. */
  readonly noteMetadata: (metadata: readonly MetricMetadata[]) => void;
  readonly noteExemplars: (exemplars: readonly SeriesExemplars[]) => void;
}

export interface ScrapedTargetOptions extends ScrapeWorld {
  readonly job: ScrapeJob;
  readonly target: Target;
  readonly client: ScrapeClient;
  /** Why none of the job's targets may be scraped; `null` where they may. */
  readonly refusal: () => string | null;
}

/** A series that has not been there for so many scrapes is forgotten. */
const scrapesKept = 3;
/** So often a series is offered again that the store has refused. */
const scrapesRefused = 32;

const refusedBecause = {
  series_limit: "the store takes no more",
  label_limit: tooLong.message,
  invalid: "their labels are none that a series can have",
} as const satisfies Record<RefusedSeries["reason"], string>;

interface Outcome {
  /** `null` where the scrape has failed. */
  readonly samples: ScrapeSamples | null;
  /** `null` where there was no answer. */
  readonly body: Uint8Array | null;
  readonly error: string;
}

export class ScrapedTarget {
  readonly target: Target;
  readonly #options: ScrapedTargetOptions;
  readonly #report: ReportSeries;
  readonly #exemplars = new NewExemplars();
  #known = new KnownSeries();
  #scrape = 0;
  /** Series that get no number, by why. */
  #refused = new Map<RefusedSeries["reason"], number>();
  #health: TargetHealth = "unknown";
  #error = "";
  #lastScrapeMs: number | null = null;
  #last: Omit<ScrapeReport, "isUp"> = { durationSeconds: 0, scraped: 0, kept: 0, added: 0, bodyBytes: 0 };
  #format: ScrapeFormat | "" = "";

  constructor(options: ScrapedTargetOptions) {
    this.target = options.target;
    this.#options = options;
    this.#report = new ReportSeries(options.job, options.target);
  }

  /** Scrapes once, at `timeMs`. Never rejects for what the target does; the sink's errors go up. Stores nothing once aborted. */
  async scrape(timeMs: number, signal: AbortSignal): Promise<void> {
    const startMs = this.#options.clock.monotonicMs();
    this.#scrape++;
    const reading = this.#reading();
    const outcome = await this.#read(reading, timeMs, signal);
    try {
      if (!signal.aborted) await this.#store(reading, outcome, { timeMs, startMs });
    } finally {
      this.#options.budget.give(outcome.body?.length ?? 0);
    }
  }

  get status(): TargetStatus {
    const { job, target } = this.#options;
    const { durationSeconds, scraped, kept, added, bodyBytes } = this.#last;
    const refused = Array.from(this.#refused, ([reason, count]) => `${count} series are not stored: ${refusedBecause[reason]}`);
    return {
      pool: job.name,
      url: target.url.href,
      labels: target.labels,
      discoveredLabels: target.discoveredLabels,
      health: this.#health,
      lastError: this.#error === "" ? refused.join("; ") : this.#error,
      lastScrapeMs: this.#lastScrapeMs,
      lastDurationSeconds: durationSeconds,
      intervalMs: target.intervalMs,
      timeoutMs: target.timeoutMs,
      samplesScraped: scraped,
      samplesKept: kept,
      seriesAdded: added,
      bodyBytes,
      seriesRefused: this.#refused.values().reduce((sum, count) => sum + count, 0),
      format: this.#format,
    };
  }

  /** What the target says of its metrics. */
  metadata(): readonly MetricMetadata[] {
    return readMetadataLines(commentsSince(this.#known, this.#scrape - 1));
  }

  /** Series that are alive, those of the scrapes themselves included. */
  alive(): readonly SeriesRef[] {
    return [...this.#report.refs, ...aliveSeries(this.#known)];
  }

  /** All series that it holds. */
  held(): readonly SeriesRef[] {
    return [...this.#report.refs, ...numberedSeries(this.#known)];
  }

  /** When the next scrape would have been: there its series end, when it is not scraped any more. `null` before the first. */
  get endMs(): number | null {
    return this.#lastScrapeMs === null ? null : this.#lastScrapeMs + this.target.intervalMs;
  }

  async #ask(signal: AbortSignal): Promise<{ readonly body: Uint8Array; readonly format: ScrapeFormat }> {
    const { job, target, client, budget, userAgent, refusal } = this.#options;
    const refused = refusal();
    if (refused !== null) throw new ChainPulseError("SCRAPE_FAILED", refused);
    const { body, contentType } = await client.get({
      url: target.url,
      headers: {
        accept: acceptHeader(job),
        "user-agent": userAgent,
        "x-prometheus-scrape-timeout-seconds": String(target.timeoutMs / 1000),
      },
      timeoutMs: target.timeoutMs,
      bytesMax: job.limits.bodyBytes,
      signal,
      budget,
    });
    return { body, format: formatOf(contentType, job) };
  }

  /** Asks, reads and numbers. Never rejects. The body's bytes are taken from the budget. */
  async #read(reading: ScrapeReading, timeMs: number, signal: AbortSignal): Promise<Outcome> {
    let body: Uint8Array | null = null;
    try {
      const answer = await this.#ask(signal);
      this.#format = answer.format;
      ({ body } = answer);
      this.#options.budget.take(body.length);
      this.#options.tally.answered(body.length);
      await readBody(body, answer.format, reading, this.#options);
      await this.#number(reading);
      return { samples: this.#collect(reading, timeMs), body, error: "" };
    } catch (error) {
      return { samples: null, body, error: error instanceof Error ? error.message : String(error) };
    }
  }

  #reading(): ScrapeReading {
    const { job, target } = this.#options;
    if (this.#refused.size > 0 && this.#scrape % scrapesRefused === 0) {
      offerAgain(this.#known);
      this.#refused.clear();
    }
    return new ScrapeReading({
      known: this.#known,
      scrape: this.#scrape,
      labelsOf: (key) => nameSeries(key, target.labels, job),
      samplesMax: job.limits.samples,
      newMax: hardLimits.samples,
      honorTimestamps: job.config.honor_timestamps,
      trackTimes: job.config.track_timestamps_staleness,
    });
  }

  async #store(
    reading: ScrapeReading,
    { samples: read, body, error }: Outcome,
    { timeMs, startMs }: { readonly timeMs: number; readonly startMs: number },
  ): Promise<void> {
    const { clock, sink } = this.#options;
    // What was read of a scrape that failed is not stored.
    const samples = read ?? new ScrapeSamples(this.#known.count + 16);
    for (const ref of endMissing(this.#known, read === null ? null : this.#scrape)) samples.addEnd(ref, timeMs);
    const report = {
      isUp: read !== null,
      durationSeconds: (clock.monotonicMs() - startMs) / 1000,
      scraped: reading.scraped,
      kept: reading.kept,
      added: reading.fresh.length,
      bodyBytes: body?.length ?? 0,
    };
    this.#note(timeMs, report, error);
    await this.#report.write(report, timeMs, sink, samples);
    await sink.store(samples.samples);
    this.#count(samples);
    if (read !== null && body !== null) this.#tellMore(reading, body, timeMs);
    this.#forget();
  }

  /** Numbers the series that are new. */
  async #number({ fresh }: ScrapeReading): Promise<void> {
    if (fresh.length === 0) return;
    const found = await this.#options.sink.resolve(fresh.map(({ labels }) => labels));
    for (const [index, { entry }] of fresh.entries()) {
      const ref = found[index];
      if (typeof ref === "number") this.#known.decide(entry, entryState.series, ref);
      else {
        this.#known.decide(entry, entryState.refused);
        const reason = ref?.reason ?? "series_limit";
        this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
      }
    }
  }

  /** Samples of numbered series at times that the store takes. */
  #collect(reading: ScrapeReading, timeMs: number): ScrapeSamples {
    const { sink, tally } = this.#options;
    const samples = new ScrapeSamples(reading.count + 16);
    const { known, entries, times, values } = reading;
    const oldestMs = sink.oldestAcceptedMs();
    const newestMs = sink.newestAcceptedMs();
    let tooOld = 0;
    let tooNew = 0;
    for (let i = 0; i < reading.count; i++) {
      const entry = entries[i] ?? 0;
      if (known.stateOf(entry) !== entryState.series) continue;
      const own = times[i] ?? 0;
      if (Number.isNaN(own)) samples.add(known.refOf(entry), timeMs, values[i] ?? 0);
      else if (own < oldestMs) tooOld++;
      else if (own > newestMs) tooNew++;
      else samples.add(known.refOf(entry), own, values[i] ?? 0);
    }
    for (const { entry, timeMs: own, histogram } of reading.histograms) {
      const at = Number.isNaN(own) ? timeMs : own;
      if (known.stateOf(entry) !== entryState.series) continue;
      if (at < oldestMs) tooOld++;
      else if (at > newestMs) tooNew++;
      else samples.addHistogram(known.refOf(entry), at, histogram);
    }
    if (tooOld > 0) tally.refused("too_old", tooOld);
    if (tooNew > 0) tally.refused("too_new", tooNew);
    return samples;
  }

  #count(stored: ScrapeSamples): void {
    const { tally } = this.#options;
    const { count, histograms = [] } = stored.samples;
    tally.received("samples", count + histograms.length);
    if (histograms.length > 0) tally.received("histograms", histograms.length);
    for (const [reason, count] of this.#refused) tally.refused(reason, count);
  }

  #note(timeMs: number, report: ScrapeReport, error: string): void {
    this.#lastScrapeMs = timeMs;
    this.#last = report;
    this.#health = error === "" ? "up" : "down";
    this.#error = error;
  }

  /** Metadata and exemplars that were not there before. */
  #tellMore(reading: ScrapeReading, body: Uint8Array, timeMs: number): void {
    if (reading.metadataChanged) this.#options.noteMetadata(this.metadata());
    if (reading.exemplars.length === 0) return;
    const { job, target } = this.#options;
    const { known } = reading;
    const exemplars = this.#exemplars.take(reading.exemplars, {
      body,
      isProtobuf: this.#format === "protobuf",
      timeMs,
      labelsOf: ({ entry, type }) => {
        if (known.stateOf(entry) !== entryState.series) return null;
        const key = known.keyOf(entry);
        return nameSeries(readSeriesKey(key, 0, key.length, type), target.labels, job);
      },
    });
    if (exemplars.length > 0) this.#options.noteExemplars(exemplars);
  }

  /** Lets go of what has not been there for a while, once it is the greater part. */
  #forget(): void {
    const left = withoutOld(this.#known, this.#scrape - scrapesKept);
    if (left === null) return;
    this.#known = left.kept;
    // Entries have other numbers now.
    this.#exemplars.clear();
    this.#options.sink.release(left.released);
  }
}
