/** The series that a target's scrapes make of themselves: `up` and the others of `metrics.ts`. */
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import type { IntakeSink } from "../sink.ts";
import type { ScrapeJob } from "./job.ts";
import { extraReportSeries, reportSeries } from "./metrics.ts";
import type { ScrapeSamples } from "./scrape-samples.ts";
import type { Target } from "./target.ts";

/** What one scrape has come to. */
export interface ScrapeReport {
  readonly isUp: boolean;
  readonly durationSeconds: number;
  readonly scraped: number;
  readonly kept: number;
  readonly added: number;
  /** 0 where there was no answer. */
  readonly bodyBytes: number;
}

export class ReportSeries {
  readonly #job: ScrapeJob;
  readonly #target: Target;
  /** By metric; those that the store refuses are left out, and asked for again with the next scrape. */
  readonly #refs = new Map<string, SeriesRef>();

  constructor(job: ScrapeJob, target: Target) {
    this.#job = job;
    this.#target = target;
  }

  /** Their numbers, as far as the store has given them. */
  get refs(): readonly SeriesRef[] {
    return [...this.#refs.values()];
  }

  async write(report: ScrapeReport, timeMs: number, sink: IntakeSink, samples: ScrapeSamples): Promise<void> {
    const values = this.#valuesOf(report);
    const missing = [...values.keys()].filter((metric) => !this.#refs.has(metric));
    const found = missing.length === 0 ? [] : await sink.resolve(missing.map((metric) => this.#labelsOf(metric)));
    for (const [index, ref] of found.entries()) if (typeof ref === "number") this.#refs.set(missing[index] ?? "", ref);
    for (const [metric, value] of values) {
      const ref = this.#refs.get(metric);
      if (ref !== undefined) samples.add(ref, timeMs, value);
    }
  }

  #valuesOf(report: ScrapeReport): ReadonlyMap<string, number> {
    const { up, duration, scraped, kept, added } = reportSeries;
    const { timeout, sampleLimit, bodyBytes } = extraReportSeries;
    const extra = [
      [timeout.metric, this.#target.timeoutMs / 1000],
      [sampleLimit.metric, this.#job.sampleLimit],
      [bodyBytes.metric, report.bodyBytes],
    ] as const;
    return new Map([
      [up.metric, report.isUp ? 1 : 0],
      [duration.metric, report.durationSeconds],
      [scraped.metric, report.scraped],
      [kept.metric, report.kept],
      [added.metric, report.added],
      ...(this.#job.extraSeries ? extra : []),
    ]);
  }

  #labelsOf(metric: string): Labels {
    const labels = Object.entries({ ...this.#target.labels, [metricNameLabel]: metric });
    return Object.fromEntries(labels.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
