/**
 * A job: one of `scrape_configs` with everything filled in and checked. What Prometheus refuses is refused here, with the job's name.
 * Source: Prometheus config/config.go, `ScrapeConfig.Validate`; common config/http_config.go.
 */
import {
  parseSize,
  type RelabelConfig,
  type ScrapeGlobals,
  type ScrapeJobConfig,
  type ScrapeProtocol,
} from "../../../core/config-scrape.ts";
import { parseDuration } from "../../../core/duration.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import { compileRelabelRule, type RelabelRule } from "./relabel-rule.ts";

/** Where the configuration sets no limit, or a higher one: what one target may cost. */
export const hardLimits = {
  /** Uncompressed. The largest exporters in the field (kube-state-metrics of large clusters) answer with some tens of MB. */
  bodyBytes: 64 * 1024 * 1024,
  samples: 1_000_000,
  targets: 10_000,
  labels: 256,
  labelNameBytes: 1024,
  labelValueBytes: 65_536,
} as const;

/** Of one scrape; all above 0. */
export interface ScrapeLimits {
  readonly bodyBytes: number;
  readonly samples: number;
  readonly targets: number;
  readonly labels: number;
  readonly labelNameBytes: number;
  readonly labelValueBytes: number;
}

export interface ScrapeJob {
  readonly config: ScrapeJobConfig;
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly protocols: readonly ScrapeProtocol[];
  readonly escaping: string;
  readonly legacyNames: boolean;
  readonly limits: ScrapeLimits;
  /** As it is configured, for the series of that name; 0: none. */
  readonly sampleLimit: number;
  readonly nativeHistograms: boolean;
  readonly classicHistograms: boolean;
  readonly extraSeries: boolean;
  readonly keepDropped: number;
  readonly targetRules: readonly RelabelRule[];
  readonly metricRules: readonly RelabelRule[];
}

/** Source: Prometheus config/config.go, DefaultGlobalConfig. */
const defaultIntervalMs = 60_000;
const defaultTimeoutMs = 10_000;

const textProtocols = ["OpenMetricsText1.0.0", "OpenMetricsText0.0.1", "PrometheusText1.0.0", "PrometheusText0.0.4"] as const;

/** Dropped targets that are kept for the target list where the configuration sets no number. */
const keepDroppedDefault = 1000;

/** The configured jobs. Throws `SCRAPE_INVALID`, which names the job and what is wrong with it. */
export function scrapeJobs(configs: readonly ScrapeJobConfig[], globals: ScrapeGlobals): readonly ScrapeJob[] {
  const names = new Set<string>();
  return configs.map((config) => {
    if (names.has(config.job_name)) throw invalid(config, "there is another job of this name");
    names.add(config.job_name);
    return scrapeJob(config, globals);
  });
}

/** The job's own settings, and behind them those of the global section. */
export function withGlobals(config: ScrapeJobConfig, globals: ScrapeGlobals): ScrapeJobConfig {
  const interval = config.scrape_interval ?? globals.scrape_interval;
  const timeout = config.scrape_timeout ?? globals.scrape_timeout;
  return {
    ...globals,
    ...config,
    ...(interval === undefined ? {} : { scrape_interval: interval }),
    ...(timeout === undefined ? {} : { scrape_timeout: timeout }),
  };
}

