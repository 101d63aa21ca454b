/**
 * What is scraped: nothing yet but the node itself, whose collectors are its one target. Source: web/api/v1/api.go, `targets`.
 */
import { z } from "zod";
import type { CollectStatus } from "../../collect/api.ts";
import type { Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { apiRoute } from "./api-route.ts";
import { success } from "./envelope.ts";

/** Name of the pool that the node itself is in. */
const pool = "chainpulse";

/** Ticks that may fail to come before the target is down: a sample then is still within everybody's patience. */
const ticksPatient = 3;

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

/** The time of a scrape that has not been. */
const goZeroTime = "0001-01-01T00:00:00Z";

function selfTarget(services: Services, status: CollectStatus, origin: string): z.output<typeof target> {
  const { lastTickMs, collectors } = status;
  const intervalMs = services.config().sampling_interval_ms;
  const late = lastTickMs !== null && services.clock.nowMs() - lastTickMs > ticksPatient * intervalMs;
  const failed = collectors.filter(({ error }) => error !== null).map(({ id, error }) => `${id}: ${error}`);
  const interval = `${intervalMs}ms`;
  return {
    discoveredLabels: { __address__: new URL(origin).host, __metrics_path__: "/metrics", job: pool },
    labels: { instance: services.nodeId, job: pool, node: services.nodeId },
    scrapePool: pool,
    scrapeUrl: `${origin}/metrics`,
    globalUrl: `${origin}/metrics`,
    lastError: late ? `no tick since ${new Date(lastTickMs).toISOString()}` : failed.join("; "),
    lastScrape: lastTickMs === null ? goZeroTime : new Date(lastTickMs).toISOString(),
    lastScrapeDuration: collectors.reduce((sum, { lastDurationSeconds }) => sum + (lastDurationSeconds ?? 0), 0),
    // One collector that fails is one source: the others have delivered.
    health: lastTickMs === null ? "unknown" : late ? "down" : "up",
    scrapeInterval: interval,
    scrapeTimeout: interval,
  };
}

export const targetRoute: Route = apiRoute({
  path: "/api/v1/targets",
  summary: "What is scraped, and how it is: the node itself.",
  input: z.object({ state: z.string().max(16).optional(), scrapePool: z.string().max(256).optional() }),
  data: z.object({
    activeTargets: z.array(target),
    droppedTargets: z.array(z.never()),
    droppedTargetCounts: z.record(z.string(), z.number()),
  }),
  async handle({ services, ticks }, { state = "", scrapePool = "" }, reply) {
    const wanted = ["", "any", "active"].includes(state.toLowerCase()) && ["", pool].includes(scrapePool);
    const { protocol, host } = reply.request;
    const active = wanted ? [selfTarget(services, await ticks.collectStatus(), `${protocol}://${host}`)] : [];
    return success({ activeTargets: active, droppedTargets: [], droppedTargetCounts: {} });
  },
});
