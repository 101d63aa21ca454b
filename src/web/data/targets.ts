/** What is scraped, as the server lists it (`serve/rest/targets.ts`). */
import type { CheckStatus } from "../../core/check.ts";
import type { Labels } from "../../core/labels.ts";

export const targetHealths = ["up", "down", "unknown"] as const;

export type TargetHealth = (typeof targetHealths)[number];

export interface Target {
  readonly pool: string;
  readonly url: string;
  readonly labels: Labels;
  readonly discoveredLabels: Labels;
  readonly health: TargetHealth;
  /** Empty where nothing is amiss. */
  readonly lastError: string;
  readonly lastScrapeMs: number | null;
  readonly lastDurationSeconds: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly samplesScraped: number;
  readonly samplesKept: number;
  readonly seriesAdded: number;
  readonly bodyBytes: number;
  readonly seriesRefused: number;
  readonly format: string;
}

export interface Pool {
  readonly pool: string;
  readonly active: number;
  readonly up: number;
  readonly dropped: number;
  readonly problems: readonly string[];
}

export interface DroppedTarget {
  readonly pool: string;
  readonly discoveredLabels: Labels;
}

export interface TargetList {
  readonly pools: readonly Pool[];
  readonly targets: readonly Target[];
  readonly total: number;
  readonly nextCursor: string | null;
  /** Some of them, with the first page only. */
  readonly dropped: readonly DroppedTarget[];
}

export const healthWords: Readonly<Record<TargetHealth, { readonly word: string; readonly status: CheckStatus }>> = {
  up: { word: "Up", status: "ok" },
  down: { word: "Down", status: "critical" },
  unknown: { word: "Not scraped yet", status: "unknown" },
};
