/** All that is scraped: one pool per job, remade when its configuration changes. Lives in the intake thread. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../../core/clock.ts";
import type { ScrapeSection } from "../../../core/config-scrape.ts";
import { labelValue } from "../../../core/labels.ts";
import type { Logger } from "../../../core/logger.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import { version } from "../../../core/version.ts";
import { createByteBudget } from "../../../io/byte-budget.ts";
import { compileMatcher } from "../../../store/catalog/matcher.ts";
import type { IntakeSink } from "../sink.ts";
import type { ScrapeApi, TargetQuery, TargetStatus } from "./api.ts";
import { createGatheringSink } from "./gathering-sink.ts";
import { EndedTargets } from "./ended-targets.ts";
import { scrapeJobs } from "./job.ts";
import { MetadataNotes } from "./metadata-notes.ts";
import { extraReportSeries, reportSeries } from "./metrics.ts";
import { ScrapePool } from "./scrape-pool.ts";
import { shownDropped, shownTarget } from "./shown-target.ts";
import type { ScrapedTarget, ScrapeTally, ScrapeWorld } from "./scrape-target.ts";

export interface ScrapeServiceOptions {
  readonly sink: IntakeSink;
  /** Opened when it is first asked for. */
  readonly telemetry: () => TelemetrySink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tally: ScrapeTally;
  /** The node's id: several servers do not scrape a target at the same moment. */
  readonly seed: string;
}

export interface ScrapeService extends ScrapeApi {
  /** Takes over what is to be scraped; paths are absolute. Throws `SCRAPE_INVALID`, and goes on as before then. */
  reconfigure(section: ScrapeSection): Promise<void>;
  stop(): Promise<void>;
}

/** What all answers that are on their way may have together. */
const budgetBytes = 256 * 1024 * 1024;

export function createScrapeService(options: ScrapeServiceOptions): ScrapeService {
  const { telemetry, clock, logger, tally, seed } = options;
  const sink = createGatheringSink(options.sink);
  const pools = new Map<string, ScrapePool>();
  const notes = new MetadataNotes(telemetry, logger);
  const targets = (): readonly ScrapedTarget[] => [...pools.values()].flatMap((pool) => pool.targets());
  const ended = new EndedTargets({ sink, current: targets, logger });
  const world: ScrapeWorld = {
    sink,
    clock,
    tally,
    budget: createByteBudget(budgetBytes),
    userAgent: `ChainPulse/${version}`,
    noteMetadata: (metadata) => notes.note(metadata),
    noteExemplars: (exemplars) => notes.guard(() => telemetry().addExemplars(exemplars)),
  };

  return {
    async reconfigure(section) {
      const jobs = scrapeJobs(section.scrape_configs, section.global);
      const unchanged = new Set(
        jobs.filter(({ name, config }) => isDeepStrictEqual(pools.get(name)?.job.config, config)).map(({ name }) => name),
      );
      const gone = [...pools.values()].filter(({ job }) => !unchanged.has(job.name));
      for (const pool of gone) pools.delete(pool.job.name);
      await Promise.all(gone.map((pool) => pool.stop()));
      for (const job of jobs) {
        if (unchanged.has(job.name)) continue;
        const child = logger.child({ job: job.name });
        pools.set(job.name, new ScrapePool({ ...world, job, seed, logger: child, onGone: (target) => ended.add(target) }));
      }
      if (jobs.length > 0) notes.note(Object.values({ ...reportSeries, ...extraReportSeries }));
    },
    async stop() {
      ended.close();
      await Promise.all([...pools.values()].map((pool) => pool.stop()));
      ended.close();
      pools.clear();
    },
    scrapeTargets: (query) => {
      const wanted = [...pools.values()].filter(({ job }) => query.pool === undefined || job.name === query.pool);
      const active = wanted
        .flatMap((pool) => pool.targets().map(({ status }) => shownTarget(status)))
        .filter((status) => matches(status, query))
        .sort((a, b) => compare(a.pool, b.pool) || compare(a.url, b.url));
      return Promise.resolve({
        active: active.slice(query.offset, query.offset + query.limit),
        total: active.length,
        dropped: wanted
          .flatMap((pool) => pool.dropped())
          .slice(0, query.droppedMax)
          .map(shownDropped),
        pools: [...pools.values()].map(({ status }) => status).sort((a, b) => compare(a.pool, b.pool)),
      });
    },
    scrapeMetadata: async ({ matchers, metric, targetsMax }) => {
      const compiled = matchers.map(compileMatcher);
      const meant = targets()
        .filter((scraped) => compiled.every((matcher) => matcher.matches(labelValue(scraped.target.labels, matcher.name))))
        .slice(0, targetsMax);
      return meant.flatMap((scraped) =>
        scraped
          .metadata()
          .filter((one) => metric === undefined || one.metric === metric)
          .map((one) => ({ ...one, target: scraped.target.labels })),
      );
    },
  };
}

function matches({ health, url, labels }: TargetStatus, query: TargetQuery): boolean {
  if (query.health !== undefined && health !== query.health) return false;
  if (query.text === undefined) return true;
  const text = query.text.toLowerCase();
  return [url, ...Object.values(labels)].some((value) => value.toLowerCase().includes(text));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
