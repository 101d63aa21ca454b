/**
 * What is scraped: `scrape` below `performance_monitoring`, in the words of Prometheus's own configuration file, so that a block
 * `scrape_configs` works here as it is. Only the shape; `collect/intake/scrape/job.ts` says what it comes to.
 * Source: Prometheus config/config.go (GlobalConfig, ScrapeConfig), model/relabel/relabel.go, common config/http_config.go,
 * discovery/file/file.go.
 */
import { z } from "zod";
import { path } from "./config-shapes.ts";
import { parseDuration } from "./duration.ts";

const text = z.string().max(4096);

const duration = z
  .string()
  .refine((written) => {
    const ms = parseDuration(written);
    return ms !== null && ms >= 1 && ms <= 86_400_000;
  })
  .meta({ expected: "a duration from 1ms to 1d, e.g. 15s" });

/** Multiples of 1024, as in Prometheus. Source: github.com/alecthomas/units, Base2Bytes. */
const sizeUnits = ["", "K", "M", "G", "T"];

/** `10MB` → bytes; `null` where it is no size. */
export function parseSize(written: string): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/.exec(written) ?? [];
  return number === undefined ? null : Math.round(Number(number) * 1024 ** sizeUnits.indexOf(unit));
}

const size = z
  .union([z.int().min(0), z.string().refine((written) => parseSize(written) !== null)])
  .meta({ expected: "a size in bytes, e.g. 10MB; 0: no limit of your own" });

const limit = z.int().min(0).max(1_000_000_000);

/** What a target may answer in. Source: Prometheus config/config.go, ScrapeProtocolsHeaders. */
export const scrapeProtocols = [
  "PrometheusProto",
  "OpenMetricsText1.0.0",
  "OpenMetricsText0.0.1",
  "PrometheusText1.0.0",
  "PrometheusText0.0.4",
] as const;

export type ScrapeProtocol = (typeof scrapeProtocols)[number];

const protocol = z.enum(scrapeProtocols);
const protocols = z.array(protocol).min(1).max(scrapeProtocols.length);

/** Why a key of Prometheus is refused: left unsaid, a target would be scraped in another way than its file says. */
const refused = (instead: string): z.ZodOptional<z.ZodNever> =>
  z
    .never()
    .optional()
    .meta({ expected: `nothing here: ${instead}` });

const inFile = (key: string): z.ZodOptional<z.ZodNever> => refused(`a secret belongs into a file, named by ${key}`);

/** Keys that the global section and a job have in common; a job's own come first. */
const common = {
  scrape_interval: duration.optional().meta({ description: "Time between two scrapes of a target; default: 1m." }),
  scrape_timeout: duration.optional().meta({ description: "After which a scrape has failed; default: 10s, or the interval." }),
  scrape_protocols: protocols.optional().meta({ description: "Formats that a target is asked for, the preferred one first." }),
  body_size_limit: size.optional().meta({ description: "Bytes of an uncompressed answer; beyond them the scrape fails." }),
  sample_limit: limit.optional().meta({ description: "Samples of one scrape; beyond them it fails." }),
  target_limit: limit.optional().meta({ description: "Targets of a job; beyond them all of its scrapes fail." }),
  label_limit: limit.optional().meta({ description: "Labels of a series; beyond them the scrape fails." }),
  label_name_length_limit: limit.optional().meta({ description: "Bytes of a label's name; beyond them the scrape fails." }),
  label_value_length_limit: limit.optional().meta({ description: "Bytes of a label's value; beyond them the scrape fails." }),
  keep_dropped_targets: limit.optional().meta({ description: "Dropped targets of a job that are kept for the target list." }),
  metric_name_validation_scheme: z
    .enum(["utf8", "legacy"])
    .optional()
    .meta({ description: "legacy refuses names that are not letters, digits, _ and :." }),
  metric_name_escaping_scheme: z
    .enum(["allow-utf-8", "underscores", "dots", "values"])
    .optional()
    .meta({ description: "How a target is asked to write other names." }),
  scrape_native_histograms: z.boolean().optional().meta({ description: "Take native histograms; asks for protobuf first." }),
  always_scrape_classic_histograms: z
    .boolean()
    .optional()
    .meta({ description: "Take a histogram's classic buckets also where there are native ones." }),
  convert_classic_histograms_to_nhcb: z
    .literal(false)
    .optional()
    .meta({ expected: "false: converting classic histograms is not built", description: "Only false." }),
  extra_scrape_metrics: z
    .boolean()
    .optional()
    .meta({ description: "Store timeout, sample limit and body size of each scrape as series, too." }),
} as const;

const relabelConfig = z.strictObject({
  source_labels: z.array(text).max(64).optional().meta({ description: "Labels whose values are joined." }),
  separator: text.optional().meta({ description: "What stands between them; default: a semicolon." }),
  regex: text.optional().meta({ description: "RE2 pattern that the whole value must match; default: (.*)." }),
  modulus: z.int().min(1).optional().meta({ description: "Of hashmod." }),
  target_label: text.optional().meta({ description: "The label that is set." }),
  replacement: text.optional().meta({ description: "Its value; $1 is what the first group matched. Default: $1." }),
  action: z.string().max(16).optional().meta({ description: "What is done; default: replace." }),
});

export type RelabelConfig = z.infer<typeof relabelConfig>;

const relabelConfigs = z.array(relabelConfig).max(1000);

const labels = z.record(
  z.string().min(1).max(1024),
  z.union([text, z.number().transform(String), z.boolean().transform(String)]),
);

