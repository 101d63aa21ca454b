/**
 * Where samples go on to: `remote_write`, `otlp_export`, `forwarding` (the queue before them) and `storage.prometheus`, an engine that
 * takes the place of our own store.
 */
import { z } from "zod";
import { credentials, labelName, path, ratio } from "./config-shapes.ts";

const httpUrl = (example: string): z.ZodString =>
  z
    .string()
    .max(2048)
    .refine((text) => {
      const url = URL.parse(text);
      // A secret in an address would be in every log line about it.
      return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
    })
    .meta({ expected: `an address without a password in it, e.g. ${example}` });

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
  .meta({ expected: "a header's name" });

/** How one reaches a server, and as whom. */
const access = {
  timeout_ms: z.int().min(100).max(120_000).default(30_000).meta({ description: "For one request." }),
  ...credentials,
  headers: z
    .record(headerName, z.string().max(4096))
    .default({})
    .meta({ description: "Headers that are sent along, e.g. X-Scope-OrgID." }),
  ca_file: path
    .optional()
    .meta({ description: "PEM file with who signs the server's certificate; default: the system's authorities." }),
  cert_file: path.optional().meta({ description: "PEM file with our own certificate, where the server asks for one." }),
  key_file: path.optional().meta({ description: "PEM file with that certificate's private key." }),
} as const;

/** What is common to all that is configured by `access`. */
export type AccessConfig = z.infer<z.ZodObject<typeof access>>;

const name = z
  .string()
  .regex(/^[\w.-]{1,64}$/)
  .meta({ expected: "1 to 64 letters, digits, dots, hyphens and underscores" });

const protocol = z
  .enum(["1.0", "2.0"])
  .default("1.0")
  .meta({ description: "Version of remote write; 2.0 says types and help with each series." });

const remoteWrite = z.strictObject({
  url: httpUrl("http://prometheus:9090/api/v1/write").meta({ description: "Where samples are written to." }),
  name: name
    .optional()
    .meta({ description: "Names its place in the queue: keep it when the address changes. Default: the address." }),
  protocol,
  ...access,
  external_labels: z
    .record(labelName, z.string().max(1024))
    .default({})
    .meta({ description: "Labels that every series gets where it has none of that name." }),
  max_samples_per_send: z.int().min(1).max(100_000).default(5000).meta({ description: "Samples of one request." }),
  metadata_interval_ms: z
    .int()
    .min(1000)
    .max(86_400_000)
    .default(60_000)
    .meta({ description: "Time between two sendings of what metrics mean; only of version 1.0." }),
});

export type RemoteWriteConfig = z.infer<typeof remoteWrite>;

/** Each must have a place of its own in the queue. */
const areDistinct = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;

export const remoteWriteSchema = z
  .array(remoteWrite)
  .max(16)
  .refine((all) => areDistinct(all.map((one) => one.name ?? one.url)), {
    message: "two entries of remote_write have the same name, or the same url and no name",
  })
  .default([])
  .meta({ description: "Prometheus, or what speaks its remote write: gets every sample." });

const metricsPath = "/v1/metrics";

const otlpEntry = z.strictObject({
  endpoint: httpUrl(`http://collector:4318${metricsPath}`).meta({ description: "Where metrics are posted to, path included." }),
  name: name
    .optional()
    .meta({ description: "Names its place in the queue: keep it when the address changes. Default: the address." }),
  encoding: z.enum(["protobuf", "json"]).default("protobuf").meta({ description: "Of the body." }),
  compression: z.enum(["none", "gzip", "zstd"]).default("gzip").meta({ description: "Of the body." }),
  ...access,
  max_samples_per_send: z.int().min(1).max(100_000).default(5000).meta({ description: "Data points of one request." }),
  metrics: z.boolean().default(true).meta({ description: "Off for receivers of traces alone: Tempo, Jaeger." }),
  traces: z.boolean().default(false).meta({
    description:
      "Spans are sent too, all that are stored here. Off by default: most programs send theirs to a collector already, and two servers that send each other their spans never end.",
  }),
  traces_endpoint: httpUrl("http://tempo:4318/v1/traces")
    .optional()
    .meta({ description: "Where spans are posted to; default: the endpoint, with /v1/traces in the place of /v1/metrics." }),
  traces_sample_ratio: ratio.default(1).meta({ description: "Share of the traces that is sent, chosen by their ids." }),
});

const otlpExport = otlpEntry
  .refine(({ metrics, traces }) => metrics || traces, {
    path: ["traces"],
    message: "neither metrics nor traces are to be sent",
  })
  .refine(({ traces, traces_endpoint: own, endpoint }) => !traces || own !== undefined || endpoint.endsWith(metricsPath), {
    path: ["traces_endpoint"],
    message: `the endpoint does not end in ${metricsPath}, so where spans go must be said`,
  });

export type OtlpExportConfig = z.infer<typeof otlpExport>;

export const otlpExportSchema = z
  .array(otlpExport)
  .max(16)
  .refine((all) => areDistinct(all.map((one) => one.name ?? one.endpoint)), {
    message: "two entries of otlp_export have the same name, or the same endpoint and no name",
  })
  .default([])
  .meta({
    description: "Receivers of OTLP over HTTP: get ChainPulse's own metrics under their OpenTelemetry names, and traces.",
  });

export const forwardingSchema = z
  .strictObject({
    max_bytes: z
      .int()
      .min(1_048_576)
      .default(1_073_741_824)
      .meta({ description: "What waits to be sent takes at most this much disk; oldest goes first." }),
    max_hours: z
      .number()
      .positive()
      .max(8760)
      .default(48)
      .meta({ description: "Samples that have waited for longer are given up." }),
  })
  .prefault({});

export const engineSchema = z
  .strictObject({
    write_url: httpUrl("http://victoria:8428/api/v1/write").meta({ description: "Its remote write." }),
    query_url: httpUrl("http://victoria:8428").meta({
      description: "What its query API begins with: /api/v1/query and the others are below.",
    }),
    protocol,
    ...access,
    max_samples_per_send: z.int().min(1).max(100_000).default(5000).meta({ description: "Samples of one request." }),
    visible_after_ms: z
      .int()
      .min(0)
      .max(600_000)
      .default(2000)
      .meta({ description: "How long after it has taken a sample the engine shows it; Prometheus does so at once: 0." }),
  })
  .optional()
  .meta({ description: "The engine, where storage.engine is prometheus. A change is taken over at the next start." });

export type EngineConfig = NonNullable<z.infer<typeof engineSchema>>;
