/** What the scraping tells of itself: to the target list, and to Prometheus's own API. */
import type { LabelMatcher, Labels } from "../../../core/labels.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";

export type TargetHealth = "unknown" | "up" | "down";

export interface TargetStatus {
  /** The job's name. */
  readonly pool: string;
  readonly url: string;
  readonly labels: Labels;
  readonly discoveredLabels: Labels;
  readonly health: TargetHealth;
  /** Why the last scrape failed, or what is amiss with one that did not; empty where nothing is. */
  readonly lastError: string;
  /** ms since the epoch; `null` before the first. */
  readonly lastScrapeMs: number | null;
  readonly lastDurationSeconds: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Of the last scrape: in the body, after `metric_relabel_configs`, and series that are new. */
  readonly samplesScraped: number;
  readonly samplesKept: number;
  readonly seriesAdded: number;
  /** Uncompressed bytes of its last answer. */
  readonly bodyBytes: number;
  /** Series that the store has refused to take. */
  readonly seriesRefused: number;
  /** The format of its last answer; empty before the first. */
  readonly format: string;
}

export interface PoolStatus {
  readonly pool: string;
  readonly active: number;
  readonly up: number;
  readonly dropped: number;
  /** What is wrong with its discovery or its targets; empty where nothing is. */
  readonly problems: readonly string[];
}

export interface DroppedTarget {
  readonly pool: string;
  readonly discoveredLabels: Labels;
}

/** Which targets are asked for. */
export interface TargetQuery {
  /** Only of this pool. */
  readonly pool?: string | undefined;
  readonly health?: TargetHealth | undefined;
  /** What address or labels must contain, in whatever case. */
  readonly text?: string;
  /** In the order of pools and addresses: from this one, so many at most. */
  readonly offset: number;
  readonly limit: number;
  /** Dropped targets that are told. */
  readonly droppedMax: number;
}

export interface TargetPage {
  readonly active: readonly TargetStatus[];
  /** Active targets that the query means, on all pages. */
  readonly total: number;
  readonly dropped: readonly DroppedTarget[];
  readonly pools: readonly PoolStatus[];
}

export interface MetadataQuery {
  /** Which targets, by their labels. */
  readonly matchers: readonly LabelMatcher[];
  readonly metric?: string;
  /** Targets that are looked at. */
  readonly targetsMax: number;
}

export interface TargetMetadata extends MetricMetadata {
  readonly target: Labels;
}

/** Part of the intake thread's API. */
export interface ScrapeApi {
  scrapeTargets(query: TargetQuery): Promise<TargetPage>;
  scrapeMetadata(query: MetadataQuery): Promise<readonly TargetMetadata[]>;
}
