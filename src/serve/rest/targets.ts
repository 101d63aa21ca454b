/** `GET /api/v1/performance/targets`: what is scraped, by pages, with all that a page of targets shows. */
import { z } from "zod";
import type { TargetPage } from "../../collect/intake/scrape/api.ts";
import { defineRoute, type Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { labels, tag } from "./shapes.ts";

const target = z
  .object({
    pool: z.string(),
    url: z.string(),
    labels,
    discoveredLabels: labels,
    health: z.enum(["unknown", "up", "down"]),
    lastError: z.string(),
    lastScrapeMs: z.number().nullable(),
    lastDurationSeconds: z.number(),
    intervalMs: z.number(),
    timeoutMs: z.number(),
    samplesScraped: z.number(),
    samplesKept: z.number(),
    seriesAdded: z.number(),
    bodyBytes: z.number(),
    seriesRefused: z.number(),
    format: z.string(),
  })
  .meta({ id: "ScrapeTarget", description: "A target and its last scrape." });

const pool = z
  .object({
    pool: z.string(),
    active: z.number(),
    up: z.number(),
    dropped: z.number(),
    problems: z.array(z.string()),
  })
  .meta({ id: "ScrapePool", description: "A job, how many targets it has, and what is wrong with its discovery." });

/** Where nothing is configured to be scraped. */
export const noTargets: TargetPage = { active: [], total: 0, dropped: [], pools: [] };

/** Whether anything is configured to be scraped: else nobody needs to be asked. */
export function scrapes(services: Services): boolean {
  const { enabled, scrape } = services.config();
  return enabled && scrape.scrape_configs.length > 0;
}

export const targetRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/targets",
    access: "read",
    tag,
    summary: "What is scraped, and how the last scrapes went.",
    query: z.strictObject({
      pool: z.string().max(1024).optional().meta({ description: "Only this job." }),
      health: z.enum(["unknown", "up", "down"]).optional(),
      search: z.string().max(256).optional().meta({ description: "Part of the address or of a label's value." }),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      cursor: z
        .string()
        .regex(/^\d{1,6}$/)
        .optional(),
    }),
    answer: {
      status: 200,
      schema: z.object({
        pools: z.array(pool),
        targets: z.array(target),
        total: z.number(),
        nextCursor: z.string().nullable(),
        dropped: z.array(z.object({ pool: z.string(), discoveredLabels: labels })),
      }),
    },
    async handle({ services }, { query: { cursor, limit, search, ...query } }) {
      const offset = Number(cursor ?? 0);
      const page = scrapes(services)
        ? await services.intake.scrapeTargets({
            ...query,
            ...(search === undefined ? {} : { text: search }),
            offset,
            limit,
            // The first page has some of the dropped ones, to show why they are.
            droppedMax: offset === 0 ? limit : 0,
          })
        : noTargets;
      const { pools, active, total, dropped } = page;
      const next = offset + active.length;
      return { pools, targets: active, total, nextCursor: next < total ? String(next) : null, dropped };
    },
  }),
];
