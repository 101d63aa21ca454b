/** What a scheduler needs beside a writer and a clock, where a test is about neither. */
import { configSchema } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import type { StoreStats } from "../core/storage.ts";
import type { SchedulerOptions } from "./scheduler.ts";

export const emptyStats: StoreStats = {
  series: 0,
  headSamples: 0,
  bytes: 0,
  oldestMs: null,
  newestMs: null,
  partitions: 0,
  maxBytes: 1e9,
  fullAtMs: null,
  tiers: [],
  samplesCommitted: 0,
  samplesRefused: 0,
  syncFailures: 0,
  state: "ok",
  quarantined: [],
};

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

export const quietOptions: Omit<SchedulerOptions, "writer" | "clock"> = {
  domains: [],
  observed: [],
  config: configSchema.parse({}),
  node: "node-1",
  logger: silent,
  platform: "linux",
  threads: () => [],
  rules: () => [],
  intake: () => ({ doors: [], inFlightBytes: 0, seriesHeld: 0, besideBytes: [], besideFailed: 0 }),
  forward: () => null,
  agents: () => [],
  onTick: () => undefined,
};
