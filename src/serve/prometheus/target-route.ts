/**
 * What is scraped: the node itself, whose collectors are a target of their own, and what is configured to be scraped.
 * Source: web/api/v1/api.go, `targets`, `targetMetadata`, `scrapePools`.
 */
import { z } from "zod";
import type { CollectStatus } from "../../collect/api.ts";
import type { TargetPage, TargetStatus } from "../../collect/intake/scrape/api.ts";
import { formatDuration } from "../../core/duration.ts";
import type { Route } from "../http/route.ts";
import { noTargets, scrapes } from "../rest/targets.ts";
import type { Services } from "../services.ts";
import { apiRoute } from "./api-route.ts";
import { success } from "./envelope.ts";
import { limitText, naming, readLimit, readMatchers } from "./parameters.ts";

/** Name of the pool that the node itself is in. */
const pool = "chainpulse";

/** Ticks that may fail to come before the target is down: a sample then is still within everybody's patience. */
const ticksPatient = 3;

/** Targets that one answer lists; more are a warning, and pages of `/api/v1/performance/targets`. */
const targetsMax = 10_000;

const labels = z.record(z.string(), z.string());
const target = z.object({
  discoveredLabels: labels,
  labels,
  scrapePool: z.string(),
  scrapeUrl: z.string(),
  globalUrl: z.string(),
  lastError: z.string(),
  lastScrape: z.string(),
  lastScrapeDuration: z.number(),
  health: z.enum(["up", "down", "unknown"]),
  scrapeInterval: z.string(),
  scrapeTimeout: z.string(),
});

type Target = z.output<typeof target>;

/** The time of a scrape that has not been. */
const goZeroTime = "0001-01-01T00:00:00Z";

function timeText(ms: number | null): string {
  return ms === null ? goZeroTime : new Date(ms).toISOString();
}

function selfTarget(services: Services, status: CollectStatus, origin: string): Target {
  const { lastTickMs, collectors } = status;
  const intervalMs = services.config().sampling_interval_ms;
  const late = lastTickMs !== null && services.clock.nowMs() - lastTickMs > ticksPatient * intervalMs;
  const failed = collectors.filter(({ error }) => error !== null).map(({ id, error }) => `${id}: ${error}`);
  const interval = formatDuration(intervalMs);
  return {
    discoveredLabels: { __address__: new URL(origin).host, __metrics_path__: "/metrics", job: pool },
    labels: { instance: services.nodeId, job: pool, node: services.nodeId },
    scrapePool: pool,
    scrapeUrl: `${origin}/metrics`,
    globalUrl: `${origin}/metrics`,
    lastError: late ? `no tick since ${new Date(lastTickMs).toISOString()}` : failed.join("; "),
    lastScrape: timeText(lastTickMs),
    lastScrapeDuration: collectors.reduce((sum, { lastDurationSeconds }) => sum + (lastDurationSeconds ?? 0), 0),
    // One collector that fails is one source: the others have delivered.
    health: lastTickMs === null ? "unknown" : late ? "down" : "up",
    scrapeInterval: interval,
    scrapeTimeout: interval,
  };
}

function scrapedTarget(status: TargetStatus): Target {
  return {
    discoveredLabels: status.discoveredLabels,
    labels: status.labels,
    scrapePool: status.pool,
    scrapeUrl: status.url,
    globalUrl: status.url,
    lastError: status.lastError,
    lastScrape: timeText(status.lastScrapeMs),
    lastScrapeDuration: status.lastDurationSeconds,
    health: status.health,
    scrapeInterval: formatDuration(status.intervalMs),
    scrapeTimeout: formatDuration(status.timeoutMs),
  };
}

interface Wish {
  readonly wantsActive: boolean;
  readonly wantsDropped: boolean;
  readonly scrapePool: string;
}

function scrapedPage(services: Services, { wantsActive, wantsDropped, scrapePool }: Wish): Promise<TargetPage> {
  if (!scrapes(services)) return Promise.resolve(noTargets);
  return services.intake.scrapeTargets({
    offset: 0,
    limit: wantsActive ? targetsMax : 0,
    droppedMax: wantsDropped ? targetsMax : 0,
    ...(scrapePool === "" ? {} : { pool: scrapePool }),
  });
}

export const targetRoutes: readonly Route[] = [
  apiRoute({
    path: "/api/v1/targets",
    summary: "What is scraped, and how it is: the node itself, and the targets of the configuration.",
    input: z.object({ state: z.string().max(16).optional(), scrapePool: z.string().max(1024).optional() }),
    data: z.object({
      activeTargets: z.array(target),
      droppedTargets: z.array(z.object({ discoveredLabels: labels, scrapePool: z.string() })),
      droppedTargetCounts: z.record(z.string(), z.number()),
    }),
    async handle({ services, ticks }, { state = "", scrapePool = "" }, reply) {
      // Any other state means both.
      const wantsActive = state.toLowerCase() !== "dropped";
      const wantsDropped = state.toLowerCase() !== "active";
      const page = await scrapedPage(services, { wantsActive, wantsDropped, scrapePool });
      const { protocol, host } = reply.request;
      const wantsSelf = wantsActive && ["", pool].includes(scrapePool);
      const self = wantsSelf ? [selfTarget(services, await ticks.collectStatus(), `${protocol}://${host}`)] : [];
      const left = page.total - targetsMax;
      const warnings = wantsActive && left > 0 ? [`${left} more targets are left out: see /api/v1/performance/targets`] : [];
      return success(
        {
          activeTargets: [...self, ...page.active.map(scrapedTarget)],
          droppedTargets: page.dropped.map(({ pool: scraped, discoveredLabels }) => ({
            discoveredLabels,
            scrapePool: scraped,
          })),
          droppedTargetCounts: wantsDropped ? Object.fromEntries(page.pools.map((one) => [one.pool, one.dropped])) : {},
        },
        { warnings },
      );
    },
  }),
  apiRoute({
    path: "/api/v1/scrape_pools",
    summary: "The jobs that are scraped.",
    input: z.object({}),
    data: z.object({ scrapePools: z.array(z.string()) }),
    handle({ services }) {
      const jobs = services.config().scrape.scrape_configs.map(({ job_name: name }) => name);
      return success({ scrapePools: [...new Set([pool, ...jobs])].sort() });
    },
  }),
  apiRoute({
    path: "/api/v1/targets/metadata",
    summary: "Type, help and unit of metrics, as each scraped target tells them.",
    input: z.object({
      match_target: z.string().max(8192).optional(),
      metric: z.string().max(512).optional(),
      limit: limitText.meta({ description: "Targets that are looked at; 0 or nothing: all." }),
    }),
    data: z.array(z.object({ target: labels, metric: z.string(), type: z.string(), help: z.string(), unit: z.string() })),
    async handle({ services }, { match_target: selector = "", metric = "", limit }) {
      const wanted = readLimit(limit) ?? targetsMax;
      const matchers = selector === "" ? [] : await naming("match_target", readMatchers(services.query, selector));
      if (!scrapes(services)) return success([]);
      const found = await services.intake.scrapeMetadata({
        matchers,
        targetsMax: Math.min(wanted, targetsMax),
        ...(metric === "" ? {} : { metric }),
      });
      // Each entry names its metric, unless all of them are of the one that was asked for.
      return success(found);
    },
  }),
];
