/**
 * What Prometheus tells of itself, told of this server. Source: web/api/v1/api.go, `RuntimeInfo`, `PrometheusVersion`, and
 * `serveConfig`, `serveFlags`, `serveWALReplayStatus`.
 */
import { availableParallelism, hostname } from "node:os";
import { getHeapStatistics } from "node:v8";
import { z } from "zod";
import { defaultLimits, defaultLookbackMs } from "../../query/limits.ts";
import { formatDuration } from "../../core/duration.ts";
import type { Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { apiRoute } from "./api-route.ts";
import { configText } from "./config-text.ts";
import { success } from "./envelope.ts";

const nothing = z.object({});
const dayMs = 86_400_000;

/** The settings that have a counterpart among Prometheus's flags, under its names: tools look for these. */
function flagsOf(services: Services): Readonly<Record<string, string>> {
  const { server, storage, retention_period_days: days } = services.config();
  return {
    "query.lookback-delta": formatDuration(defaultLookbackMs),
    "query.max-samples": String(defaultLimits.samplesMax),
    "query.timeout": formatDuration(defaultLimits.timeoutMs),
    "storage.tsdb.retention.size": `${storage.max_bytes}B`,
    "storage.tsdb.retention.time": formatDuration(Math.round(days * dayMs)),
    "web.listen-address": server.listen,
  };
}

async function runtimeInfoOf(services: Services): Promise<object> {
  const { error, loadedAtMs } = services.configInfo();
  const { quarantined } = (await services.collect.status()).store;
  const flags = flagsOf(services);
  return {
    startTime: new Date(services.startedAtMs).toISOString(),
    CWD: process.cwd(),
    hostname: hostname(),
    serverTime: new Date(services.clock.nowMs()).toISOString(),
    reloadConfigSuccess: error === null,
    lastConfigTime: new Date(loadedAtMs).toISOString(),
    corruptionCount: quarantined.length,
    // The contract demands the figures of Go's run time; these are what is nearest to them here.
    goroutineCount: process.getActiveResourcesInfo().length,
    GOMAXPROCS: availableParallelism(),
    GOMEMLIMIT: getHeapStatistics().heap_size_limit,
    GOGC: "",
    GODEBUG: "",
    storageRetention: `${flags["storage.tsdb.retention.time"]} or ${flags["storage.tsdb.retention.size"]}`,
  };
}

export const statusRoutes: readonly Route[] = [
  apiRoute({
    path: "/api/v1/status/buildinfo",
    summary: "Version of this server.",
    input: nothing,
    data: z.object({
      version: z.string(),
      revision: z.string(),
      branch: z.string(),
      buildUser: z.string(),
      buildDate: z.string(),
      goVersion: z.string(),
    }),
    // No `features`: with them Grafana takes the server for Mimir and offers a ruler (heuristics.go).
    handle: ({ services }) =>
      success({ version: services.version, revision: "", branch: "", buildUser: "", buildDate: "", goVersion: "" }),
  }),
  apiRoute({
    path: "/api/v1/status/runtimeinfo",
    summary: "Since when this server runs, and how its configuration and its store are.",
    input: nothing,
    data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    handle: async ({ services }) => success(await runtimeInfoOf(services)),
  }),
  apiRoute({
    path: "/api/v1/status/config",
    summary: "The configuration in force as YAML, without secrets.",
    input: nothing,
    data: z.object({ yaml: z.string() }),
    handle: ({ services }) => success({ yaml: configText(services.config()) }),
  }),
  apiRoute({
    path: "/api/v1/status/flags",
    summary: "The settings that Prometheus has flags for.",
    input: nothing,
    data: z.record(z.string(), z.string()),
    handle: ({ services }) => success(flagsOf(services)),
  }),
  apiRoute({
    path: "/api/v1/status/walreplay",
    summary: "How far the start has come: it is over before anything is served, because no log is replayed.",
    input: nothing,
    data: z.object({ min: z.number(), max: z.number(), current: z.number() }),
    handle: () => success({ min: 0, max: 0, current: 0 }),
  }),
  apiRoute({
    path: "/api/v1/notifications",
    summary: "What an operator should know of this server: that a changed configuration was refused.",
    input: nothing,
    data: z.array(z.object({ text: z.string(), date: z.string(), active: z.literal(true) })),
    handle({ services }) {
      const { error, errorAtMs } = services.configInfo();
      if (error === null || errorAtMs === null) return success([]);
      const date = new Date(errorAtMs).toISOString();
      return success([{ text: `Configuration reload has failed: ${error}`, date, active: true }]);
    },
  }),
];