function scrapeJob(own: ScrapeJobConfig, globals: ScrapeGlobals): ScrapeJob {
  const config = withGlobals(own, globals);
  const intervalMs = msOf(config.scrape_interval) ?? defaultIntervalMs;
  const timeoutMs = timeoutOf(own, globals, intervalMs);
  const nativeHistograms = config.scrape_native_histograms ?? false;
  const job: ScrapeJob = {
    config,
    name: config.job_name,
    intervalMs,
    timeoutMs,
    protocols: config.scrape_protocols ?? (nativeHistograms ? ["PrometheusProto", ...textProtocols] : textProtocols),
    escaping:
      config.metric_name_escaping_scheme ?? (config.metric_name_validation_scheme === "legacy" ? "underscores" : "allow-utf-8"),
    legacyNames: config.metric_name_validation_scheme === "legacy",
    limits: {
      bodyBytes: least(sizeOf(config.body_size_limit), hardLimits.bodyBytes),
      samples: least(config.sample_limit, hardLimits.samples),
      targets: least(config.target_limit, hardLimits.targets),
      labels: least(config.label_limit, hardLimits.labels),
      labelNameBytes: least(config.label_name_length_limit, hardLimits.labelNameBytes),
      labelValueBytes: least(config.label_value_length_limit, hardLimits.labelValueBytes),
    },
    sampleLimit: config.sample_limit ?? 0,
    nativeHistograms,
    classicHistograms: !nativeHistograms || (config.always_scrape_classic_histograms ?? false),
    extraSeries: config.extra_scrape_metrics ?? false,
    keepDropped: least(config.keep_dropped_targets, keepDroppedDefault),
    targetRules: rulesOf(config, "relabel_configs", config.relabel_configs),
    metricRules: rulesOf(config, "metric_relabel_configs", config.metric_relabel_configs),
  };
  checkHttp(config);
  return job;
}

/** A timeout of the global section gives way to a shorter interval; one of the job's own may not be longer. */
function timeoutOf(own: ScrapeJobConfig, globals: ScrapeGlobals, intervalMs: number): number {
  const ownMs = msOf(own.scrape_timeout);
  if (ownMs === null) return Math.min(msOf(globals.scrape_timeout) ?? defaultTimeoutMs, intervalMs);
  if (ownMs > intervalMs) throw invalid(own, "scrape_timeout is longer than scrape_interval");
  return ownMs;
}

function checkHttp(config: ScrapeJobConfig): void {
  const ways = [config.basic_auth, config.authorization, config.bearer_token_file].filter((way) => way !== undefined);
  if (ways.length > 1) throw invalid(config, "basic_auth, authorization and bearer_token_file exclude each other");
  if (config.authorization?.type.toLowerCase() === "basic")
    throw invalid(config, "for Basic authorization there is basic_auth");
  if (config.basic_auth?.username !== undefined && config.basic_auth.username_file !== undefined)
    throw invalid(config, "basic_auth takes username or username_file");
  const tls = config.tls_config;
  if ((tls?.cert_file === undefined) !== (tls?.key_file === undefined))
    throw invalid(config, "tls_config takes cert_file and key_file together");
  const misplaced = (config.static_configs ?? []).flatMap(({ targets }) => targets).find((target) => target.includes("/"));
  if (misplaced !== undefined && (config.relabel_configs ?? []).length === 0)
    throw invalid(config, `${JSON.stringify(misplaced)} is no HOST:PORT: scheme and path have keys of their own`);
}

function rulesOf(config: ScrapeJobConfig, key: string, rules: readonly RelabelConfig[] | undefined): readonly RelabelRule[] {
  return (rules ?? []).map((written, index) => {
    const rule = compileRelabelRule(written);
    if ("fault" in rule) throw invalid(config, `${key}[${index}]: ${rule.fault}`);
    return rule;
  });
}

function invalid({ job_name: name }: ScrapeJobConfig, message: string): ChainPulseError {
  return new ChainPulseError("SCRAPE_INVALID", `scrape job ${JSON.stringify(name)}: ${message}`);
}

/** 0 means that there is no limit, as in Prometheus. */
function least(configured: number | undefined, hard: number): number {
  return configured === undefined || configured === 0 ? hard : Math.min(configured, hard);
}

function sizeOf(written: string | number | undefined): number | undefined {
  // The schema has let through only what is a size.
  return typeof written === "string" ? (parseSize(written) ?? 0) : written;
}

function msOf(written: string | undefined): number | null {
  return written === undefined ? null : parseDuration(written);
}