const otherDiscovery = refused("targets come from static_configs and file_sd_configs; other discoveries are not built");

/** Authentication and TLS of one job. */
const http = {
  basic_auth: z
    .strictObject({
      username: z.string().max(256).optional().meta({ description: "The user's name." }),
      username_file: path.optional().meta({ description: "File with the user's name." }),
      password_file: path.optional().meta({ description: "File with the password." }),
      password: inFile("password_file"),
    })
    .optional()
    .meta({ description: "HTTP basic authentication." }),
  authorization: z
    .strictObject({
      type: z.string().min(1).max(64).default("Bearer").meta({ description: "The scheme in the header." }),
      credentials_file: path.meta({ description: "File with what follows the scheme." }),
      credentials: inFile("credentials_file"),
    })
    .optional()
    .meta({ description: "An Authorization header." }),
  bearer_token_file: path.optional().meta({ description: "File with a bearer token." }),
  bearer_token: inFile("bearer_token_file"),
  oauth2: refused("OAuth 2 is not built; authorization with a credentials_file is"),
  proxy_url: refused("scraping through a proxy is not built"),
  http_headers: refused("headers of your own are not built"),
  tls_config: z
    .strictObject({
      ca_file: path
        .optional()
        .meta({ description: "PEM file with the authorities that may have signed the target's certificate." }),
      cert_file: path.optional().meta({ description: "PEM file with our certificate." }),
      key_file: path.optional().meta({ description: "PEM file with its private key." }),
      server_name: z
        .string()
        .min(1)
        .max(256)
        .optional()
        .meta({ description: "The name that the target's certificate must have." }),
      insecure_skip_verify: z.boolean().default(false).meta({ description: "Take any certificate." }),
      min_version: z.enum(["TLS12", "TLS13"]).optional().meta({ description: "Oldest TLS that is spoken." }),
    })
    .optional()
    .meta({ description: "TLS of https targets." }),
  follow_redirects: z.boolean().default(true).meta({ description: "Follow redirects, which must stay on the same host." }),
  enable_http2: z.boolean().optional().meta({ description: "Accepted and not used: targets are asked by HTTP/1.1." }),
} as const;

const job = z.strictObject({
  job_name: z.string().min(1).max(1024).meta({ description: "The label job of its targets." }),
  ...common,
  fallback_scrape_protocol: protocol.optional().meta({ description: "Format of an answer that does not say which it has." }),
  metrics_path: z.string().max(2048).default("/metrics").meta({ description: "Path of the metrics on each target." }),
  scheme: z.enum(["http", "https"]).default("http").meta({ description: "How targets are reached." }),
  params: z
    .record(z.string().min(1).max(256), z.array(text).max(64))
    .optional()
    .meta({ description: "Parameters of the query." }),
  honor_labels: z
    .boolean()
    .default(false)
    .meta({ description: "A target's own labels win over those that its configuration gives it; else they become exported_…" }),
  honor_timestamps: z.boolean().default(true).meta({ description: "Take the times that a target writes." }),
  track_timestamps_staleness: z
    .boolean()
    .default(false)
    .meta({ description: "Mark the end of series with times of their own, too." }),
  enable_compression: z.boolean().default(true).meta({ description: "Ask for gzip." }),
  native_histogram_bucket_limit: refused("limiting the buckets of native histograms is not built"),
  native_histogram_min_bucket_factor: refused("limiting the buckets of native histograms is not built"),
  ...http,
  static_configs: z
    .array(
      z.strictObject({
        targets: z.array(z.string().min(1).max(4096)).max(10_000).default([]).meta({ description: "HOST:PORT of each." }),
        labels: labels.optional().meta({ description: "Labels of all of them." }),
      }),
    )
    .max(1000)
    .optional()
    .meta({ description: "Targets that are written here." }),
  file_sd_configs: z
    .array(
      z.strictObject({
        files: z.array(path).min(1).max(100).meta({ description: "JSON or YAML files; * stands for any part of a name." }),
        refresh_interval: duration.default("5m").meta({ description: "They are read anew when they change, and so often." }),
      }),
    )
    .max(100)
    .optional()
    .meta({ description: "Targets that other programs write into files." }),
  http_sd_configs: otherDiscovery,
  dns_sd_configs: otherDiscovery,
  kubernetes_sd_configs: otherDiscovery,
  consul_sd_configs: otherDiscovery,
  docker_sd_configs: otherDiscovery,
  ec2_sd_configs: otherDiscovery,
  relabel_configs: relabelConfigs.optional().meta({ description: "What is done to a target's labels before it is scraped." }),
  metric_relabel_configs: relabelConfigs.optional().meta({ description: "What is done to the labels of each scraped series." }),
});

export type ScrapeJobConfig = z.infer<typeof job>;

const global = z.strictObject(common);

export type ScrapeGlobals = z.infer<typeof global>;

export const scrapeSchema = z
  .strictObject({
    files: z.array(path).max(64).default([]).meta({
      description: "Prometheus configuration files whose scrape_configs are used; relative paths begin at this file.",
    }),
    global: global.prefault({}),
    scrape_configs: z.array(job).max(1000).default([]).meta({ description: "Jobs, as in Prometheus." }),
  })
  .prefault({});

export type ScrapeSection = z.infer<typeof scrapeSchema>;

/** What is read of a Prometheus configuration file; its other sections are for others. */
export const prometheusFileSchema = z.looseObject({
  // Its global section also says what concerns rules and the whole server.
  global: z.looseObject(common).prefault({}),
  scrape_configs: z.array(job).max(1000).default([]),
});
